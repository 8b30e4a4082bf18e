"""Laws about a node's taints and the evictions that follow (oracle: N1, N11, N12)."""

from __future__ import annotations

from collections.abc import Sequence

from chaos import windows
from chaos.clock import Seconds
from chaos.history.facts import Observed, Pod
from chaos.history.history import History
from chaos.judging.due import timers
from chaos.judging.law import law
from chaos.judging.recovery import every
from chaos.judging.ruling import eventually, never, undated
from chaos.judging.stood import stood_on
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window
from chaos.workloads.admitted import NodeName, Workload

UNREACHABLE = "node.kubernetes.io/unreachable:NoExecute"
BY_TAINT = "DeletionByTaintManager"  # tainteviction/taint_eviction.go: the condition's reason


@law
def becomes_unreachable(
    aftermath: History, node: NodeName | str, *, within: Window | None = None
) -> Verdict:
    """The node is tainted as unreachable: what does not tolerate that must leave."""
    window = within or windows.node_tainted(timers(aftermath), nodes=aftermath.effect.count)
    fact = _tainted(aftermath, node)
    return eventually(aftermath, every([fact]), window, missing=f"{node} was not tainted")


@law
def evicted(
    aftermath: History,
    workload: Workload,
    *,
    on: NodeName | str = "",
    within: Window | None = None,
) -> Verdict:
    """Every pod is deleted by the taint manager, when it has tolerated the taint long enough.

    Every one that stood `on` a node, where one is given.
    """
    window = within or windows.eviction(workload, aftermath.effect, aftermath.timers)
    firsts = [_evicted(aftermath, pod) for pod in stood_on(aftermath, workload, on)]
    return eventually(aftermath, every(firsts), window, missing="not every pod was evicted")


@law
def never_evicted(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """No pod is deleted by anybody."""
    stood = {pod.uid for pod in aftermath.stood(workload.name)}
    deleted = (
        seen
        for seen, pod in aftermath.sightings(workload.name)
        if pod.uid in stood and (pod.deleting or seen.gone)
    )
    return never(aftermath, next(deleted, None), through)


@law
def dies_step_by_step(
    aftermath: History, node: NodeName | str, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """The node is Unknown, then tainted, then its pods are evicted; only then others are made.

    Nodes and pods are watched each for itself: of one that was late the order is not known.
    """
    window = within or windows.replacement(workload, aftermath.effect, aftermath.timers)
    steps = {
        "unknown": _unknown(aftermath, node),
        "tainted": _tainted(aftermath, node),
        "evicted": _all_evicted(aftermath, workload, node),
        "made anew": _another(aftermath, workload),
    }
    ordered = every(steps.values()) if _in_order(list(steps.values())) else ()
    seen = ", ".join(f"{step} {seen.at:.1f} s" for step, seen in steps.items() if seen is not None)
    missing = f"no death in order ({seen or 'nothing'})"
    verdict = eventually(aftermath, ordered, window, missing=missing)
    lag = next(filter(None, map(aftermath.lag, steps.values())), None)
    if lag is None or verdict.ruling is Ruling.OPEN:
        return verdict
    return undated(aftermath, lag, window, "each step must be after the one before")


def _in_order(steps: Sequence[Observed | None]) -> bool:
    """Whether none is there before the one before it."""
    moments = [seen.at for seen in steps if seen is not None]
    return moments == sorted(moments)


def _unknown(aftermath: History, node: str) -> Observed | None:
    return next((seen for seen, thing in aftermath.of_node(node) if thing.ready == "Unknown"), None)


def _tainted(aftermath: History, node: str) -> Observed | None:
    shown = aftermath.of_node(node)
    return next((seen for seen, thing in shown if UNREACHABLE in thing.taints), None)


def _all_evicted(aftermath: History, workload: Workload, node: str) -> Observed | None:
    """The first eviction, if all that stood there were evicted: another is made for each."""
    there = stood_on(aftermath, workload, node)
    found = [seen for pod in there if (seen := _evicted(aftermath, pod)) is not None]
    return min(found, key=lambda seen: seen.at) if len(found) == len(there) else None


def _evicted(aftermath: History, pod: Pod) -> Observed | None:
    shown = aftermath.of_pod(pod.uid)
    return next((seen for seen, now in shown if now.deleting and now.disrupted == BY_TAINT), None)


def _another(aftermath: History, workload: Workload) -> Observed | None:
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    shown = aftermath.sightings(workload.name)
    return next((seen for seen, pod in shown if pod.uid not in known), None)
