"""Laws about replacement: a new pod, with a new uid, made by a controller (oracle: N2, N3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chaos import windows
from chaos.clock import Seconds
from chaos.history.facts import Observed, Pod
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stood_on
from chaos.judging.subject import Lost
from chaos.judging.verdict import Verdict
from chaos.windows import hold
from chaos.windows.window import Window
from chaos.workloads.admitted import NodeName, Uid, Workload


@law
def replaced(
    aftermath: History,
    workload: Workload,
    *,
    away_from: NodeName | str,
    within: Window | None = None,
) -> Verdict:
    """Every pod that stood on the lost node is replaced by a ready one elsewhere."""
    lost = len(stood_on(aftermath, workload, away_from))
    enough = spells(_fresh(aftermath, workload, lost, lambda pod: pod.node != away_from))
    missing = f"fewer than {lost} ready replacements"
    window = within or windows.replacement(workload, aftermath.effect, aftermath.timers)
    return eventually(aftermath, enough, window, missing=missing, hold=hold(workload))


@law
def recreated(aftermath: History, workload: Lost, *, within: Window | None = None) -> Verdict:
    """Every pod is made anew under its old name, with a new uid, and is ready."""
    window = within or windows.replacement(workload, aftermath.effect, aftermath.timers)
    names = {stand.name for stand in workload.stands}
    anew = _fresh(aftermath, workload, len(names), lambda pod: pod.name in names)
    return eventually(aftermath, spells(anew), window, missing="not made anew", hold=hold(workload))


@law
def never_replaced(aftermath: History, workload: Lost, *, through: Seconds) -> Verdict:
    """No pod with a new uid ever stands in for the one that was lost."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    strangers = (seen for seen, pod in aftermath.sightings(workload.name) if pod.uid not in known)
    return never(aftermath, next(strangers, None), through)


@law
def never_placed(aftermath: History, workload: Lost, *, through: Seconds) -> Verdict:
    """No pod with a new uid is ever bound to a node: its controller made it, no scheduler did."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    sightings = aftermath.sightings(workload.name)
    placed = (seen for seen, pod in sightings if pod.uid not in known and pod.node)
    return never(aftermath, next(placed, None), through)


@law
def gone(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """The pod's object goes away: the kubelet of its node has confirmed its end."""
    stood = {pod.uid for pod in aftermath.stood(workload.name)}
    ends = (
        Recovery(seen)
        for seen, pod in aftermath.sightings(workload.name)
        if seen.gone and pod.uid in stood
    )
    return eventually(aftermath, ends, within, missing="the object is still there")


def _fresh(
    aftermath: History, workload: Workload, wanted: int, fits: Callable[[Pod], bool]
) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting: whether as many new pods that fit are ready as are wanted."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    ready: set[Uid] = set()
    for seen, pod in aftermath.sightings(workload.name):
        if pod.uid not in known:
            well = pod.ready and not seen.gone and not pod.deleting and fits(pod)
            _count(ready, pod, well=well)
            yield seen, "enough" if len(ready) >= wanted else None


def _count(ready: set[Uid], pod: Pod, *, well: bool) -> None:
    if well:
        ready.add(pod.uid)
    else:
        ready.discard(pod.uid)
