"""Laws about restarts: the same pod, the same node, a new container (oracle: L1, L12)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import Seconds
from chaos.entry import Container, Observed, Pod, Uid, Workload
from chaos.history import History
from chaos.law import Verdict, eventually, law, never, spells
from chaos.windows import Window, hold


@law
def restarted(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """The kubelet restarts the container where it stood: same pod, new container, one more."""
    return eventually(
        aftermath,
        spells(_back(aftermath, workload)),
        within,
        missing="no restart",
        hold=hold(workload),
    )


@law
def never_restarted(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """No container of the workload is ever started again."""
    before = _before(aftermath, workload)
    again = (
        seen
        for seen, pod in aftermath.sightings(workload.name)
        for container in pod.containers
        if _newer(before.get((pod.uid, container.name)), container)
    )
    return never(aftermath, next(again, None), through)


def _back(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting of a pod that stood: the new containers' ids, if all such pods have one."""
    before, nodes = _before(aftermath, workload), _nodes(aftermath, workload)
    fresh: dict[Uid, str | None] = dict.fromkeys(nodes)
    for seen, pod in aftermath.sightings(workload.name):
        if pod.uid in nodes:
            stays = not seen.gone and pod.node == nodes[pod.uid]
            fresh[pod.uid] = next(_running(before, pod), None) if stays else None
            ids = [each for each in fresh.values() if each is not None]
            yield seen, " ".join(ids) if len(ids) == len(fresh) else None


def _running(before: dict[tuple[Uid, str], Container], pod: Pod) -> Iterator[str]:
    for container in pod.containers:
        old = before.get((pod.uid, container.name))
        if container.state == "running" and _newer(old, container):
            yield container.id


def _newer(old: Container | None, new: Container) -> bool:
    return old is not None and new.restarts > old.restarts and new.id != old.id


def _before(aftermath: History, workload: Workload) -> dict[tuple[Uid, str], Container]:
    stood = aftermath.stood(workload.name)
    return {(pod.uid, container.name): container for pod in stood for container in pod.containers}


def _nodes(aftermath: History, workload: Workload) -> dict[Uid, str | None]:
    return {pod.uid: pod.node for pod in aftermath.stood(workload.name)}
