"""When a dead node must be noticed, and what stood on it evicted and replaced (oracle 2.5)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.windows.starting import readied, started
from chaos.windows.terms import BATCH, CREATE, EVICT, RETRY, ROUNDING
from chaos.windows.window import Term, Window, summed, unsaid
from chaos.workloads.admitted import Workload

ALONE = "nobody makes another"
NEVER_ANEW = {  # of a pod whose node is lost (oracle N3 to N6, N9)
    "Pod": f"a bare pod is lost: {ALONE}",
    "StaticPod": f"a static pod is its node's own: {ALONE}",
    "StatefulSet": "a StatefulSet makes no other while the lost one may still run",
    "DaemonSet": "a DaemonSet's pod stays with its node",
}
ONCE = frozenset({"Pod", "StaticPod"})


def replacement(workload: Workload, effect: Effect, timers: Timers | None) -> Window:
    """When a controller's new pod must be ready elsewhere; ChaosError when none is promised."""
    match effect.how:
        case "lost" if timers is not None:
            return node_lost(workload, timers, nodes=effect.count)
        case "evicts" | "deletes" if workload.kind in ONCE:
            raise ChaosError(f"{workload}: {NEVER_ANEW[workload.kind]}")
        case "evicts":
            return eviction(workload, effect, timers).then(*anew(workload))
        case "deletes":
            return made_anew(workload)
        case _:
            raise unsaid(workload, "replacements", effect)


def node_noticed(timers: Timers) -> Window:
    """A dead node goes Unknown: between G - 1.04 R and G + 2 Pn after the crash (oracle 2.5)."""
    renewal = timers.lease / 4  # the kubelet renews its lease at a quarter of its duration
    patience = Term("grace", timers.monitor_grace, "--node-monitor-grace-period")
    period = timers.monitor_period
    words = f"2 x period {period:g} s"
    passes = Term("passes", Seconds(2 * period), "--node-monitor-period", words)
    return summed(timers.monitor_grace - 1.04 * renewal, patience, passes)


def node_tainted(timers: Timers, *, nodes: int = 1) -> Window:
    """A dead node is tainted NoExecute: noticed, then its turn among those that died with it."""
    words = f"{nodes} eviction{'s' if nodes > 1 else ''} at {timers.eviction_rate:g}/s"
    turns = seconds(nodes / timers.eviction_rate)
    return node_noticed(timers).then(Term("turns", turns, "--node-eviction-rate", words), EVICT)


def eviction(workload: Workload, effect: Effect, timers: Timers | None) -> Window:
    """A pod's deletion by the taint manager: its node is tainted, then it tolerates that."""
    match effect.how:
        case "lost" if timers is not None:
            tainted = node_tainted(timers, nodes=effect.count)
            return _tolerated(workload, workload.tolerance, tainted)
        case "evicts":
            return _tolerated(workload, _tolerance(workload, effect.taint), summed(0, EVICT))
        case _:
            raise unsaid(workload, "evictions", effect)


def node_lost(workload: Workload, timers: Timers, *, nodes: int = 1) -> Window:
    """A dead node's pod is replaced: noticed, tolerated, evicted, scheduled, started, ready.

    Of several nodes that die at once, each waits for its turn to be evicted. A Job counts the pod
    as failed and backs off from the moment at which it was not ready (oracle N6). ChaosError when
    nobody promises another.
    """
    _must_be_made_anew(workload)
    gone = eviction(workload, Effect("lost", count=nodes), timers)
    whole = gone.then(*anew(workload))
    if workload.kind != "Job":
        return whole
    noticed = node_noticed(timers)
    waited = noticed.latest + RETRY.span + CREATE.span + started(workload)[-1].span
    words = f"or a Job's back-off {RETRY.span:g} s if that is longer"
    longer = seconds(max(0.0, waited - whole.latest))
    soonest = max(gone.earliest, noticed.earliest + RETRY.span - ROUNDING.span)
    both = whole.then(Term("a Job's back-off", longer, RETRY.source, words), BATCH)
    return Window(seconds(soonest), both.latest, both.because, both.terms)


def made_anew(workload: Workload | None = None) -> Window:
    """A controller's pod is deleted: another is made and started, and is ready."""
    return summed(0, *anew(workload))


def anew(workload: Workload | None) -> tuple[Term, ...]:
    """What it takes to make a pod, to start it, and to find it ready."""
    return (CREATE, *started(workload), *readied(workload))


def _must_be_made_anew(workload: Workload) -> None:
    if why := NEVER_ANEW.get(workload.kind):
        raise ChaosError(f"{workload}: {why}")
    if workload.kind == "Job" and workload.replacement == "Failed":
        raise ChaosError(f"{workload}: its Job waits until the lost pod is known to have ended")


def _tolerated(workload: Workload, span: float | None, tainted: Window) -> Window:
    if span is None:
        raise ChaosError(f"{workload} tolerates the taint for ever: it is never evicted")
    late = tainted.then(Term("toleration", seconds(span), "tolerationSeconds"))
    return Window(Seconds(tainted.earliest + span), late.latest, late.because, late.terms)


def _tolerance(workload: Workload, taint: str) -> float | None:
    """For how long it tolerates a taint: its first toleration that matches decides (oracle 2.5)."""
    key = taint.partition("=")[0]
    return next((span for name, span in workload.tolerates if name in {key, taint, ""}), 0.0)
