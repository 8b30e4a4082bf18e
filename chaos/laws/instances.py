"""Laws about how many pods a controller keeps, and where (oracle: N5, N8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from chaos.clock import Seconds
from chaos.history.facts import Observed, Pod
from chaos.history.history import History
from chaos.judging.due import anew_window
from chaos.judging.law import law
from chaos.judging.recovery import spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stands
from chaos.judging.subject import Controller
from chaos.judging.verdict import Verdict
from chaos.windows import hold
from chaos.windows.window import Window
from chaos.workloads.admitted import NodeName, Workload


@law
def has_instances(
    aftermath: History, workload: Controller, count: int, *, within: Window | None = None
) -> Verdict:
    """The workload has exactly this number of pods, all ready, and keeps them."""
    counted = _standing(aftermath, workload, lambda pods: _ready(pods) == len(pods) == count)
    return eventually(
        aftermath,
        spells(counted),
        within or anew_window(aftermath, workload),
        missing=f"not {count} ready pods",
        hold=hold(workload),
    )


@law
def one_on_each(
    aftermath: History,
    workload: Controller,
    nodes: tuple[NodeName | str, ...],
    *,
    within: Window | None = None,
) -> Verdict:
    """There is exactly one ready pod on each of the nodes, and none elsewhere."""
    wanted = sorted(nodes)
    placed = _standing(
        aftermath,
        workload,
        lambda pods: _ready(pods) == len(pods) and sorted(pod.node or "" for pod in pods) == wanted,
    )
    return eventually(
        aftermath,
        spells(placed),
        within or anew_window(aftermath, workload),
        missing=f"not one ready pod on each of {', '.join(wanted)}",
        hold=hold(workload),
    )


@law
def stays_running(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Its pods run on, whatever they are called by: none is deleted, restarted or ends."""
    ended = (
        seen
        for stand in stands(aftermath, workload)
        for seen, pod in aftermath.of_pod(stand.uid)
        if seen.gone or pod.deleting or not pod.ready
    )
    return never(aftermath, min(ended, key=lambda seen: seen.at, default=None), through)


def _standing(
    aftermath: History, workload: Workload, fits: Callable[[Collection[Pod]], bool]
) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting: which pods the workload has that are not being deleted, if they fit."""
    pods = {pod.uid: pod for pod in aftermath.stood(workload.name) if not pod.deleting}
    for seen, pod, belongs in aftermath.belonging(workload.name):
        pods.pop(pod.uid, None)
        if belongs and not pod.deleting:
            pods[pod.uid] = pod
        yield seen, " ".join(sorted(pods)) if fits(pods.values()) else None


def _ready(pods: Collection[Pod]) -> int:
    return sum(pod.ready for pod in pods)
