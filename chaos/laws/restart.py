"""Laws about restarts: the same pod, the same node, a new container (oracle: L1, L12)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from chaos.clock import Seconds
from chaos.history.facts import Container, Observed, Pod
from chaos.history.history import History
from chaos.judging.due import unless_unseen
from chaos.judging.lasting import lasting_window, more_kills
from chaos.judging.law import law
from chaos.judging.recovery import spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stood
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.restarts import hold, killed_more
from chaos.windows.window import Window
from chaos.workloads.admitted import Uid, Workload


@law
def restarted(aftermath: History, workload: Workload, *, within: Window | None = None) -> Verdict:
    """The kubelet restarts the container where it stood: same pod, new container, one more.

    Of a pod with several the one that is meant: `web.container("api")`. Where a probe has the new
    one killed while it boots, the next is waited for.
    """
    verdict = eventually(
        aftermath,
        spells(_back(aftermath, workload.narrowed)),
        within or lasting_window(aftermath, workload),
        missing=_missing(aftermath, workload),
        hold=hold(workload),
    )
    return unless_unseen(aftermath, workload, "liveness", verdict)


@law
def never_restarted(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """No container of the workload, or not the one that is named, is ever started again."""
    before = _before(aftermath, workload)
    if workload.named and not before:
        return Verdict(Ruling.UNKNOWN, f"no container {workload.named!r} stood")
    again = (
        seen
        for seen, pod in aftermath.sightings(workload.name)
        for container in pod.containers
        if _newer(before.get((pod.uid, container.name)), container)
    )
    return never(aftermath, next(again, None), through)


def _missing(aftermath: History, workload: Workload) -> str:
    """What is to be said of who was not restarted: how often a probe did not let it boot."""
    often = max((kill.often for kill in more_kills(aftermath, workload.narrowed)), default=0)
    return f"{killed_more(often)} by a probe: no restart" if often else "no restart"


def _back(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting of a pod that stood: the new containers' ids, if all such pods have one.

    One that a probe has killed again, as its kubelet says, is over, however long it takes to end.
    """
    before, nodes = _before(aftermath, workload), _nodes(aftermath, workload)
    fresh: dict[Uid, str | None] = dict.fromkeys(nodes)
    killed: set[str | None] = {None}
    for seen, uid, pod in _told(aftermath, workload):
        if pod is None:
            killed.add(fresh[uid])
        stays = [pod] if pod is not None and not seen.gone and pod.node == nodes[uid] else []
        running = chain.from_iterable(_running(before, one) for one in stays)
        fresh[uid] = next((each for each in running if each not in killed), None)
        ids = [each for each in fresh.values() if each is not None]
        yield seen, " ".join(ids) if len(ids) == len(fresh) else None


def _told(aftermath: History, workload: Workload) -> list[tuple[Observed, Uid, Pod | None]]:
    """Every sighting of the pods that stood, and every kill that nobody promised, oldest first."""
    stood = _nodes(aftermath, workload)
    shown = [(seen, pod.uid, pod) for seen, pod in aftermath.sightings(workload.name)]
    kills = [(kill.seen, kill.uid, None) for kill in more_kills(aftermath, workload)]
    return sorted((one for one in [*shown, *kills] if one[1] in stood), key=lambda one: one[0].at)


def _running(before: dict[tuple[Uid, str], Container], pod: Pod) -> Iterator[str]:
    for container in pod.containers:
        old = before.get((pod.uid, container.name))
        if container.state == "running" and _newer(old, container):
            yield container.id


def _newer(old: Container | None, new: Container) -> bool:
    return old is not None and new.restarts > old.restarts and new.id != old.id


def _before(aftermath: History, workload: Workload) -> dict[tuple[Uid, str], Container]:
    """The containers that stood; of the name that is meant, if there is one."""
    there = stood(aftermath, workload)
    containers = ((pod.uid, container) for pod in there for container in pod.containers)
    return {(uid, c.name): c for uid, c in containers if workload.named in {"", c.name}}


def _nodes(aftermath: History, workload: Workload) -> dict[Uid, str | None]:
    return {pod.uid: pod.node for pod in stood(aftermath, workload)}
