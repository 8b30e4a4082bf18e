"""Laws about how a container ended (oracle: L11, L3)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import seconds
from chaos.entry import Apps, Observed, Pod, Stand, Termination, Workload, each
from chaos.history import History
from chaos.law import Recovery, Verdict, eventually, every, law
from chaos.windows import Window, trace

NOTICE = seconds(10)  # relist 1 s and status patch, with room for a busy machine


@law
def exited(
    aftermath: History,
    workload: Workload,
    *,
    code: int,
    within: Window,
    reasons: tuple[str, ...] = (),
) -> Verdict:
    """The container ends with this exit code, as the kubelet reports it."""
    ends = [end for stand in workload.stands for end in _ends(aftermath, workload, stand)]
    ends.sort(key=lambda end: end[0].at)
    fitting = (
        Recovery(seen)
        for seen, end in ends
        if end.exit_code == code and (not reasons or end.reason in reasons)
    )
    seen = ", ".join(sorted({f"{end.exit_code} {end.reason}" for _, end in ends})) or "no end"
    return eventually(aftermath, fitting, within, missing=f"wanted exit {code}, saw {seen}")


@law
def ends(aftermath: History, apps: Apps, *, code: int) -> Verdict:
    """Every main process ends, with the code it was told."""
    firsts = (
        next((seen for seen, end in _ends(aftermath, app, stand) if end.exit_code == code), None)
        for app in each(apps)
        for stand in app.stands
    )
    return eventually(aftermath, every(firsts), trace(NOTICE), missing="not every process ended")


def _ends(
    aftermath: History, workload: Workload, stand: Stand
) -> Iterator[tuple[Observed, Termination]]:
    """Every end in one pod that was not already there at the opening, oldest first."""
    stood = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    known = {end.container_id for pod in stood for end in _shown(pod)}
    for seen, pod in aftermath.of_pod(stand.uid):
        for end in _shown(pod):
            if end.container_id not in known:
                yield seen, end


def _shown(pod: Pod) -> Iterator[Termination]:
    """The ends that a pod's status shows: the last container's, and this one's."""
    for container in pod.containers:
        yield from (end for end in (container.last, container.ended) if end is not None)
