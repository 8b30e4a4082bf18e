"""The history: everything seen and done, in order, append-only, as a value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from chaos.clock import Seconds
from chaos.history.active import given_up
from chaos.history.effect import UNSAID, Effect
from chaos.history.facts import (
    Answered,
    Endpoints,
    Entry,
    Gap,
    Healed,
    Injecting,
    Lag,
    Node,
    Observed,
    Pod,
    Thing,
)
from chaos.history.index import Index
from chaos.history.looked import Visited
from chaos.history.snapshot import Snapshot
from chaos.history.timers import Timers
from chaos.workloads.admitted import Uid


@dataclass(frozen=True, slots=True)
class History:
    """A stretch of facts, and the cluster as it stood when it opened. A value.

    `opened` is when the fault was about to be caused, `start` when it was in force: a law's time
    runs from `start`. `effect` is how the fault looks and `timers` the live cluster's settings:
    together with a workload's spec they give a window. `beside` are the looks of the faults that
    were open when it came, oldest first. `end` is the recorder's frontier: the moment
    up to which it vouches for having missed nothing outside the gaps. It is not the time of day:
    while the watch is down the frontier stands still, and no absence can be ruled on.
    """

    opened: Seconds
    start: Seconds
    end: Seconds
    opening: Snapshot
    index: Index
    first: int = 0
    last: int = field(default=-1)
    effect: Effect = UNSAID
    timers: Timers | None = None
    beside: tuple[Effect, ...] = ()

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
        index, zero, stood = Index(entries), Seconds(0.0), Snapshot(tuple(opening))
        return cls(zero, zero, end, stood, index, 0, len(index.entries), effect, timers)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry of the stretch, oldest first."""
        return tuple(self.index.entries[self.first : self.last])

    def about(self, kind: str, name: str) -> Iterator[Entry]:
        """The stretch's entries of one index: see `chaos.history.facts.touches`."""
        return self.index.about((kind, name), self.first, self.last)

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

    def caused(self, effect: Effect) -> Injecting | None:
        """When the fault of this look, one of those that were open already, was to be caused."""
        earlier = self.index.entries[: self.first]
        healed = {entry.number for entry in earlier if isinstance(entry, Healed)}
        causes = (entry for entry in reversed(earlier) if isinstance(entry, Injecting))
        return next((c for c in causes if c.effect == effect and c.number not in healed), None)

    def before(self, uid: Uid) -> Iterator[tuple[Observed, Pod]]:
        """Every sighting of one pod before the stretch, oldest first."""
        for entry in self.index.about(("pod", uid), 0, self.first):
            match entry:
                case Observed(thing=Pod() as pod):
                    yield entry, pod

    def of_node(self, name: str) -> Iterator[tuple[Observed, Node]]:
        """Every sighting of a node, oldest first."""
        for entry in self.about("node", name):
            match entry:
                case Observed(thing=Node() as node):
                    yield entry, node

    def knows_node(self, name: str) -> bool:
        """Whether a node stood at the opening, or was seen before or since."""
        seen = next(self.index.about(("node", name), 0, self.last), None)
        return seen is not None or self.opening.node(name) is not None

    def fronts(self, uids: Collection[Uid]) -> dict[str, frozenset[Uid]]:
        """The services that have ever named any of these pods, each with those that it named."""
        found: dict[str, frozenset[Uid]] = {}
        for piece in self._naming(uids):
            ours = piece.named.intersection(uids)
            found[piece.service] = found.get(piece.service, frozenset()) | ours
        return found

    def publishing(self, uids: Collection[Uid]) -> frozenset[str]:
        """Of those the services that were seen to send traffic to one that was not ready."""
        pieces = (p for p in self._naming(uids) if {*p.ready} & {*p.unready} & {*uids})
        return frozenset(piece.service for piece in pieces)

    def _naming(self, uids: Collection[Uid]) -> Iterator[Endpoints]:
        """Every look of a slice that names one of these pods: from the first of all on."""
        yield from (piece for piece in self.opening.slices() if piece.named.intersection(uids))
        for uid in uids:
            for entry in self.index.about(("named", uid), 0, self.last):
                match entry:
                    case Observed(thing=Endpoints() as piece):
                        yield piece

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

    def answered_before(self, workload: str) -> Iterator[Answered]:
        """Every answer of a workload's patients before the stretch, oldest first."""
        for entry in self.index.about(("answer", workload), 0, self.first):
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

    def lag(self, seen: Entry | None) -> Lag | None:
        """How late the watches were when something was seen, if it was and that was noticed.

        What we did or looked at ourselves is dated exactly, whatever the watches do.
        """
        if not isinstance(seen, Observed):
            return None
        lags = (lag for lag in self._lags() if lag.at < seen.at <= lag.until)
        return min(lags, key=lambda lag: lag.at, default=None)

    def _lags(self) -> Iterator[Lag]:
        """As with gaps, those before `first` may reach in."""
        for entry in self.index.about(("lag", ""), 0, self.last):
            if isinstance(entry, Lag):
                yield entry

    def _gaps(self, since: Seconds, until: Seconds) -> Iterator[Gap]:
        for entry in self.index.about(("gap", ""), 0, self.last):
            match entry:
                case Gap() if entry.at < until and entry.until > since:
                    yield entry
