"""Laws about how a container ended (oracle: L11, L3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chaos.clock import seconds
from chaos.history.facts import Observed, Pod, Termination
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every
from chaos.judging.ruling import eventually
from chaos.judging.verdict import Ruling, Verdict
from chaos.laws.restart import restart_window
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload, each

NOTICE = seconds(10)  # relist 1 s and status patch, with room for a busy machine


@law
def exited(
    aftermath: History,
    workload: Workload,
    *,
    code: int | None,
    within: Window | None = None,
    reasons: tuple[str, ...] = (),
) -> Verdict:
    """The container ends with this exit code (None: any), as the kubelet reports it."""
    ends = [end for stand in workload.stands for end in ends_in(aftermath, workload, stand)]
    ends.sort(key=lambda end: end[0].at)
    fitting = (
        Recovery(seen)
        for seen, end in ends
        if code in {None, end.exit_code} and (not reasons or end.reason in reasons)
    )
    seen = ", ".join(sorted({f"{end.exit_code} {end.reason}" for _, end in ends})) or "no end"
    window = within or restart_window(aftermath, workload)
    verdict = eventually(aftermath, fitting, window, missing=_missing(code, seen))
    return unless_untold(aftermath, workload, verdict)


def _missing(code: int | None, seen: str) -> str:
    return f"wanted exit {'of any code' if code is None else code}, saw {seen}"


@law
def ends(aftermath: History, apps: Apps, *, code: int | None) -> Verdict:
    """Every main process ends, with the code it was told; with any for None."""
    firsts = (
        next(
            (e for e, end in ends_in(aftermath, app, stand) if code in {None, end.exit_code}), None
        )
        for app in each(apps)
        for stand in app.stands
    )
    verdict = eventually(aftermath, every(firsts), trace(NOTICE), missing="not every process ended")
    return unless_untold(aftermath, apps, verdict)


def ends_in(
    aftermath: History, workload: Workload, stand: Stand
) -> Iterator[tuple[Observed, Termination]]:
    """Every end in one pod that was not already there at the opening, oldest first."""
    stood = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    known = {end.container_id for pod in stood for end in _shown(pod)}
    for seen, pod in aftermath.of_pod(stand.uid):
        for end in _shown(pod):
            if end.container_id not in known:
                yield seen, end


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
        for stand in app.stands
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
    latest = {container.name: container.id for pod in stood for container in pod.containers}
    for seen, pod in aftermath.of_pod(stand.uid):
        for container in pod.containers:
            before = latest.get(container.name)
            latest[container.name] = container.id or before or ""
            if before and before != latest[container.name] and before not in told:
                yield seen


def _shown(pod: Pod) -> Iterator[Termination]:
    """The ends that a pod's status shows: the last container's, and this one's."""
    for container in pod.containers:
        yield from (end for end in (container.last, container.ended) if end is not None)
