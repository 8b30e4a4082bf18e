"""The journal: where the recorder and the session write, append-only, and what stands in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from chaos.clock import Clock, Seconds
from chaos.history.effect import UNSAID, Effect
from chaos.history.facts import Entry, Healed, Healing, Injected, Injecting, Observed, Thing, Timed
from chaos.history.history import History
from chaos.history.index import Index
from chaos.history.snapshot import Latest, Snapshot, identity
from chaos.history.timers import Timers

Act = Literal["injected", "healed"]


class Journal:
    """Where the recorder and the session write. Any number of threads may write and read.

    `keep` is handed every entry as it is written, one at a time: how a history gets to disk.
    """

    def __init__(self, clock: Clock, keep: Callable[[Entry], object] = lambda _: None) -> None:
        self.clock = clock
        self._keep = keep
        self.news = threading.Condition(threading.RLock())
        self.index = Index()
        self.frontier = clock.now()
        self._latest = Latest()
        self._openings: dict[tuple[int, Act], tuple[Seconds, int, Snapshot]] = {}
        self._starts: dict[tuple[int, Act], Seconds] = {}
        self._effects: dict[int, Effect] = {}
        self._beside: dict[int, tuple[Effect, ...]] = {}
        self._open: set[int] = set()
        self.timers: Timers | None = None

    def __len__(self) -> int:
        """How many entries there are; grows with every piece of news."""
        return len(self.index.entries)

    def vouch(self, moment: Seconds) -> None:
        """Promise that everything up to `moment` is written down."""
        with self.news:
            self.frontier = max(self.frontier, moment)
            self.news.notify_all()

    def write(self, entry: Entry) -> None:
        """Append a fact and wake whoever waits for news."""
        with self.news:
            if isinstance(entry, Observed):
                self._latest.see(entry)
            self._mark(entry)
            self.index.append(entry)
            self._keep(entry)
            self.news.notify_all()

    def _mark(self, entry: Entry) -> None:
        """Remember where the history of an injection, or of a healing, begins."""
        match entry:
            case Timed(timers=timers):
                self.timers = timers
            case Injecting(at=at, number=number, effect=effect):
                self._openings[number, "injected"] = (at, len(self), self._latest.snapshot())
                self._beside[number] = tuple(self._effects[n] for n in sorted(self._open))
                self._effects[number] = effect
                self._open.add(number)
            case Healing(at=at, number=number):
                self._openings[number, "healed"] = (at, len(self), self._latest.snapshot())
            case Injected(at=at, number=number):
                self._starts[number, "injected"] = at
            case Healed(at=at, number=number):
                self._starts[number, "healed"] = at
                self._open.discard(number)
            case _:
                pass

    def since(self, number: int, act: Act = "injected") -> History:
        """The history of fault `number`: from the first attempt at it, or at healing it."""
        with self.news:
            opened, first, opening = self._openings[number, act]
            start = self._starts.get((number, act), opened)
            stretch = replace(self._stretch(opened, start, opening, first), timers=self.timers)
            if act == "healed":
                return stretch
            effect, beside = self._effects.get(number, UNSAID), self._beside.get(number, ())
            return replace(stretch, effect=effect, beside=beside)

    def so_far(self, start: Seconds) -> History:
        """The whole history, asked about from `start` on: for laws about what stands already."""
        with self.news:
            return self._stretch(start, start, Snapshot(), 0)

    def undisturbed(self, start: Seconds, first: int, *, end: Seconds) -> History:
        """What stands, as if it were seen once more at `start`, and the entries from `first` on.

        A history in which nothing was done, up to `end`: for asking what is so already.
        """
        with self.news:
            stood = self._latest.snapshot()
            seen = [Observed(start, thing) for thing in stood.things]
            index = Index([*seen, *self.index.entries[first:]])
        last = len(index.entries)
        return History(start, start, end, stood, index, last=last, timers=self.timers)

    def _stretch(self, opened: Seconds, start: Seconds, opening: Snapshot, first: int) -> History:
        """The entries from position `first` on, as they are now."""
        return History(opened, start, self.frontier, opening, self.index, first, len(self))

    def standing(self) -> Snapshot:
        """The cluster as it stands in the journal now."""
        with self.news:
            return self._latest.snapshot()

    def latest(self, thing: Thing) -> Thing | None:
        """The last sighting of this thing, or None when it was never seen or is gone."""
        with self.news:
            return self._latest.things.get(identity(thing))

    def known(self, kind: str) -> dict[str, Thing]:
        """The standing things of one kind, by uid or name."""
        with self.news:
            return {name: t for (k, name), t in self._latest.things.items() if k == kind}


def replay(entries: Iterable[Entry], clock: Clock, *, frontier: Seconds) -> Journal:
    """A journal with a stored past: what `chaos judge` asks its laws about."""
    journal = Journal(clock)
    for entry in entries:
        journal.write(entry)
    journal.vouch(frontier)
    return journal
