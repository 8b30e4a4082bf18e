"""Laws about what was done to objects: the traces that such faults leave in the watches."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import seconds
from chaos.history.facts import Observed
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every
from chaos.judging.ruling import eventually
from chaos.judging.subject import Controller
from chaos.judging.verdict import Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, NodeName, Uid, Workload, each

NOTICE = trace(seconds(30))  # an object changes when the API server says so: milliseconds, a watch


@law
def deleted(aftermath: History, apps: Apps) -> Verdict:
    """Every pod that stood was deleted: it is on its way, or gone."""
    firsts = [
        next((s for s, pod in aftermath.of_pod(stand.uid) if pod.deleting or s.gone), None)
        for app in each(apps)
        for stand in app.stands
    ]
    return eventually(aftermath, every(firsts), NOTICE, missing="not every pod was deleted")


@law
def vanished(aftermath: History, apps: Apps) -> Verdict:
    """Every pod's object is gone, whatever its processes do."""
    firsts = [
        next((s for s, _ in aftermath.of_pod(stand.uid) if s.gone), None)
        for app in each(apps)
        for stand in app.stands
    ]
    return eventually(aftermath, every(firsts), NOTICE, missing="not every object went")


@law
def scaled_to(aftermath: History, workload: Controller, *, replicas: int) -> Verdict:
    """The workload has this number of pods, those that are being deleted not counted."""
    found = (Recovery(seen) for seen, count in _counts(aftermath, workload) if count == replicas)
    return eventually(aftermath, found, NOTICE, missing=f"never {replicas} pods")


@law
def orphaned(aftermath: History, apps: Apps, *, pods: tuple[str, ...]) -> Verdict:
    """Every one of the pods lost the label that its controller knows it by."""
    names = {stand.uid: app.name for app in each(apps) for stand in app.stands}
    firsts = [
        next((s for s, pod in aftermath.of_pod(uid) if pod.workload != names[uid]), None)
        for uid in map(Uid, pods)
    ]
    return eventually(aftermath, every(firsts), NOTICE, missing="not every pod lost its label")


@law
def tainted(
    aftermath: History, node: NodeName | str, *, taint: str, within: Window | None = None
) -> Verdict:
    """The node carries the taint."""
    seen = (Recovery(seen) for seen, thing in aftermath.of_node(node) if taint in thing.taints)
    return eventually(aftermath, seen, within or NOTICE, missing=f"{node} was not tainted")


@law
def forgotten(aftermath: History, node: NodeName | str) -> Verdict:
    """The node's object is gone."""
    ends = (Recovery(seen) for seen, _ in aftermath.of_node(node) if seen.gone)
    return eventually(aftermath, ends, NOTICE, missing=f"{node} is still known")


@law
def go_unready(aftermath: History, nodes: tuple[NodeName | str, ...], *, within: Window) -> Verdict:
    """The control plane stops believing that any of the nodes is ready."""
    firsts = [
        next((s for s, thing in aftermath.of_node(node) if thing.ready != "True"), None)
        for node in nodes
    ]
    return eventually(aftermath, every(firsts), within, missing="not every node became unready")


def _counts(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, int]]:
    """For each sighting: how many pods the workload has that stay."""
    live = {pod.uid for pod in aftermath.stood(workload.name) if not pod.deleting}
    for seen, pod, belongs in aftermath.belonging(workload.name):
        if belongs and not pod.deleting:
            live.add(pod.uid)
        else:
            live.discard(pod.uid)
        yield seen, len(live)
