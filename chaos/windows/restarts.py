"""When the kubelet must have restarted a container: after a crash, or by its liveness probe.

The formulas are those of the prober and of the container manager (kubernetes:
pkg/kubelet/prober/worker.go, kuberuntime_container.go; oracle 2.2 and 2.3).
"""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import LONGEST_BACKOFF, Timers
from chaos.windows.probes import refused, words
from chaos.windows.window import Window, unsaid
from chaos.workloads.admitted import Probe, Workload

LEAST_GRACE = 2.0  # kuberuntime_container.go: minimumGracePeriodInSeconds
RELIST = 1.0  # pleg/generic.go: the kubelet lists its containers once a second
START = 3.0  # a container's start with the image at hand, and the status' way to the API server
FIRST_BACKOFF = 10.0  # kubelet.go: initialCrashLoopBackOff's nominal wait
STATUS = 1.0  # a kill's way through the kubelet's sync loop


def restart(
    workload: Workload, effect: Effect, *, restarts: int = 0, timers: Timers | None = None
) -> Window:
    """When the kubelet's restart must be seen, after a fault that looks like `effect`.

    `restarts` are those before the fault: they may have to be paid for with a back-off.
    """
    match effect.how:
        case "ends":
            return backed_off(crash(workload), restarts, timers)
        case "silent":
            return backed_off(hang(workload), restarts - 1, timers)  # two kills wait for nothing
        case "refuses":
            return backed_off(refusal(workload), restarts - 1, timers)
        case "fills" if (mib := workload.meant.memory) is not None:
            return filled(workload, mib=mib, mib_per_second=effect.mib_per_second)
        case _:
            raise unsaid(workload, "restarts", effect)


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


def backed_off(window: Window, restarts: int, timers: Timers | None) -> Window:
    """The window, with the back-off that so many restarts before it may have to wait for.

    It is nominally 10 s, doubled each time up to the kubelet's cap, which is the first wait's cap
    too; a pod is woken up to half of it later, and a second (oracle 2.3, from 1.35 on). How long
    ago the others were is not known, so the earliest moment stays.
    """
    if restarts < 1:
        return window
    cap = LONGEST_BACKOFF if timers is None else timers.longest_backoff
    wait = min(cap, FIRST_BACKOFF * 2 ** min(restarts - 1, 10))  # the cap is 5 doublings at most
    late = 1.5 * wait + 1
    because = f"{window.because} + back-off up to {late:g} s"
    return Window(window.earliest, Seconds(window.latest + late), because)


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
    return _killed(workload, probe, (probe.failures - 1) * probe.period, refused(probe))


def filling(mib: float, mib_per_second: float) -> Seconds:
    """How long a leak takes to this size."""
    return seconds(mib / mib_per_second)


def filled(workload: Workload, *, mib: float, mib_per_second: float) -> Window:
    """A leak reaches a memory limit, and the crash that follows is mended."""
    full = filling(mib, mib_per_second)
    crashed = crash(workload)
    because = f"{mib:g} MiB at {mib_per_second:g} MiB/s + {crashed.because}"
    return Window(seconds(0), Seconds(full + crashed.latest), because)


def hold(workload: Workload) -> Seconds:
    """How long a recovery must last to count: two probe periods, at least 3 s."""
    periods = [p.period for p in (workload.liveness, workload.readiness) if p is not None]
    return seconds(max([3.0, *(2 * period for period in periods)]))


def _killed(workload: Workload, probe: Probe, soonest: float, latest: float) -> Window:
    """From the kubelet's decision to the next container running: at most the whole grace."""
    patience = grace(workload, probe)
    end = latest + STATUS + patience + START
    because = f"{words(probe)} + grace {patience:g} s + container start {START:g} s"
    return Window(seconds(soonest), seconds(end), because)


def _liveness(workload: Workload) -> Probe:
    if workload.liveness is None:
        raise ChaosError(
            f"{workload} has no liveness probe: nothing would restart it when it hangs"
        )
    return workload.liveness
