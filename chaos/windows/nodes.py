"""When a dead node must be noticed, and what stood on it evicted and replaced (oracle 2.5)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.windows.jobs import BATCH, RETRY
from chaos.windows.restarts import START
from chaos.windows.window import Window, unsaid
from chaos.workloads.admitted import Workload

CREATE = 1.0  # a controller's reaction to a deletion timestamp, and scheduling
EVICT = 1.0  # the taint's way to the controller that evicts, and the deletion's way back


def replacement(workload: Workload, effect: Effect, timers: Timers | None) -> Window:
    """When a controller's new pod must be ready elsewhere."""
    match effect.how:
        case "lost" if timers is not None:
            return node_lost(workload, timers, nodes=effect.count)
        case "evicts":
            return _and_made_anew(eviction(workload, effect, timers))
        case "deletes":
            return made_anew()
        case _:
            raise unsaid(workload, "replacements", effect)


def node_noticed(timers: Timers) -> Window:
    """A dead node goes Unknown: between G - 1.04 R and G + 2 Pn after the crash (oracle 2.5)."""
    renewal = timers.lease / 4  # the kubelet renews its lease at a quarter of its duration
    soonest = timers.monitor_grace - 1.04 * renewal
    latest = timers.monitor_grace + 2 * timers.monitor_period
    because = f"grace {timers.monitor_grace:g} s + 2 x period {timers.monitor_period:g} s"
    return Window(seconds(soonest), seconds(latest), because)


def node_tainted(timers: Timers, *, nodes: int = 1) -> Window:
    """A dead node is tainted NoExecute: noticed, then its turn among those that died with it."""
    noticed = node_noticed(timers)
    turns = f"{nodes} eviction{'s' if nodes > 1 else ''} at {timers.eviction_rate:g}/s"
    latest = noticed.latest + nodes / timers.eviction_rate + EVICT
    return Window(noticed.earliest, seconds(latest), f"{noticed.because} + {turns}")


def eviction(workload: Workload, effect: Effect, timers: Timers | None) -> Window:
    """A pod's deletion by the taint manager: its node is tainted, then it tolerates that."""
    match effect.how:
        case "lost" if timers is not None:
            return _tolerated(
                workload, workload.tolerance, node_tainted(timers, nodes=effect.count)
            )
        case "evicts":
            now = Window(seconds(0), seconds(EVICT), f"taint and deletion {EVICT:g} s")
            return _tolerated(workload, _tolerance(workload, effect.taint), now)
        case _:
            raise unsaid(workload, "evictions", effect)


def node_lost(workload: Workload, timers: Timers, *, nodes: int = 1) -> Window:
    """A dead node's pod is replaced: noticed, tolerated, evicted, scheduled, started.

    Of several nodes that die at once, each waits for its turn to be evicted. A Job counts the pod
    as failed and backs off from the moment at which it was not ready (oracle N6).
    """
    gone = eviction(workload, Effect("lost", count=nodes), timers)
    anew = _and_made_anew(gone)
    if workload.kind != "Job":
        return anew
    noticed = node_noticed(timers)
    soonest = max(gone.earliest, noticed.earliest + RETRY - 1)  # whole seconds, cut off
    latest = max(anew.latest, noticed.latest + RETRY + CREATE + START) + BATCH
    because = f"{anew.because}, or a Job's back-off {RETRY:g} s if that is longer, + {BATCH:g} s"
    return Window(seconds(soonest), seconds(latest), because)


def made_anew() -> Window:
    """A controller's pod is deleted: another is made and started."""
    because = f"creation {CREATE:g} s + container start {START:g} s"
    return Window(seconds(0), seconds(CREATE + START), because)


def _and_made_anew(gone: Window) -> Window:
    anew = made_anew()
    latest = Seconds(gone.latest + anew.latest)
    return Window(gone.earliest, latest, f"{gone.because} + {anew.because}")


def _tolerated(workload: Workload, span: float | None, tainted: Window) -> Window:
    if span is None:
        raise ChaosError(f"{workload} tolerates the taint for ever: it is never evicted")
    because = f"{tainted.because} + toleration {span:g} s"
    return Window(Seconds(tainted.earliest + span), Seconds(tainted.latest + span), because)


def _tolerance(workload: Workload, taint: str) -> float | None:
    """For how long it tolerates a taint: its first toleration that matches decides (oracle 2.5)."""
    key = taint.partition("=")[0]
    return next((span for name, span in workload.tolerates if name in {key, taint, ""}), 0.0)
