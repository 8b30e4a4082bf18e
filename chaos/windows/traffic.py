"""When a service must have stopped, or begun again, to send traffic to a pod."""

from __future__ import annotations

from dataclasses import replace

from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.windows.nodes import node_noticed
from chaos.windows.probes import answered, failing, onset
from chaos.windows.restarts import crash, restart
from chaos.windows.sight import FAILS, HUNG, befalls, must_be_seen, must_befall, unseen
from chaos.windows.terms import STATUS
from chaos.windows.window import Window, after, summed, unsaid
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe


def unrouted(workload: Workload, effect: Effect, timers: Timers | None = None) -> Window:
    """When a service must have stopped sending traffic to its pod.

    By its readiness probe, or earlier: when a liveness probe that sees it too has it killed.
    """
    must_befall(effect, workload, whole=True)
    must_be_seen(workload, "readiness", effect)
    match effect.how:
        case "ends":
            return crash(workload)
        case "silent" | "refuses" | "passes":
            return _or_killed(workload, effect, _failing(workload, effect))
        case "lost" if timers is not None:
            return after(STATUS.span, node_noticed(timers))
        case _:
            raise unsaid(workload, "endpoints", effect)


def unready(workload: Workload) -> Window:
    """A readiness probe that times out takes the pod out of its service's endpoints.

    ChaosError when it cannot see that an app hangs.
    """
    must_be_seen(workload, "readiness", HUNG)
    return _failing(workload, HUNG)


def ready_again(workload: Workload) -> Window:
    """A readiness probe that succeeds again puts the pod back into its service's endpoints.

    A question that waits when the app is healed is answered at once, and so is the one behind it
    where each burns a period or more (worker.go: a Go ticker keeps one tick for who is late).
    """
    probe = _readiness(workload)
    waiting = probe.timeout if probe.timeout < probe.period else 2 * probe.period
    soonest = max(0.0, (probe.successes - 1) * probe.period - waiting)
    return summed(soonest, *answered(probe), STATUS)


def refused_traffic(workload: Workload) -> Window:
    """A readiness probe that is answered with failure takes the pod out of the endpoints."""
    return _failing(workload, FAILS)


def _or_killed(workload: Workload, effect: Effect, window: Window) -> Window:
    """The window, from when on a container that was hurt may be killed: it is not ready then."""
    each = (workload.container(spec.name) for spec in workload.containers)
    hurt = (one for one in each if befalls(effect, one, whole=False))
    seen = (one for one in hurt if not unseen(one, "liveness", effect))
    soonest = min((restart(one, effect).earliest for one in seen), default=window.earliest)
    return replace(window, earliest=min(window.earliest, soonest))


def _failing(workload: Workload, effect: Effect) -> Window:
    soonest, decision = failing(_readiness(workload), effect)
    return summed(soonest, *onset(effect), *decision, STATUS)


def _readiness(workload: Workload) -> Probe:
    if workload.readiness is None:
        raise ChaosError(f"{workload} has no readiness probe: it can leave no endpoints by one")
    return workload.readiness
