"""How long the kubelet waits before each new start of a container that ends again and again.

The waits are counted from the latest end: none, 10 s, then twice as long each time up to the
kubelet's cap, which is the first wait's cap too (kubernetes: kuberuntime_manager.go `doBackOff`,
client-go util/flowcontrol/backoff.go; oracle 2.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from chaos.clock import Seconds, seconds
from chaos.history.timers import Timers
from chaos.windows.restarts import FIRST_BACKOFF, RELIST, START
from chaos.windows.window import Window

LATE = 0.5  # pod_workers.go completeWork: the pod is woken up to half of its wait later
LATEST = 30.0  # and never later than half of syncFrequency's minute
WAKING = 1.0  # from then to the start


def back_offs(times: int, timers: Timers) -> tuple[Seconds, ...]:
    """What the kubelet waits for, nominally, after each of so many ends of a fresh container."""
    cap = timers.longest_backoff
    doubled = (min(cap, FIRST_BACKOFF * 2**end) for end in range(times))
    return tuple(map(seconds, (0.0, *doubled)[:times]))


def waited(nominal: float) -> Window:
    """From an end, as it is seen, to the next container: after a wait of nominally so long."""
    late = min(LATE * nominal, LATEST) + WAKING if nominal else 0.0
    because = f"back-off {nominal:g} s, woken up to {late:g} s later" if nominal else "no back-off"
    latest = seconds(nominal + late + RELIST + START)
    return Window(seconds(nominal), latest, f"{because} + relist {RELIST:g} s + start {START:g} s")


def looped(nominals: Iterable[float]) -> Window:
    """From the first end to the start behind the last of these waits."""
    waits = [waited(nominal) for nominal in nominals]
    soonest, latest = sum(w.earliest for w in waits), sum(w.latest for w in waits)
    return Window(seconds(soonest), seconds(latest), "; ".join(w.because for w in waits))
