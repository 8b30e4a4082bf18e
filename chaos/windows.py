"""When, by the pod's own spec, a recovery must be seen: from an earliest to a latest moment.

Pure functions of a workload's spec. The formulas are those of the kubelet's prober and of
its container manager (kubernetes: pkg/kubelet/prober/worker.go, kuberuntime_container.go). The
moments count from the injection; `because` spells the sum out for the report.
"""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.entry import Probe, Workload
from chaos.errors import ChaosError

LEAST_GRACE = 2.0  # kuberuntime_container.go: minimumGracePeriodInSeconds
RELIST = 1.0  # pleg/generic.go: the kubelet lists its containers once a second
START = 3.0  # a container's start with the image at hand, and the status' way to the API server
CREATE = 1.0  # a controller's reaction to a deletion timestamp, and scheduling
STATUS = 1.0  # a kill's way through the kubelet's sync loop


@dataclass(frozen=True, slots=True)
class Window:
    """From the earliest to the latest moment at which something must be seen."""

    earliest: Seconds
    latest: Seconds
    because: str

    def __str__(self) -> str:
        """The window as a reader of the report wants it."""
        return f"[{self.earliest:.1f}, {self.latest:.1f}] s"


def within(latest: Seconds) -> Window:
    """A window that only has an end: the scenario's own word for it."""
    return Window(seconds(0), latest, "the scenario says so")


def trace(latest: Seconds) -> Window:
    """How soon a fault must show, if it is real."""
    return Window(seconds(0), latest, "a real fault shows by then")


def grace(workload: Workload, probe: Probe | None = None) -> float:
    """The seconds between SIGTERM and SIGKILL: the probe's own come before the pod's."""
    asked = workload.grace if probe is None or probe.grace is None else probe.grace
    return max(LEAST_GRACE, asked)


def crash(workload: Workload) -> Window:
    """A first crash is seen at the next relist, and waits for no back-off."""
    del workload  # a first crash takes the same time whatever the spec says
    return Window(
        seconds(0), seconds(RELIST + START), f"relist {RELIST:g} s + container start {START:g} s"
    )


def hang(workload: Workload) -> Window:
    """A process that answers nothing: each probe burns its timeout, SIGTERM is not acted upon.

    Decision: between (n-1)I + tau and P + (n-1)I + tau after the fault, with I = max(P, tau).
    """
    probe = _liveness(workload)
    interval = max(probe.period, probe.timeout)
    soonest = (probe.failures - 1) * interval + probe.timeout
    return _killed(workload, probe, soonest, soonest + probe.period)


def refusal(workload: Workload) -> Window:
    """A probe that is answered with failure at once: between (n-1)P and nP after the fault."""
    probe = _liveness(workload)
    return _killed(workload, probe, (probe.failures - 1) * probe.period, _refused(probe))


def unready(workload: Workload) -> Window:
    """A readiness probe that times out takes the pod out of its service's endpoints."""
    probe = workload.readiness
    if probe is None:
        raise ChaosError(f"{workload} has no readiness probe: it can leave no endpoints by one")
    interval = max(probe.period, probe.timeout)
    latest = probe.period + (probe.failures - 1) * interval + probe.timeout + START
    return Window(seconds(0), seconds(latest), f"{_words(probe)} + status {START:g} s")


def filling(mib: float, mib_per_second: float) -> Seconds:
    """How long a leak takes to this size."""
    return seconds(mib / mib_per_second)


def filled(workload: Workload, *, mib: float, mib_per_second: float) -> Window:
    """A leak reaches a memory limit, and the crash that follows is mended."""
    full = filling(mib, mib_per_second)
    crashed = crash(workload)
    because = f"{mib:g} MiB at {mib_per_second:g} MiB/s + {crashed.because}"
    return Window(seconds(0), Seconds(full + crashed.latest), because)


def after(delay: Seconds, window: Window) -> Window:
    """A window that opens only once something else has taken up to `delay`."""
    because = f"up to {delay:.1f} s before, then {window.because}"
    return Window(window.earliest, Seconds(delay + window.latest), because)


@dataclass(frozen=True, slots=True)
class Timers:
    """The settings of a live cluster that say how soon a dead node is noticed (seconds, 1/s)."""

    lease: float
    monitor_period: float
    monitor_grace: float
    eviction_rate: float


def node_noticed(timers: Timers) -> Window:
    """A dead node goes Unknown: between G - 1.04 R and G + 2 Pn after the crash (oracle 2.5)."""
    renewal = timers.lease / 4  # the kubelet renews its lease at a quarter of its duration
    soonest = timers.monitor_grace - 1.04 * renewal
    latest = timers.monitor_grace + 2 * timers.monitor_period
    because = f"grace {timers.monitor_grace:g} s + 2 x period {timers.monitor_period:g} s"
    return Window(seconds(soonest), seconds(latest), because)


def node_lost(workload: Workload, timers: Timers) -> Window:
    """A dead node's pod is replaced: noticed, tolerated, evicted, scheduled, started."""
    if workload.tolerance is None:
        raise ChaosError(f"{workload} tolerates a lost node for ever: it is never replaced")
    noticed = node_noticed(timers)
    token = 1 / timers.eviction_rate
    latest = noticed.latest + token + workload.tolerance + CREATE + START
    because = (
        f"{noticed.because} + toleration {workload.tolerance:g} s + one eviction at "
        f"{timers.eviction_rate:g}/s + creation {CREATE:g} s + container start {START:g} s"
    )
    return Window(Seconds(noticed.earliest + workload.tolerance), seconds(latest), because)


def hold(workload: Workload) -> Seconds:
    """How long a recovery must last to count: two probe periods, at least 3 s."""
    periods = [p.period for p in (workload.liveness, workload.readiness) if p is not None]
    return seconds(max([3.0, *(2 * period for period in periods)]))


def _refused(probe: Probe) -> float:
    return probe.failures * probe.period + probe.timeout


def _killed(workload: Workload, probe: Probe, soonest: float, latest: float) -> Window:
    """From the kubelet's decision to the next container running: at most the whole grace."""
    patience = grace(workload, probe)
    end = latest + STATUS + patience + START
    because = f"{_words(probe)} + grace {patience:g} s + container start {START:g} s"
    return Window(seconds(soonest), seconds(end), because)


def _words(probe: Probe) -> str:
    return f"period {probe.period:g} s x {probe.failures} failures + timeout {probe.timeout:g} s"


def _liveness(workload: Workload) -> Probe:
    if workload.liveness is None:
        raise ChaosError(
            f"{workload} has no liveness probe: nothing would restart it when it hangs"
        )
    return workload.liveness
