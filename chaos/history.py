"""The history: everything seen and done, in order, append-only, indexed.

The index makes a question cost what it touches: a law that asks for one workload's pods reads
that workload's entries and no others, however long the past is.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from chaos.clock import Clock, Seconds
from chaos.entry import (
    Answered,
    Endpoints,
    Entry,
    Event,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Node,
    Observed,
    Pod,
    Thing,
    Uid,
    touches,
)

Act = Literal["injected", "healed"]


class Log:
    """Entries in order, with the positions of those that touch each subject."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: list[Entry] = []
        self._positions: dict[tuple[str, str], list[int]] = defaultdict(list)
        for entry in entries:
            self.append(entry)

    def append(self, entry: Entry) -> None:
        """Add one entry to the end."""
        for key in touches(entry):
            self._positions[key].append(len(self.entries))
        self.entries.append(entry)

    def about(self, key: tuple[str, str], first: int, last: int) -> Iterator[Entry]:
        """The entries that touch `key`, from position `first` up to, not with, `last`."""
        positions = self._positions.get(key, [])
        for index in range(bisect_left(positions, first), bisect_left(positions, last)):
            yield self.entries[positions[index]]


@dataclass(frozen=True, slots=True)
class Opening:
    """The cluster as it stood when a history opened: the last sighting of each thing."""

    things: tuple[Thing, ...] = ()

    def pods(self, workload: str) -> tuple[Pod, ...]:
        """The workload's pods as they stood."""
        return tuple(t for t in self.things if isinstance(t, Pod) and t.workload == workload)

    def node(self, name: str) -> Node | None:
        """The node as it stood."""
        found = (t for t in self.things if isinstance(t, Node) and t.name == name)
        return next(found, None)

    def endpoints(self, service: str) -> dict[str, frozenset[Uid]]:
        """The uids that the service sent traffic to, by the slice that named them."""
        slices = (t for t in self.things if isinstance(t, Endpoints) and t.service == service)
        return {piece.name: frozenset(piece.ready) for piece in slices}


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of facts, and the cluster as it stood when it opened. A value.

    `opened` is when the fault was about to be caused, `start` when it was in force: a law's time
    runs from `start`. `end` is the recorder's frontier: the moment up to which it vouches for
    having missed nothing outside the gaps. It is not the time of day: while the watch is down the
    frontier stands still, and no absence can be ruled on.
    """

    opened: Seconds
    start: Seconds
    end: Seconds
    opening: Opening
    log: Log
    first: int = 0
    last: int = field(default=-1)

    @classmethod
    def of(
        cls, entries: Iterable[Entry], *, end: Seconds, opening: Iterable[Thing] = ()
    ) -> History:
        """A history written by hand: its fault is in force at moment 0."""
        log = Log(entries)
        zero = Seconds(0.0)
        return cls(zero, zero, end, Opening(tuple(opening)), log, 0, len(log.entries))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry of the stretch, oldest first."""
        return tuple(self.log.entries[self.first : self.last])

    def about(self, kind: str, name: str) -> Iterator[Entry]:
        """The stretch's entries of one index: see `chaos.entry.touches`."""
        return self.log.about((kind, name), self.first, self.last)

    def stood(self, workload: str) -> tuple[Pod, ...]:
        """The workload's pods at the opening."""
        return self.opening.pods(workload)

    def sightings(self, workload: str) -> Iterator[tuple[Observed, Pod]]:
        """Every sighting of a workload's pods, oldest first."""
        for entry in self.about("workload", workload):
            match entry:
                case Observed(thing=Pod() as pod):
                    yield entry, pod

    def of_pod(self, uid: Uid) -> Iterator[tuple[Observed, Pod]]:
        """Every sighting of one pod, oldest first."""
        for entry in self.about("pod", uid):
            match entry:
                case Observed(thing=Pod() as pod):
                    yield entry, pod

    def of_node(self, name: str) -> Iterator[tuple[Observed, Node]]:
        """Every sighting of a node, oldest first."""
        for entry in self.about("node", name):
            match entry:
                case Observed(thing=Node() as node):
                    yield entry, node

    def of_service(self, service: str) -> Iterator[tuple[Observed, Endpoints]]:
        """Every sighting of a service's endpoint slices, oldest first."""
        for entry in self.about("service", service):
            match entry:
                case Observed(thing=Endpoints() as endpoints):
                    yield entry, endpoints

    def answers(self, workload: str) -> Iterator[Answered]:
        """Every answer of a workload's patients, oldest first."""
        for entry in self.about("answer", workload):
            if isinstance(entry, Answered):
                yield entry

    def blind(self, since: Seconds, until: Seconds) -> Gap | None:
        """The first gap that overlaps the stretch from `since` to `until`, if there was one.

        A gap is written down when it is over, so those before `first` may reach in as well.
        """
        for entry in self.log.about(("gap", ""), 0, self.last):
            if isinstance(entry, Gap) and entry.at < until and entry.until > since:
                return entry
        return None


class Standing:
    """The last sighting of each thing that is not gone."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], Thing] = {}

    def see(self, entry: Observed) -> None:
        """Take in one sighting. Events are news, not things that stand."""
        if isinstance(entry.thing, Event):
            return
        key = identity(entry.thing)
        if entry.gone:
            self.things.pop(key, None)
        else:
            self.things[key] = entry.thing

    def opening(self) -> Opening:
        """The standing things, as a value."""
        return Opening(tuple(self.things.values()))


def identity(thing: Thing) -> tuple[str, str]:
    """What makes a thing the same thing: a pod's and an event's uid, else the name."""
    match thing:
        case Node(name=name) | Endpoints(name=name):
            return thing.kind, name
        case _:
            return thing.kind, thing.uid


class Journal:
    """Where the recorder and the session write. Any number of threads may write and read.

    `keep` is handed every entry as it is written, one at a time: how a history gets to disk.
    """

    def __init__(self, clock: Clock, keep: Callable[[Entry], object] = lambda _: None) -> None:
        self.clock = clock
        self._keep = keep
        self.news = threading.Condition(threading.RLock())
        self.log = Log()
        self.frontier = clock.now()
        self._standing = Standing()
        self._openings: dict[tuple[int, Act], tuple[Seconds, int, Opening]] = {}
        self._starts: dict[tuple[int, Act], Seconds] = {}

    def __len__(self) -> int:
        """How many entries there are; grows with every piece of news."""
        return len(self.log.entries)

    def vouch(self, moment: Seconds) -> None:
        """Promise that everything up to `moment` is written down."""
        with self.news:
            self.frontier = max(self.frontier, moment)
            self.news.notify_all()

    def write(self, entry: Entry) -> None:
        """Append a fact and wake whoever waits for news."""
        with self.news:
            if isinstance(entry, Observed):
                self._standing.see(entry)
            self._mark(entry)
            self.log.append(entry)
            self._keep(entry)
            self.news.notify_all()

    def _mark(self, entry: Entry) -> None:
        """Remember where the history of an injection, or of a healing, begins."""
        match entry:
            case Injecting(at=at, number=number):
                self._openings[number, "injected"] = (at, len(self), self._standing.opening())
            case Healing(at=at, number=number):
                self._openings[number, "healed"] = (at, len(self), self._standing.opening())
            case Injected(at=at, number=number):
                self._starts[number, "injected"] = at
            case Healed(at=at, number=number):
                self._starts[number, "healed"] = at
            case _:
                pass

    def since(self, number: int, act: Act = "injected") -> History:
        """The history of fault `number`: from the first attempt at it, or at healing it."""
        with self.news:
            opened, first, opening = self._openings[number, act]
            start = self._starts.get((number, act), opened)
            return History(opened, start, self.frontier, opening, self.log, first, len(self))

    def so_far(self, start: Seconds) -> History:
        """The whole history, asked about from `start` on: for laws about what stands already."""
        with self.news:
            return History(start, start, self.frontier, Opening(), self.log, 0, len(self))

    def standing(self) -> Opening:
        """The cluster as it stands in the journal now."""
        with self.news:
            return self._standing.opening()

    def latest(self, thing: Thing) -> Thing | None:
        """The last sighting of this thing, or None when it was never seen or is gone."""
        with self.news:
            return self._standing.things.get(identity(thing))

    def known(self, kind: str) -> dict[str, Thing]:
        """The standing things of one kind, by uid or name."""
        with self.news:
            return {name: t for (k, name), t in self._standing.things.items() if k == kind}


def replay(entries: Iterable[Entry], clock: Clock, *, frontier: Seconds) -> Journal:
    """A journal with a stored past: what `chaos judge` asks its laws about."""
    journal = Journal(clock)
    for entry in entries:
        journal.write(entry)
    journal.vouch(frontier)
    return journal
