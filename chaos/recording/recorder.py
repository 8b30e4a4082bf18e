"""Who sees: one thread a kind lists, watches and writes down, and vouches only for what was seen.

A watch that breaks leaves a Gap. Silence is not evidence: before the present is vouched for,
a witness lists everything once more, and whatever it shows must be in the journal already.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.journal import Journal
from chaos.recording.backoff import Backoff
from chaos.recording.doubt import Doubt
from chaos.recording.heartbeat import Heartbeat
from chaos.recording.ports import Kind, Lost, Refused, Source, Witness
from chaos.recording.watcher import Watcher

PATIENCE = seconds(10)
JOIN = 0.15  # seconds; a thread that is still connecting is left to end by itself


class Recorder:
    """Records the things of all kinds into a journal. It is the `Confirmer` of the ports."""

    def __init__(
        self, source: Source, witness: Witness, journal: Journal, kinds: Iterable[Kind]
    ) -> None:
        self.journal = journal
        self.witness = witness
        self.patience = PATIENCE
        self._death = Death()
        self._doubt: Doubt | None = None
        self._heartbeat = Heartbeat(journal.clock)
        self.watchers = tuple(Watcher(kind, source, journal, self._heartbeat) for kind in kinds)
        self._threads = [
            threading.Thread(
                target=self._follow, args=(f,), name=f"watch {f.kind.name}", daemon=True
            )
            for f in self.watchers
        ]

    def start(self) -> None:
        """List everything, vouch for it, and watch from there on."""
        asked = self.journal.clock.now()
        for watcher in self.watchers:
            watcher.list()
        self.journal.vouch(asked)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all watches; ChaosError if one had died on the way."""
        for watcher in self.watchers:
            watcher.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(JOIN)
        self.witness.close()
        self._death.show()

    def confirm(self) -> str:
        """Look once more, over another connection, and vouch for the present if all was seen.

        Without an answer, or with something on the list that does not come in within the
        patience, it vouches for nothing and says why.
        """
        end = Seconds(self.journal.clock.now() + self.patience)
        backoff = Backoff(self.journal.clock, self.journal.news)
        while (why := self._look(end)) and self.journal.clock.now() < end and not self._death:
            backoff.take(unless=lambda: bool(self._death))
        self._death.show()
        return why

    @property
    def trouble(self) -> str:
        """Why nothing can be vouched for right now, or nothing."""
        return "; ".join(f"{f.kind.name}: {f.lost}" for f in self.watchers if f.lost)

    def _look(self, end: Seconds) -> str:
        """One attempt: why what is there now had not all been seen by `end`, or nothing."""
        asked = self.journal.clock.now()
        doubt = self._doubt = self._doubt or Doubt(self.journal, asked, self._words())
        why = self.trouble or self._unseen(doubt, end)
        with self.journal.news:
            why = why or self.trouble
            if why or self._death:
                doubt.go_on()
            else:
                doubt.settle(asked)
                self._doubt = None
                self._vouch(asked)
        return why

    def _unseen(self, doubt: Doubt, end: Seconds) -> str:
        """What the watches have not shown by `end` of what the witness sees; or why it is blind."""
        try:
            shown = self.witness.look()
        except (Lost, Refused) as error:
            doubt.suspect(doubt.words if isinstance(error, Lost) else ())
            return str(error)
        sights = [(f, f.read(shown[f.kind.name])) for f in self.watchers if f.kind.name in shown]

        def behind() -> list[str]:
            return [f.kind.name for f, sight in sights if not f.has_seen(sight)]

        doubt.suspect(behind())
        self.journal.clock.wait(
            self.journal.news, until=end, unless=lambda: bool(self._death) or not behind()
        )
        return f"behind: the watches of {names}" if (names := ", ".join(behind())) else ""

    def _words(self) -> dict[str, Seconds]:
        """When each kind's watch had last shown all there was."""
        return {watcher.kind.name: watcher.good for watcher in self.watchers}

    def _vouch(self, moment: Seconds) -> None:
        for watcher in self.watchers:
            watcher.good = max(watcher.good, moment)
        self.journal.vouch(moment)

    def _follow(self, watcher: Watcher) -> None:
        with self._death:
            watcher.run()
        with self.journal.news:
            self.journal.news.notify_all()


class Death:
    """Keeps what a thread died of until somebody can be told."""

    def __init__(self) -> None:
        self._error: BaseException | None = None

    def __bool__(self) -> bool:
        return self._error is not None

    def __enter__(self) -> None:
        """Watch over a thread."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the error: it is told by `show`, in a thread that somebody listens to."""
        self._error = self._error or error
        return True

    def show(self) -> None:
        """Tell it, if there was one."""
        if self._error is not None:
            raise ChaosError(f"the recorder died: {self._error!r}") from self._error
