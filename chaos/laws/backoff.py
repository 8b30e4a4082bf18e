"""Laws about the kubelet's patience with what ends again and again (oracle: L2, 2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from chaos import windows
from chaos.clock import Seconds, stamp
from chaos.history.facts import Container, Event, Observed, Termination
from chaos.history.history import History
from chaos.judging.due import unless_sooner
from chaos.judging.ends import ends_in, those, unless_untold
from chaos.judging.law import law
from chaos.judging.recovery import every
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.workloads.admitted import Stand, Workload

WAITS = "CrashLoopBackOff"  # state.waiting.reason
SAYS = re.compile(r"back-off (\S+) restarting failed container")  # its message's beginning
EVENT = re.compile(r"Back-off restarting failed container (\S+)")  # others are about images
MINUTE = 60


@dataclass(frozen=True, slots=True)
class _Wait:
    """What lies between a container's end and the start of the next one in its place.

    `said` are the waits that the kubelet has announced, `started` is its own word for the start.
    """

    ended: Observed
    end: Termination
    back: Observed
    started: str
    said: frozenset[str]


@law
def backs_off(aftermath: History, workload: Workload, *, waits: tuple[Seconds, ...]) -> Verdict:
    """After each end the kubelet waits as long as it says, then starts the container again.

    `waits` are the seconds after the first, second ... end, see `windows.back_offs`. What it says
    is shown for a moment, at the end of each wait (oracle 2.3, from 1.35 on): it must have been
    seen once, and never have been another. Of a pod with several containers the one that is meant:
    `web.container("api")`.
    """
    workload = workload.narrowed
    seen = {
        stand: [*_waits(aftermath, workload, stand)][: len(waits)]
        for stand in stands(aftermath, workload)
    }
    lasts = (found[-1].back if len(found) == len(waits) else None for found in seen.values())
    missing = f"not {len(waits)} new starts"
    window = windows.looped(waits, workload)
    verdict = eventually(aftermath, every(lasts), window, missing=missing)
    if verdict.ruling is not Ruling.HOLDS:
        return unless_untold(aftermath, workload, unless_sooner(aftermath, workload, verdict))
    complaints = [*chain.from_iterable(_wrong(workload, found, waits) for found in seen.values())]
    starts = [wait.back for waits in seen.values() for wait in waits]
    return _complain(aftermath, verdict, complaints[0], starts) if complaints else verdict


@law
def never_backs_off(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The kubelet never says that it waits before it starts the app again.

    No container of it, or not the one that is named.
    """
    waiting = (
        seen
        for seen, pod in aftermath.sightings(workload.name)
        if any(map(_waiting, those(pod, workload.named)))
    )
    told = chain.from_iterable(_events(aftermath, s) for s in stands(aftermath, workload))
    said = (seen for seen, container in told if workload.named in {"", container})
    first = min(chain(waiting, said), key=lambda seen: seen.at, default=None)
    return never(aftermath, first, through)


def _events(aftermath: History, stand: Stand) -> Iterator[tuple[Observed, str]]:
    """What the kubelet has said of a wait of this pod, and of which container's.

    It is said earlier than it is shown, and not merged away.
    """
    for entry in aftermath.about("event", stand.uid):
        match entry:
            case Observed(thing=Event(reason="BackOff", message=message)):
                if said := EVENT.match(message):
                    yield entry, said[1]


def _waits(aftermath: History, workload: Workload, stand: Stand) -> Iterator[_Wait]:
    """Every wait of one pod that is over, oldest first."""
    named = workload.named
    sightings = [(seen, c) for seen, pod in aftermath.of_pod(stand.uid) for c in those(pod, named)]
    pods = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    stood = [container.id for pod in pods for container in those(pod, named)]
    ends: dict[str, tuple[Observed, Termination]] = {}
    for seen, end in ends_in(aftermath, workload, stand):
        ends.setdefault(end.container_id, (seen, end))
    lives = [*dict.fromkeys([*stood, *(container.id for _, container in sightings)])]
    for life, following in pairwise(lives):
        if life in ends:
            back, fresh = next(sight for sight in sightings if sight[1].id == following)
            yield _Wait(*ends[life], back, fresh.started_at, _said(sightings, life))


def _said(sightings: list[tuple[Observed, Container]], life: str) -> frozenset[str]:
    """The waits that were announced while a container was the latest."""
    messages = (c.message for _, c in sightings if c.id == life and _waiting(c))
    found = (SAYS.match(message) for message in messages)
    return frozenset(match[1] if match else "something else" for match in found)


def _waiting(container: Container) -> bool:
    return container.state == "waiting" and container.reason == WAITS


def _wrong(workload: Workload, found: list[_Wait], waits: tuple[Seconds, ...]) -> Iterator[str]:
    """What is not as it must be in the waits of one pod."""
    for wait, nominal in zip(found, waits, strict=True):
        yield from _misses(workload, wait, nominal)
    if any(waits) and not any(wait.said for wait in found):
        yield "the kubelet never said that it waits"


def _misses(workload: Workload, wait: _Wait, nominal: float) -> Iterator[str]:
    """What is wrong about one wait of nominally so long."""
    took = wait.back.at - wait.ended.at
    latest = windows.waited(nominal, workload).latest
    for other in sorted(wait.said - {_duration(nominal)}):
        yield f"the kubelet said that it waits for {other}, wanted {nominal:g} s"
    if (rest := _rested(wait)) is not None and rest < nominal:
        yield f"started again after {rest:g} s by the kubelet's clock, wanted {nominal:g} s"
    if took > latest:
        yield f"started again {took:.1f} s after its end, wanted {nominal:g} to {latest:g} s"


def _rested(wait: _Wait) -> float | None:
    """The whole seconds between the end and the start, by the kubelet; None if it does not say.

    Both are cut to the second: what is at least a whole number of seconds stays at least that.
    """
    if not wait.started or not wait.end.finished_at:
        return None
    return stamp(wait.started) - stamp(wait.end.finished_at)


def _duration(nominal: float) -> str:
    """Seconds as Go prints them: 10s, 1m20s."""
    minutes, rest = divmod(nominal, MINUTE)
    return f"{minutes:.0f}m{rest:g}s" if minutes else f"{rest:g}s"


def _complain(
    aftermath: History, verdict: Verdict, complaint: str, starts: list[Observed]
) -> Verdict:
    """Broken, unless the watch was down or late meanwhile: then it may have been as it must."""
    (last,) = verdict.evidence
    gap = aftermath.blind(aftermath.opened, last.at)
    hidden = gap or next((lag for start in starts if (lag := aftermath.lag(start))), None)
    if hidden is None:
        return replace(verdict, ruling=Ruling.BROKEN, because=complaint)
    how = "down" if gap else "late"
    because = f"{complaint}, but the watch was {how} from {hidden.at:.1f} s"
    return replace(verdict, ruling=Ruling.UNKNOWN, because=because, evidence=(hidden,))
