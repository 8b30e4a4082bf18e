"""From entries to what a timeline shows: lanes with stretches and marks. No drawing here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chaos.clock import Seconds
from chaos.history.facts import (
    Answered,
    Container,
    Entry,
    Healed,
    Healing,
    Injected,
    Injecting,
    Node,
    Observed,
    Pod,
    Termination,
)
from chaos.report.words import pod_words

State = Literal["ready", "unready", "pending", "deleting", "True", "False", "Unknown"]


@dataclass(slots=True)
class Stretch:
    """A state that lasted; `until` is None while it lasts still."""

    since: Seconds
    state: str
    words: str
    until: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    at: Seconds
    kind: Literal["exit", "restart", "gone"]
    label: str
    words: str


@dataclass(slots=True)
class Lane:
    """One pod or one node. `after` is the key of the pod that a replacement stands in for."""

    key: str
    name: str
    group: str
    note: str = ""
    states: list[Stretch] = field(default_factory=list)
    answers: list[Stretch] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    after: str = ""
    told: set[str] = field(default_factory=set)

    @property
    def born(self) -> Seconds:
        """The moment of its first sighting."""
        return self.states[0].since

    @property
    def lost(self) -> Seconds | None:
        """The moment from which it was ready no more, for good."""
        last = self.states[-1]
        if last.state == "ready" and last.until is None:
            return None
        ends = [s.until for s in self.states if s.state == "ready" and s.until is not None]
        return ends[-1] if ends else None


@dataclass(slots=True)
class Band:
    """A fault's life: asked for, in force, being undone, undone."""

    number: int
    fault: str
    asked: Seconds
    forced: Seconds | None = None
    healing: Seconds | None = None
    healed: Seconds | None = None


def pod_lanes(entries: Iterable[Entry]) -> list[Lane]:
    """A lane per pod, grouped by workload; replacements know whom they stand in for."""
    lanes: dict[str, Lane] = {}
    for entry in entries:
        match entry:
            case Observed(at=at, thing=Pod() as pod, gone=gone):
                lane = lanes.setdefault(pod.uid, Lane(pod.uid, pod.name, pod.workload))
                _sight(lane, at, pod, gone=gone)
            case Answered(uid=uid) if uid in lanes:
                _answer(lanes[uid], entry)
            case _:
                pass
    groups = list(dict.fromkeys(lane.group for lane in lanes.values()))
    ordered = sorted(lanes.values(), key=lambda lane: (groups.index(lane.group), lane.born))
    _join(ordered)
    return ordered


def node_lanes(entries: Iterable[Entry]) -> list[Lane]:
    """A lane per node."""
    lanes: dict[str, Lane] = {}
    for entry in entries:
        match entry:
            case Observed(at=at, thing=Node(name=name) as node, gone=gone):
                lane = lanes.setdefault(name, Lane(name, name, "nodes"))
                words = f"Ready is {node.ready} {node.reason}".strip()
                _change(lane.states, at, node.ready, words)
                if gone:
                    _end(lane, at)
            case _:
                pass
    return sorted(lanes.values(), key=lambda lane: lane.name)


def bands(entries: Iterable[Entry]) -> list[Band]:
    """Every fault's life."""
    lives: dict[int, Band] = {}
    for entry in entries:
        match entry:
            case Injecting(at=at, fault=fault, number=number):
                lives[number] = Band(number, fault, at)
            case Injected(at=at, number=number) if number in lives:
                lives[number].forced = at
            case Healing(at=at, number=number) if number in lives:
                lives[number].healing = at
            case Healed(at=at, number=number) if number in lives:
                lives[number].healed = at
            case _:
                pass
    return list(lives.values())


def _sight(lane: Lane, at: Seconds, pod: Pod, *, gone: bool) -> None:
    state = _state(pod)
    lane.note = pod.node or lane.note
    for container in pod.containers:
        _ends(lane, at, container, first=not lane.states)
    if not gone or not lane.states:
        _change(lane.states, at, state, pod_words(pod))
    if gone:
        _end(lane, at)


def _state(pod: Pod) -> State:
    if pod.deleting:
        return "deleting"
    if pod.ready:
        return "ready"
    return "pending" if pod.phase == "Pending" else "unready"


def _ends(lane: Lane, at: Seconds, container: Container, *, first: bool) -> None:
    """Mark each end and each start of a container once; what a first sighting tells is old."""
    for end in (container.last, container.ended):
        if end is not None and _news(lane, f"end {end.container_id}") and not first:
            lane.marks.append(Mark(at, "exit", f"exit {end.exit_code}", _how(container, end)))
    started = f"start {container.name} {container.restarts}"
    if container.restarts and _news(lane, started) and not first:
        words = f"{container.name}: the kubelet started it again (restart {container.restarts})"
        lane.marks.append(Mark(at, "restart", "restart", words))


def _news(lane: Lane, what: str) -> bool:
    """Whether it was not told before."""
    fresh = what not in lane.told
    lane.told.add(what)
    return fresh


def _how(container: Container, end: Termination) -> str:
    return f"{container.name} ended: exit code {end.exit_code} {end.reason}".strip()


def _answer(lane: Lane, answer: Answered) -> None:
    status = answer.status
    state = "silent" if status is None else "well" if status < 400 else "ill"  # noqa: PLR2004  HTTP
    words = "no answer" if status is None else f"answers {status}"
    _change(lane.answers, answer.at, state, words)


def _change(stretches: list[Stretch], at: Seconds, state: str, words: str) -> None:
    if stretches and stretches[-1].until is None:
        if (stretches[-1].state, stretches[-1].words) == (state, words):
            return
        stretches[-1].until = at
    stretches.append(Stretch(at, state, words))


def _end(lane: Lane, at: Seconds) -> None:
    for stretches in (lane.states, lane.answers):
        if stretches:
            stretches[-1].until = at
    lane.marks.append(Mark(at, "gone", "gone", "its object is gone"))


def _join(lanes: Sequence[Lane]) -> None:
    """Pair each later pod with the first of its workload that was lost before and has no heir."""
    taken: set[str] = set()
    for lane in lanes:
        for other in lanes:
            lost = other.lost
            before = lost is not None and other.born < lane.born and lost <= lane.born
            if other.group == lane.group and before and other.key not in taken:
                lane.after = other.key
                taken.add(other.key)
                break
