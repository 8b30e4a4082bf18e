"""The law that must hold before anything is injected: all is well and still."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.entry import Gap, Observed, Pod, Uid, Workload
from chaos.history import History
from chaos.law import Recovery, Verdict, eventually, law, spells
from chaos.windows import Window

ALREADY = Seconds(-math.inf)  # it may have become steady long before it is asked
SETTLE = seconds(30)  # how long a workload may take to become still; generous for a cold node


@law
def steady(so_far: History, workload: Workload, *, still: Seconds, within: Seconds) -> Verdict:
    """Every pod of the workload is ready and has been still for a probe period."""
    last = list(spells(_states(so_far, workload)))[-1:]
    lasting = [_seen_anew(so_far, spell) for spell in last if spell.relapse is None]
    window = Window(ALREADY, within, "as long as a workload may take to settle")
    return eventually(so_far, lasting, window, missing=_unwell(so_far, workload), hold=still)


def _seen_anew(so_far: History, spell: Recovery) -> Recovery:
    """The spell; or the end of the last gap in it, from which on its stillness was seen."""
    gaps = (gap for gap in so_far.about("gap", "") if isinstance(gap, Gap))
    seen = max([spell.fact.at, *(gap.until for gap in gaps)])
    return Recovery(replace(spell.fact, at=seen))


def _states(so_far: History, workload: Workload) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting: what all its pods look like, if all are ready."""
    pods: dict[Uid, Pod] = {}
    for seen, pod in so_far.sightings(workload.name):
        pods[pod.uid] = pod
        if seen.gone:
            del pods[pod.uid]
        yield seen, _look(list(pods.values()), wanted=len(workload.stands))


def _look(pods: list[Pod], *, wanted: int) -> str | None:
    """The pods' identities and counts, or None unless all that are wanted are ready."""
    well = len(pods) == wanted and all(pod.ready and not pod.deleting for pod in pods)
    return " ".join(f"{pod.uid}/{pod.restarts}" for pod in pods) if well else None


def _unwell(so_far: History, workload: Workload) -> str:
    pods = {pod.uid: pod for _, pod in so_far.sightings(workload.name)}
    states = ", ".join(f"{p.name} {_why(p)}" for p in pods.values() if not p.ready)
    return f"{workload} was not ready and still: {states or 'it kept changing'}"


def _why(pod: Pod) -> str:
    reasons = [c.reason for c in pod.containers if c.reason]
    return f"is not ready ({', '.join(reasons) or pod.phase})"
