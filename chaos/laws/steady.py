"""The law that must hold before anything is injected: all is well and still."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.history.active import ENDED
from chaos.history.facts import Entry, Event, Gap, Observed, Pod
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, spells
from chaos.judging.ruling import eventually
from chaos.judging.subject import Controller
from chaos.judging.verdict import Verdict
from chaos.windows.restarts import grace
from chaos.windows.starting import start
from chaos.windows.terms import KILL
from chaos.windows.window import Window
from chaos.workloads.admitted import Uid, Workload
from chaos.workloads.containers import PROBES

FAILING = frozenset({"Unhealthy", "Killing"})  # a failure that counts, a restart that is under way
ALREADY = Seconds(-math.inf)  # it may have become steady long before it is asked
SETTLE = seconds(30)  # how long a workload may take to become still; generous for a cold node
BOOT = seconds(10)  # from a container's start until it listens: a patient takes 0.1 s on idle cores


@law
def steady(so_far: History, workload: Controller, *, still: Seconds, within: Seconds) -> Verdict:
    """Every pod of the workload is ready and has been still for a probe period.

    Still is also that none of its probes has failed: one failure before the fault would make its
    recovery come too early. Events may be lost, so their silence alone proves nothing.
    """
    found = spells(_states(so_far, workload))
    lasting = [_seen_anew(so_far, spell, workload) for spell in found if spell.relapse is None]
    window = Window(ALREADY, within, "as long as a workload may take to settle")
    return eventually(so_far, lasting, window, missing=_unwell(so_far, workload), hold=still)


def still(app: Workload) -> Seconds:
    """How long nothing may have changed: each probe is asked once more, and answered; 1 s."""
    probes = (spec.probe(name) for spec in app.containers for name in PROBES)
    return seconds(max([1.0, *(p.period + p.timeout for p in probes if p is not None)]))


def booting(so_far: History, apps: Iterable[Workload]) -> Seconds:
    """Until when one of their containers may not listen yet: no probe need say that it does."""
    began: dict[str, Seconds] = {}
    for app in apps:
        for seen, pod in so_far.sightings(app.name):
            for one in pod.containers:
                if one.state == "running":
                    began.setdefault(one.id, seen.at)
    return Seconds(max(began.values(), default=ALREADY) + BOOT)


def _seen_anew(so_far: History, spell: Recovery, workload: Workload) -> Recovery:
    """The spell; or from when on its stillness was seen: a gap's end, the end of a killing."""
    gaps = (gap for gap in so_far.about("gap", "") if isinstance(gap, Gap))
    over = Seconds(spell.fact.at + _dying(spell.fact, workload))
    return Recovery(replace(spell.fact, at=max([over, *(gap.until for gap in gaps)])))


def _dying(fact: Entry, workload: Workload) -> float:
    """How long a killing may not be seen by: the API shows the old container until the next runs.

    Whichever it is: its grace, the kill, and a start; a back-off is shown.
    """
    match fact:
        case Observed(thing=Event(reason="Killing")):
            probes = [spec.liveness for spec in workload.containers if spec.liveness is not None]
            most = max((grace(workload, one) for one in probes), default=grace(workload))
            return most + KILL.span + start(workload).span
        case _:
            return 0.0


def _states(so_far: History, workload: Workload) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting: what all its pods look like, if all are ready; a failure is a change."""
    pods: dict[Uid, Pod] = {}
    news: list[tuple[Observed, Pod | None, bool]] = [*so_far.belonging(workload.name)]
    news += [(seen, None, False) for seen, _ in _failures(so_far, workload)]
    failures = 0
    for seen, pod, belongs in sorted(news, key=lambda one: one[0].at):
        if pod is None:
            failures += 1
        elif belongs:
            pods[pod.uid] = pod
        else:
            pods.pop(pod.uid, None)
        look = _look(list(pods.values()), workload)
        yield seen, None if look is None else f"{look} {failures}"


def _failures(so_far: History, workload: Workload) -> Iterator[tuple[Observed, Event]]:
    for uid in dict.fromkeys(pod.uid for _, pod in so_far.sightings(workload.name)):
        for entry in so_far.about("event", uid):
            match entry:
                case Observed(thing=Event(reason=reason) as event) if reason in FAILING:
                    yield entry, event


def _look(pods: list[Pod], workload: Workload) -> str | None:
    """The pods' identities and counts, or None unless all that are wanted are ready."""
    all_there = workload.kind == "Job" or len(pods) == len(workload.stands)
    well = all_there and all(_well(pod, workload) for pod in pods)
    return " ".join(f"{pod.uid}/{pod.restarts}/{pod.phase}" for pod in pods) if well else None


def _well(pod: Pod, workload: Workload) -> bool:
    """Ready; a Job's pods may have ended, well or not, and others have come after them."""
    ended = workload.kind == "Job" and pod.phase in ENDED
    return (pod.ready or ended) and not pod.deleting


def _unwell(so_far: History, workload: Workload) -> str:
    last = {pod.uid: (pod, belongs) for _, pod, belongs in so_far.belonging(workload.name)}
    unwell = [pod for pod, belongs in last.values() if belongs and not _well(pod, workload)]
    states = ", ".join(f"{pod.name} {_why(pod)}" for pod in unwell)
    said = [event.message for _, event in _failures(so_far, workload)]
    changing = f"it kept changing ({said[-1]})" if said else "it kept changing"
    return f"{workload} was not ready and still: {states or changing}"


def _why(pod: Pod) -> str:
    reasons = [c.reason for c in pod.containers if c.reason]
    state = "is being deleted" if pod.ready else "is not ready"
    return f"{state} ({', '.join(reasons) or pod.phase})"
