"""How long the kubelet waits before each new start of a container that ends again and again.

The waits are counted from the latest end: none, 10 s, then twice as long each time up to the
kubelet's cap, which is the first wait's cap too (kubernetes: kuberuntime_manager.go `doBackOff`,
client-go util/flowcontrol/backoff.go; oracle 2.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from chaos.clock import Seconds, seconds
from chaos.history.timers import Timers
from chaos.windows.starting import start
from chaos.windows.terms import FIRST_BACKOFF, RELIST
from chaos.windows.window import Term, Window, summed
from chaos.workloads.admitted import Workload

LATE = 0.5  # pod_workers.go completeWork: the pod is woken up to half of its wait later
LATEST = 30.0  # and never later than half of syncFrequency's minute
WAKING = 1.0  # from then to the start


def back_offs(times: int, timers: Timers) -> tuple[Seconds, ...]:
    """What the kubelet waits for, nominally, after each of so many ends of a fresh container."""
    cap = timers.longest_backoff
    doubled = (min(cap, FIRST_BACKOFF * 2**end) for end in range(times))
    return tuple(map(seconds, (0.0, *doubled)[:times]))


def waited(nominal: float, workload: Workload | None = None) -> Window:
    """From an end, as it is seen, to the next container: after a wait of nominally so long."""
    if not nominal:
        return summed(0, RELIST, start(workload))
    late = min(LATE * nominal, LATEST) + WAKING
    words = f"back-off {nominal:g} s, woken up to {late:g} s later"
    wait = Term("back-off", seconds(nominal + late), "pod_workers.go: completeWork", words)
    return summed(nominal, wait, RELIST, start(workload))


def looped(nominals: Iterable[float], workload: Workload | None = None) -> Window:
    """From the first end to the start behind the last of these waits."""
    waits = [waited(nominal, workload) for nominal in nominals]
    soonest, latest = sum(w.earliest for w in waits), sum(w.latest for w in waits)
    terms = tuple(term for wait in waits for term in wait.terms)
    return Window(seconds(soonest), seconds(latest), "; ".join(w.because for w in waits), terms)
