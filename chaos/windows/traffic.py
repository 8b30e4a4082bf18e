"""When a service must have stopped, or begun again, to send traffic to a pod."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.windows.nodes import node_noticed
from chaos.windows.probes import refused, words
from chaos.windows.restarts import START, crash
from chaos.windows.window import Window, after, unsaid
from chaos.workloads.admitted import Probe, Workload


def unrouted(workload: Workload, effect: Effect, timers: Timers | None = None) -> Window:
    """When a service must have stopped sending traffic to its pod."""
    match effect.how:
        case "ends":
            return crash(workload)
        case "silent":
            return unready(workload)
        case "refuses":
            return refused_traffic(workload)
        case "lost" if timers is not None:
            return after(seconds(START), node_noticed(timers))
        case _:
            raise unsaid(workload, "endpoints", effect)


def unready(workload: Workload) -> Window:
    """A readiness probe that times out takes the pod out of its service's endpoints."""
    probe = _readiness(workload)
    interval = max(probe.period, probe.timeout)
    soonest = (probe.failures - 1) * interval + probe.timeout
    return _told(probe, soonest, soonest + probe.period)


def ready_again(workload: Workload) -> Window:
    """A readiness probe that succeeds again puts the pod back into its service's endpoints."""
    probe = _readiness(workload)
    because = f"period {probe.period:g} s x {probe.successes} successes + status {START:g} s"
    latest = probe.successes * probe.period + probe.timeout + START
    return Window(seconds((probe.successes - 1) * probe.period), seconds(latest), because)


def refused_traffic(workload: Workload) -> Window:
    """A readiness probe that is answered with failure takes the pod out of the endpoints."""
    probe = _readiness(workload)
    return _told(probe, (probe.failures - 1) * probe.period, refused(probe))


def _told(probe: Probe, soonest: float, latest: float) -> Window:
    """From a readiness probe's decision to the service's endpoints."""
    because = f"{words(probe)} + status {START:g} s"
    return Window(seconds(soonest), seconds(latest + START), because)


def _readiness(workload: Workload) -> Probe:
    if workload.readiness is None:
        raise ChaosError(f"{workload} has no readiness probe: it can leave no endpoints by one")
    return workload.readiness
