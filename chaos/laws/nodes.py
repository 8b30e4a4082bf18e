"""Laws about nodes, and about pods that outlive their node's absence (oracle: N1, N10)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos import windows
from chaos.clock import Seconds, seconds
from chaos.history.facts import Node, Observed
from chaos.history.history import History
from chaos.judging.due import timers
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every, spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stood, stood_on
from chaos.judging.subject import Newcomer
from chaos.judging.verdict import Verdict
from chaos.windows import hold
from chaos.windows.window import Window
from chaos.workloads.admitted import NodeName, Workload

HOLD = seconds(3)  # as for a restart: a recovery must last
OWN_WORD = "KubeletNotReady"  # the condition's reason (kubernetes: kubelet/nodestatus/setters.go)


@law
def goes_unready(
    aftermath: History, node: NodeName | str, *, within: Window | None = None
) -> Verdict:
    """The control plane stops believing that the node is ready."""
    lost = (Recovery(seen) for seen, thing in aftermath.of_node(node) if thing.ready != "True")
    window = within or windows.node_noticed(timers(aftermath))
    return eventually(aftermath, lost, window, missing=f"{node} stayed ready")


@law
def reports_unready(aftermath: History, node: NodeName | str, *, within: Window) -> Verdict:
    """The node's own kubelet says that it is not ready: of a silent one nobody could know."""
    said = (
        Recovery(seen)
        for seen, thing in aftermath.of_node(node)
        if (thing.ready, thing.reason) == ("False", OWN_WORD)
    )
    return eventually(aftermath, said, within, missing=f"the kubelet of {node} did not say so")


@law
def never_goes_unready(aftermath: History, node: NodeName | str, *, through: Seconds) -> Verdict:
    """The control plane believes all the time that the node is ready."""
    lost = (seen for seen, thing in aftermath.of_node(node) if thing.ready != "True" or seen.gone)
    return never(aftermath, next(lost, None), through)


@law
def becomes_ready(aftermath: History, node: NodeName | str, *, within: Window) -> Verdict:
    """The node is ready again, and no taint keeps pods away."""
    return _fit(aftermath, node, within, f"{node} did not come back")


@law
def joins(aftermath: History, node: Newcomer, *, within: Window) -> Verdict:
    """The node, which was not there before, is ready, and no taint keeps pods away."""
    return _fit(aftermath, node, within, f"{node} did not join")


def _fit(aftermath: History, node: str, within: Window, missing: str) -> Verdict:
    """A node that only looked in has not come: it must stay so for a while."""
    states = (
        (seen, "fit" if not seen.gone and _takes_pods(thing) else None)
        for seen, thing in aftermath.of_node(node)
    )
    return eventually(aftermath, spells(states), within, missing=missing, hold=HOLD)


def _takes_pods(node: Node) -> bool:
    return node.ready == "True" and not any("node.kubernetes.io/" in t for t in node.taints)


@law
def loses_readiness(
    aftermath: History,
    workload: Workload,
    *,
    on: NodeName | str = "",
    within: Window | None = None,
) -> Verdict:
    """Every pod is shown as not ready when its node is lost, whatever else its status says.

    Every one that stood `on` a node, where one is given.
    """
    window = within or windows.node_noticed(timers(aftermath))
    firsts = (
        next((s for s, pod in aftermath.of_pod(stood.uid) if not pod.ready and not s.gone), None)
        for stood in stood_on(aftermath, workload, on)
    )
    return eventually(aftermath, every(firsts), window, missing="not every pod lost its readiness")


@law
def resumes(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """Every pod that was there goes on: the same one, on its node, ready again."""
    back = spells(_back(aftermath, workload))
    return eventually(aftermath, back, within, missing="not every pod", hold=hold(workload))


def _back(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, str | None]]:
    """For each sighting of a pod that stood: whether all such pods are ready and stay."""
    well = dict.fromkeys((pod.uid for pod in stood(aftermath, workload)), False)
    for seen, pod in aftermath.sightings(workload.name):
        if pod.uid in well:
            well[pod.uid] = pod.ready and not pod.deleting and not seen.gone
            yield seen, "back" if all(well.values()) else None
