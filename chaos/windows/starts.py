"""When an app that starts too slowly is killed by its own probe (oracle 2.2 and L8)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.timers import Timers
from chaos.windows.probes import refused, words
from chaos.windows.restarts import RELIST, START, STATUS, backed_off, crash, grace
from chaos.windows.window import Window
from chaos.workloads.admitted import Probe, Workload

ROUNDING = 1.0  # worker.go: the moment of a start is known to the whole second


def killed_at_start(workload: Workload, slow: Seconds) -> Window:
    """After a crash the next start takes `slow` seconds: the startup or liveness probe ends it.

    Decision: max(0, d-1) + (n-1)P to d + 1 + nP + tau after the start; failures that the crash
    itself left are counted on. ChaosError when it is not certain that the app is not up before.
    """
    probe = _first(workload)
    certain = probe.delay + ROUNDING + refused(probe)
    if slow <= certain:
        raise ChaosError(
            f"{workload} may be up in time after {slow:g} s: it is only killed for certain"
            f" above {certain:g} s"
        )
    banked = 1 + int(RELIST / probe.period)  # probes of the container that had crashed
    fresh = max(0, probe.failures - 1 - banked)
    soonest = max(0.0, probe.delay - ROUNDING) + fresh * probe.period
    patience = grace(workload, probe)
    crashed = crash(workload)
    latest = crashed.latest + certain + STATUS + patience + START
    because = (
        f"{crashed.because} + delay {probe.delay:g} s + rounding {ROUNDING:g} s + {words(probe)}"
        f" + grace {patience:g} s + status {STATUS + START:g} s"
    )
    return Window(seconds(soonest), seconds(latest), because)


def spared_at_start(workload: Workload, slow: Seconds) -> Seconds:
    """How long an app that is spared has to be watched: it was up, and its probes have asked.

    ChaosError unless it is impossible that a probe ends a start of `slow` seconds, to which the
    process's own start comes.
    """
    probe = _first(workload)
    banked = 1 + int(RELIST / probe.period)
    fresh = max(0, probe.failures - 1 - banked)
    spared = max(0.0, probe.delay - ROUNDING) + fresh * probe.period - START
    if slow > spared:
        raise ChaosError(f"{workload} is not certain to be spared: only up to {spared:g} s")
    asked = probe.delay + ROUNDING + refused(probe) + STATUS + grace(workload, probe)
    return Seconds(crash(workload).latest + asked + START)


def again(first: Window, times: int, timers: Timers | None) -> Window:
    """The same once more, and so on: `times` of it, each after a back-off that is longer."""
    window = first
    for kill in range(1, times):
        waited = backed_off(first, kill, timers)
        because = f"{window.because}; again: {waited.because}"
        window = Window(window.earliest, Seconds(window.latest + waited.latest), because)
    return window


def _first(workload: Workload) -> Probe:
    """The probe that asks first: a startup probe keeps the liveness probe waiting."""
    probe = workload.startup or workload.liveness
    if probe is None:
        raise ChaosError(f"{workload} has no startup or liveness probe: no start is too slow")
    return probe
