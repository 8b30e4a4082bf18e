"""When an app that starts too slowly is killed by its own probe (oracle 2.2 and L8)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.timers import Timers
from chaos.windows.probes import refused
from chaos.windows.restarts import backed_off, crash, grace
from chaos.windows.starting import start
from chaos.windows.terms import KILL, RELIST, ROUNDING
from chaos.windows.window import Term, Window
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe


def killed_at_start(workload: Workload, slow: Seconds) -> Window:
    """After a crash the next start takes `slow` seconds: the startup or liveness probe ends it.

    Decision: max(0, d-1) + (n-1)P to d + 1 + nP + tau after the start; failures that the crash
    itself left are counted on. ChaosError when it is not certain that the app is not up before.
    """
    probe = _first(workload)
    certain = _certain(probe)
    if slow <= certain:
        raise ChaosError(
            f"{workload} may be up in time after {slow:g} s: it is only killed for certain"
            f" above {certain:g} s"
        )
    delay = Term("delay", probe.delay, "initialDelaySeconds")
    patience = Term("grace", seconds(grace(workload, probe)), "terminationGracePeriodSeconds")
    killed = crash(workload).then(delay, ROUNDING, *refused(probe), patience, KILL, start(workload))
    return Window(seconds(_fresh(probe)), killed.latest, killed.because, killed.terms)


def spared_at_start(workload: Workload, slow: Seconds) -> Seconds:
    """How long an app that is spared has to be watched: it was up, and its probes have asked.

    ChaosError unless it is impossible that a probe ends a start of `slow` seconds, to which the
    process's own start comes.
    """
    probe = _first(workload)
    spared = _fresh(probe) - start(workload).span
    if slow > spared:
        raise ChaosError(f"{workload} is not certain to be spared: only up to {spared:g} s")
    asked = _certain(probe) + KILL.span + grace(workload, probe)
    return Seconds(crash(workload).latest + asked + start(workload).span)


def again(first: Window, times: int, timers: Timers | None) -> Window:
    """The same once more, and so on: `times` of it, each after a back-off that is longer."""
    window = first
    for kill in range(1, times):
        waited = backed_off(first, kill, timers)
        latest, terms = Seconds(window.latest + waited.latest), (*window.terms, *waited.terms)
        because = f"{window.because}; again: {waited.because}"
        window = Window(window.earliest, latest, because, terms)
    return window


def _certain(probe: Probe) -> float:
    """How long after its start an app that is not up is decided to be killed."""
    return probe.delay + ROUNDING.span + sum(term.span for term in refused(probe))


def _fresh(probe: Probe) -> float:
    """The soonest decision after a crash, whose own failures may be counted on."""
    banked = 1 + int(RELIST.span / probe.period)  # probes of the container that had crashed
    more = max(0, probe.failures - 1 - banked)
    return max(0.0, probe.delay - ROUNDING.span) + more * probe.period


def _first(workload: Workload) -> Probe:
    """The probe that asks first: a startup probe keeps the liveness probe waiting."""
    probe = workload.startup or workload.liveness
    if probe is None:
        raise ChaosError(f"{workload} has no startup or liveness probe: no start is too slow")
    return probe
