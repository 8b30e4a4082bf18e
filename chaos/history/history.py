"""The history: everything seen and done, in order, append-only, as a value."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from chaos.active import given_up
from chaos.clock import Clock, Seconds
from chaos.entry import (
    Answered,
    Endpoints,
    Entry,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Node,
    Observed,
    Pod,
    Thing,
    Timed,
    Uid,
    Visited,
)
from chaos.log import Log
from chaos.opening import Opening, Standing, identity
from chaos.subject import UNSAID, Effect, Timers

Act = Literal["injected", "healed"]


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of facts, and the cluster as it stood when it opened. A value.

    `opened` is when the fault was about to be caused, `start` when it was in force: a law's time
    runs from `start`. `effect` is how the fault looks and `timers` the live cluster's settings:
    together with a workload's spec they give a window. `end` is the recorder's frontier: the moment
    up to which it vouches for having missed nothing outside the gaps. It is not the time of day:
    while the watch is down the frontier stands still, and no absence can be ruled on.
    """

    opened: Seconds
    start: Seconds
    end: Seconds
    opening: Opening
    log: Log
    first: int = 0
    last: int = field(default=-1)
    effect: Effect = UNSAID
    timers: Timers | None = None

    @classmethod
    def of(
        cls,
        entries: Iterable[Entry],
        *,
        end: Seconds,
        opening: Iterable[Thing] = (),
        effect: Effect = UNSAID,
        timers: Timers | None = None,
    ) -> History:
        """A history written by hand: its fault is in force at moment 0."""
        log, zero, stood = Log(entries), Seconds(0.0), Opening(tuple(opening))
        return cls(zero, zero, end, stood, log, 0, len(log.entries), effect, timers)

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

    def belonging(self, workload: str) -> list[tuple[Observed, Pod, bool]]:
        """What was seen of pods that are or were a workload's, oldest first, and whether they are.

        One that is gone is its no more, nor one that has lost the label that it was known by, nor
        one that its controller has given up.
        """
        ours = (*self.stood(workload), *(pod for _, pod in self.sightings(workload)))
        seen = [each for uid in dict.fromkeys(p.uid for p in ours) for each in self.of_pod(uid)]
        return [
            (entry, pod, pod.workload == workload and not entry.gone and not given_up(pod))
            for entry, pod in sorted(seen, key=lambda sighting: sighting[0].at)
        ]

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

    def visits(self, visitor: str) -> Iterator[Visited]:
        """Every word of a workload's visitors, oldest first."""
        for entry in self.about("visited", visitor):
            if isinstance(entry, Visited):
                yield entry

    def blind(self, since: Seconds, until: Seconds) -> Gap | None:
        """The first gap that overlaps the stretch from `since` to `until`, if there was one.

        A gap is written down when it is over, so those before `first` may reach in as well.
        """
        return next(self._gaps(since, until), None)

    def clear(self, moment: Seconds) -> Seconds:
        """From when on, at that moment, the record is whole: the watches come back one by one."""
        return max((gap.until for gap in self._gaps(moment, moment)), default=moment)

    def _gaps(self, since: Seconds, until: Seconds) -> Iterator[Gap]:
        for entry in self.log.about(("gap", ""), 0, self.last):
            match entry:
                case Gap() if entry.at < until and entry.until > since:
                    yield entry


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
        self._effects: dict[int, Effect] = {}
        self.timers: Timers | None = None

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
            case Timed(timers=timers):
                self.timers = timers
            case Injecting(at=at, number=number, effect=effect):
                self._openings[number, "injected"] = (at, len(self), self._standing.opening())
                self._effects[number] = effect
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
            effect = self._effects.get(number, UNSAID) if act == "injected" else UNSAID
            stretch = self._stretch(opened, start, opening, first)
            return replace(stretch, effect=effect, timers=self.timers)

    def so_far(self, start: Seconds) -> History:
        """The whole history, asked about from `start` on: for laws about what stands already."""
        with self.news:
            return self._stretch(start, start, Opening(), 0)

    def _stretch(self, opened: Seconds, start: Seconds, opening: Opening, first: int) -> History:
        """The entries from position `first` on, as they are now."""
        return History(opened, start, self.frontier, opening, self.log, first, len(self))

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
