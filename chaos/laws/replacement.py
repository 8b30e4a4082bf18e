"""Laws about replacement: a new pod, with a new uid, made by a controller (oracle: N2, N3)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import Seconds
from chaos.entry import Observed, Pod, Uid, Workload
from chaos.history import History
from chaos.law import Recovery, Verdict, eventually, law, never, spells
from chaos.windows import Window, hold


@law
def replaced(aftermath: History, workload: Workload, *, away_from: str, within: Window) -> Verdict:
    """Every pod that stood on the lost node is replaced by a ready one elsewhere."""
    lost = [pod for pod in aftermath.stood(workload.name) if pod.node == away_from]
    enough = spells(_fresh_enough(aftermath, workload, away_from, max(1, len(lost))))
    missing = f"fewer than {len(lost)} ready replacements" if lost else "nothing was lost there"
    recoveries = enough if lost else ()
    return eventually(aftermath, recoveries, within, missing=missing, hold=hold(workload))


@law
def never_replaced(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """No pod with a new uid ever stands in for the one that was lost."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    strangers = (seen for seen, pod in aftermath.sightings(workload.name) if pod.uid not in known)
    return never(aftermath, next(strangers, None), through)


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


def _fresh_enough(
    aftermath: History, workload: Workload, away_from: str, wanted: int
) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting: whether as many new pods are ready elsewhere as are wanted."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    ready: set[Uid] = set()
    for seen, pod in aftermath.sightings(workload.name):
        if pod.uid not in known:
            _count(ready, pod, well=_well(seen, pod, away_from))
            yield seen, "enough" if len(ready) >= wanted else None


def _well(seen: Observed, pod: Pod, away_from: str) -> bool:
    return pod.ready and not seen.gone and not pod.deleting and pod.node != away_from


def _count(ready: set[Uid], pod: Pod, *, well: bool) -> None:
    if well:
        ready.add(pod.uid)
    else:
        ready.discard(pod.uid)
