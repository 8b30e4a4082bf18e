"""How containers ended, as their statuses tell, and what a status keeps to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chaos.history.facts import Container, Observed, Pod, Termination
from chaos.history.history import History
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.workloads.admitted import Apps, Stand, Workload, each


def ends_in(
    aftermath: History, workload: Workload, stand: Stand
) -> Iterator[tuple[Observed, Termination]]:
    """Every end in one pod that was not already there at the opening, oldest first.

    Of the container that the workload names; of any when it names none.
    """
    stood = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    known = {end.container_id for pod in stood for end in _shown(pod, workload.named)}
    for seen, pod in aftermath.of_pod(stand.uid):
        for end in _shown(pod, workload.named):
            if end.container_id not in known:
                yield seen, end


def those(pod: Pod, named: str) -> Iterator[Container]:
    """The containers of that name; all for none."""
    return (one for one in pod.containers if named in {"", one.name})


def unless_untold(aftermath: History, apps: Apps, verdict: Verdict) -> Verdict:
    """The verdict; UNKNOWN if it rests on an end that was not seen, and one was not told.

    Once a minute the kubelet removes all but one of a container's ended instances, and takes one
    that is made and not yet started for ended (kuberuntime_gc.go, evictableContainers): the one
    that has just ended then goes, and with it its last state.
    """
    if verdict.evidence or verdict.ruling is Ruling.OPEN or verdict.window is None:
        return verdict
    deadline = aftermath.start + verdict.window.latest
    untold = (
        seen
        for app in each(apps)
        for stand in stands(aftermath, app)
        for seen in _untold(aftermath, app, stand)
        if seen.at <= deadline
    )
    if (seen := next(untold, None)) is None:
        return verdict
    because = f"{verdict.because}; a restart after {seen.at - aftermath.start:.1f} s told no end"
    return replace(verdict, ruling=Ruling.UNKNOWN, because=because, evidence=(seen,))


def _untold(aftermath: History, workload: Workload, stand: Stand) -> Iterator[Observed]:
    """The first sighting of each new container whose forerunner's end is never shown."""
    told = {end.container_id for _, end in ends_in(aftermath, workload, stand)}
    stood = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    ours = workload.named
    latest: dict[str, str | None] = {c.name: c.id for pod in stood for c in those(pod, ours)}
    for seen, pod in aftermath.of_pod(stand.uid):
        for container in those(pod, ours):
            before = latest.get(container.name)
            latest[container.name] = container.id or before
            if before and before != latest[container.name] and before not in told:
                yield seen


def _shown(pod: Pod, named: str) -> Iterator[Termination]:
    """The ends that a pod's status shows: the last container's, and this one's."""
    for container in those(pod, named):
        yield from (end for end in (container.last, container.ended) if end is not None)
