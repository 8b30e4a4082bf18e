"""One kind of thing, followed: listed, watched, and listed again when the watch was lost."""

from __future__ import annotations

import threading
from dataclasses import replace

from chaos.clock import Seconds
from chaos.errors import ChaosError
from chaos.history.facts import Event, Gap, Observed, Thing
from chaos.history.journal import Journal
from chaos.history.snapshot import identity
from chaos.recording.backoff import Backoff
from chaos.recording.heartbeat import Heartbeat, reaches
from chaos.recording.ports import (
    Kind,
    Listing,
    Lost,
    Refused,
    Silent,
    Source,
    Stream,
    certain,
    parsed,
    version_of,
)
from chaos.recording.sight import Key, Loss, Sight

MOST = 200_000  # entries of one record: 1 KB each (benchmarks/events.py), so 200 MB


class Watcher:
    """Writes one kind into the journal. `run` is its thread; `list` comes before it.

    `lost` says why it sees nothing right now; `good` is the last moment up to which it had
    certainly seen everything.
    """

    def __init__(self, kind: Kind, source: Source, journal: Journal, heartbeat: Heartbeat) -> None:
        self.kind = kind
        self.lost = ""
        self.good = journal.clock.now()
        self._source = source
        self._journal = journal
        self._heartbeat = heartbeat
        self._bell = threading.Condition()
        self._backoff = Backoff(journal.clock, self._bell)
        self._over = False
        self._stream: Stream | None = None
        self._version = ""
        self._seen: dict[Key, Thing] = {}
        self._gone: dict[Key, str] = {}

    def list(self) -> None:
        """Write down everything that is there now."""
        asked, at, listing = self._ask()
        self._take(at, listing)
        self.good = asked

    def run(self) -> None:
        """Watch until `stop`, and mend what breaks."""
        while not self._over:
            loss = self._watch()
            if loss is not None and not self._over:
                self._recover(loss)

    def stop(self) -> None:
        """End `run` at once, wherever it is."""
        with self._bell:
            self._over = True
            self._bell.notify_all()
            stream = self._stream
        if stream is not None:
            stream.close()

    def read(self, listing: Listing) -> Sight:
        """What a witness's list asks of this watcher."""
        things = (self.kind.parse(item) for item in listing.items)
        return Sight({identity(thing): thing.version for thing in things}, listing.version)

    def has_seen(self, sight: Sight) -> bool:
        """Whether all that the list shows, and all that it no longer shows, is in the journal."""
        with self._journal.news:
            shown = all(reaches(self._last(key), v) for key, v in sight.things.items())
            rest = (t for key, t in self._seen.items() if key not in sight.things)
            return shown and not any(reaches(sight.version, thing.version) for thing in rest)

    def _last(self, key: Key) -> str:
        """The version at which a thing was last seen, or seen going."""
        thing = self._seen.get(key)
        return thing.version if thing is not None else self._gone.get(key, "")

    def _ask(self) -> tuple[Seconds, Seconds, Listing]:
        """A list: when it was asked for, when it came, and what it says."""
        asked = self._journal.clock.now()
        raw = self._source.fetch(self.kind.path)
        at = self._journal.clock.now()
        told = parsed(raw)
        self._heartbeat.beat(at, version_of(told))
        return asked, at, Listing(tuple(told.get("items") or ()), version_of(told))

    def _take(self, at: Seconds, listing: Listing) -> None:
        """Write down what a list shows, and what it shows no more."""
        with self._journal.news:
            things = {identity(thing): thing for thing in map(self.kind.parse, listing.items)}
            for thing in things.values():
                self._show(at, thing)
            for key in self._seen.keys() - things.keys():
                self._bury(at, self._seen[key], listing.version)
            self._version = listing.version

    def _had_stalled(self, loss: Loss, sight: Sight) -> bool:
        """Whether a list shows what the lost watch owed us when the API server last spoke."""
        unseen = (v for key, v in sight.things.items() if self._last(key) != v)
        return bool(self._seen.keys() - sight.things.keys()) or any(
            reaches(loss.version, version) for version in unseen
        )

    def _watch(self) -> Loss | None:
        """Watch until it ends: a loss, or None when the API server ended it in good order."""
        try:
            self._stream = stream = self._source.watch(self.kind.path, self._version)
            try:
                heard = self._listen(stream)
            finally:
                stream.close()
        except (Silent, Refused) as error:
            return Loss(self.good, str(error), likely=self.good)
        except Lost as error:  # a close comes after all that was sent before it
            likely = max(self.good, self._heartbeat.last)
            return Loss(self.good, str(error), likely, self._heartbeat.version)
        self._alive(self._journal.clock.now())
        if not heard:  # or an API server that ends every watch at once would keep us spinning
            self._backoff.take(unless=lambda: self._over)
        return None

    def _listen(self, stream: Stream) -> bool:
        """Write down every delivery; whether there was any."""
        heard = False
        for line in stream if not self._over else ():
            at = self._journal.clock.now()
            if self._over:
                break
            self.deliver(at, line)
            self._alive(at)
            self._backoff.reset()
            heard = True
        return heard

    def deliver(self, at: Seconds, line: bytes) -> None:
        """Write down what one line of a watch says. Refused when it is the watch's end."""
        told = parsed(line)
        what, thing = told.get("type"), told.get("object")
        match what, thing:
            case "BOOKMARK", dict():
                self._version = certain(version_of(thing))
            case "ADDED" | "MODIFIED", dict():
                self._see(at, self.kind.parse(thing))
            case "DELETED", dict():
                self._see(at, self.kind.parse(thing), gone=True)
            case _, dict():
                raise Refused(
                    int(thing.get("code") or 0),
                    str(thing.get("reason") or what),
                    str(thing.get("message") or "the API server ended the watch"),
                )
            case _:
                raise Lost(f"not a delivery of a watch: {line[:200]!r}")

    def _see(self, at: Seconds, thing: Thing, *, gone: bool = False) -> None:
        with self._journal.news:
            self._version = certain(thing.version)
            if gone:
                self._bury(at, thing, thing.version)
            else:
                self._show(at, thing)

    def _show(self, at: Seconds, thing: Thing) -> None:
        """Write a sighting down, unless it is no news: nothing but its version is new."""
        key = identity(thing)
        if self._last(key) == thing.version:
            return
        known = self._seen.get(key)
        self._seen[key] = thing
        if known is None or replace(known, version=thing.version) != thing:
            self._write(Observed(at, thing))

    def _write(self, entry: Observed) -> None:
        """Write it down, while there is room: who sees too much says so, and sees no more."""
        if len(self._journal) >= MOST:
            raise ChaosError(f"the record is full: it has {MOST} entries")
        self._journal.write(entry)

    def _bury(self, at: Seconds, thing: Thing, version: str) -> None:
        """Write down that a thing is gone. Events only expire: that is no news."""
        key = identity(thing)
        self._seen.pop(key, None)
        self._gone[key] = version
        if not isinstance(thing, Event):
            self._write(Observed(at, thing, gone=True))

    def _recover(self, loss: Loss) -> None:
        """List until there is an answer, then write down the gap and what changed in it."""
        self.lost = loss.why
        while not self._over:
            self._backoff.take(unless=lambda: self._over)
            try:
                asked, at, listing = self._ask()
            except (Lost, Refused) as error:
                self.lost = str(error)
                continue
            if not self._over:
                self._close(loss, asked, at, listing)
            return

    def _close(self, loss: Loss, asked: Seconds, at: Seconds, listing: Listing) -> None:
        with self._journal.news:
            if self.kind.vouched:
                stalled = self._had_stalled(loss, self.read(listing))
                since = loss.since if stalled else loss.likely
                self._journal.write(Gap(since, asked, f"{self.kind.name}: {loss.why}"))
            self._take(at, listing)
            self.good = asked
            self.lost = ""

    def _alive(self, moment: Seconds) -> None:
        self.good = max(self.good, moment)
        self._heartbeat.beat(moment, self._version)
