"""When the kubelet must have restarted a container: after a crash, or by its liveness probe.

The formulas are those of the prober and of the container manager (kubernetes:
pkg/kubelet/prober/worker.go, kuberuntime_container.go; oracle 2.2 and 2.3).
"""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.timers import LONGEST_BACKOFF, Timers
from chaos.windows.probes import YOUNG, delayed, failing, onset
from chaos.windows.sight import FAILS, HUNG, must_be_seen, must_befall
from chaos.windows.starting import start
from chaos.windows.terms import FIRST_BACKOFF, FLOOR, KILL, RELIST
from chaos.windows.window import Term, Window, summed, unsaid
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe


def restart(
    workload: Workload,
    effect: Effect,
    *,
    restarts: int = 0,
    timers: Timers | None = None,
    age: Seconds = YOUNG,
) -> Window:
    """When the kubelet's restart must be seen, after a fault that looks like `effect`.

    `restarts` are those before the fault: they may have to be paid for with a back-off. `age` is
    how long the container has been running for certain. ChaosError when nothing would restart it.
    """
    must_befall(effect, workload, whole=False)
    must_be_seen(workload, "liveness", effect)
    match effect.how:
        case "ends":
            return backed_off(crash(workload), restarts, timers)
        case "silent" | "refuses" | "passes":
            window = _killed(workload, effect, age)
            return backed_off(window, restarts - 1, timers)  # two kills wait for none
        case "fills" if (mib := workload.meant.memory) is not None:
            return filled(workload, mib=mib, mib_per_second=effect.mib_per_second)
        case _:
            raise unsaid(workload, "restarts", effect)


def grace(workload: Workload, probe: Probe | None = None) -> float:
    """The seconds between SIGTERM and SIGKILL: the probe's own come before the pod's."""
    asked = workload.grace if probe is None or probe.grace is None else probe.grace
    return max(FLOOR.span, asked)


def crash(workload: Workload) -> Window:
    """A first crash is seen at the next relist, and waits for no back-off."""
    return summed(0, RELIST, start(workload))


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
    late = seconds(1.5 * wait + 1)
    source = "kuberuntime_manager.go: doBackOff, with the kubelet's own cap"
    return window.then(Term("back-off", late, source, f"back-off up to {late:g} s"))


def next_start(workload: Workload, restarts: int, timers: Timers | None) -> Window:
    """From a probe's kill of a container that boots to the next one's start.

    `restarts` are those that it may have to be paid for with a back-off.
    """
    probes = filter(None, (workload.liveness, workload.startup))
    longest = max((grace(workload, probe) for probe in probes), default=grace(workload))
    patience = Term("grace", seconds(longest), "terminationGracePeriodSeconds")
    terms = (patience, *_hooked(workload), KILL, start(workload))
    return backed_off(summed(0, *terms), restarts, timers)


def once_more(window: Window, killed: Seconds, start: Window, *, often: int) -> Window:
    """The window of a container that a probe had killed more `often`, so late, while it booted."""
    more = Seconds(max(0.0, killed + start.latest - window.latest))
    words = f"{killed_more(often)}, at {killed:.1f} s: {start.because}"
    return window.then(Term("once more", more, "worker.go: resultRun outlives a crash", words))


def killed_more(often: int) -> str:
    """In words, how often a probe killed it that no law had promised."""
    return "killed once more" if often == 1 else f"killed {often} times more"


def hang(workload: Workload, *, age: Seconds = YOUNG) -> Window:
    """A process that answers nothing: each probe burns its timeout, SIGTERM is not acted upon.

    Decision: between (n-1)I + tau and P + (n-1)I + tau after the fault, with I = max(P, tau).
    ChaosError when its liveness probe cannot see that.
    """
    must_be_seen(workload, "liveness", HUNG)
    return _killed(workload, HUNG, age)


def refusal(workload: Workload, *, age: Seconds = YOUNG) -> Window:
    """A probe that is answered with failure at once: between (n-1)P and nP after the fault."""
    return _killed(workload, FAILS, age)


def filling(mib: float, mib_per_second: float) -> Seconds:
    """How long a leak takes to this size."""
    return seconds(mib / mib_per_second)


def filled(workload: Workload, *, mib: float, mib_per_second: float) -> Window:
    """A leak reaches a memory limit, and the crash that follows is mended."""
    full, words = filling(mib, mib_per_second), f"{mib:g} MiB at {mib_per_second:g} MiB/s"
    return summed(
        0, Term("filling", full, "resources.limits.memory", words), RELIST, start(workload)
    )


def hold(workload: Workload) -> Seconds:
    """How long a recovery must last to count: two probe periods, at least 3 s.

    Of the container that is named; of all, the slowest, when none is: a pod is whole or not.
    """
    ours = (spec for spec in workload.containers if workload.named in {"", spec.name})
    probes = (probe for spec in ours for probe in (spec.liveness, spec.readiness) if probe)
    return seconds(max([3.0, *(2 * probe.period for probe in probes)]))


def _killed(workload: Workload, effect: Effect, age: Seconds) -> Window:
    """To the kubelet's decision, and on to the next container: at most the whole grace."""
    probe = _liveness(workload)
    soonest, decision = failing(probe, effect)
    whose = "livenessProbe" if probe.grace is not None else "the pod"
    patience = Term(
        "grace", seconds(grace(workload, probe)), f"terminationGracePeriodSeconds of {whose}"
    )
    terms = (delayed(probe, age), *onset(effect), *decision, patience, *_hooked(workload), KILL)
    return summed(soonest, *terms, start(workload))


def _hooked(workload: Workload) -> tuple[Term, ...]:
    """The floor of two seconds that a container still has when its hook has used up its grace."""
    return (FLOOR,) if workload.meant.pre_stop is not None else ()


def _liveness(workload: Workload) -> Probe:
    if workload.liveness is None:
        raise ChaosError(
            f"{workload} has no liveness probe: nothing would restart it when it hangs"
        )
    return workload.liveness
