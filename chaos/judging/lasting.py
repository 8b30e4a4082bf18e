"""Restarts that last: a container may be killed again while it boots, and the next is waited for.

The failures that a probe had counted of a container that crashed count on (oracle 2.2), and an app
that does not listen yet adds to them; whom the first failure kills may be killed at each start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chaos.clock import Seconds
from chaos.history.effect import How
from chaos.history.facts import Observed, Pod
from chaos.history.history import History
from chaos.judging.due import effect_on, restart_window
from chaos.judging.probed import kills
from chaos.judging.stood import stands, stood
from chaos.windows.restarts import hold, next_start, once_more
from chaos.windows.window import Window
from chaos.workloads.admitted import Uid, Workload

# How often a probe kills for what a fault does: that much the restart's own window knows of.
KILLS: dict[How, int] = {"ends": 0, "fills": 0, "silent": 1, "refuses": 1, "passes": 1}
# Seconds for which who is killed at each start is waited for (apis/apps/v1/defaults.go: a
# Deployment's progressDeadlineSeconds, after which it is said not to come up).
PROGRESS = 600.0


@dataclass(frozen=True, slots=True)
class Kill:
    """A kill by a probe that no law has promised: the so many-th of its pod."""

    seen: Observed
    uid: Uid
    often: int


def lasting_window(aftermath: History, workload: Workload) -> Window:
    """When the restart that lasts must be seen: with each start that a probe has not let boot."""
    window, meant = restart_window(aftermath, workload), workload.narrowed
    longest = window
    for kill in more_kills(aftermath, meant):
        killed = Seconds(max(0.0, kill.seen.at - aftermath.start))
        start = _next_start(aftermath, meant, kill.often)
        more = once_more(window, killed, start, often=kill.often)
        if killed > _lasted(aftermath, meant, longest) or more.latest - window.latest > PROGRESS:
            break
        longest = max(longest, more, key=lambda one: one.latest)
    return longest


def more_kills(aftermath: History, meant: Workload) -> list[Kill]:
    """Every such kill of its pods that stood, oldest first; none where nobody knows how many."""
    how = effect_on(aftermath, meant, whole=False).how
    found = _beyond(aftermath, meant, KILLS[how]) if how in KILLS else ()
    return sorted(found, key=lambda kill: kill.seen.at)


def _beyond(aftermath: History, meant: Workload, promised: int) -> Iterator[Kill]:
    for stand in stands(aftermath, meant):
        every = islice(kills(aftermath, meant, stand), promised, None)
        yield from (Kill(seen, stand.uid, often) for often, seen in enumerate(every, start=1))


def _next_start(aftermath: History, meant: Workload, often: int) -> Window:
    """From the so many-th such kill to the next start, which the restarts so far may delay."""
    before = max(pod.restarts_of(meant.named) for pod in stood(aftermath, meant))
    promised = KILLS[effect_on(aftermath, meant, whole=False).how]
    return next_start(meant, before - promised + often, aftermath.timers)


def _lasted(aftermath: History, meant: Workload, window: Window) -> float:
    """Up to when a kill undoes a restart that was in time: when all were, they have to last yet."""
    until = Seconds(aftermath.start + window.latest)
    up = all(_up(aftermath, meant, pod, until) for pod in stood(aftermath, meant))
    return window.latest + hold(meant) if up else window.latest


def _up(aftermath: History, meant: Workload, pod: Pod, until: Seconds) -> bool:
    """Whether the last that was shown of the pod by then is a new container that runs."""
    last = [pod, *(shown for seen, shown in aftermath.of_pod(pod.uid) if seen.at <= until)][-1]
    states = {one.state for one in last.containers if meant.named in {"", one.name}}
    anew = last.restarts_of(meant.named) > pod.restarts_of(meant.named)
    return anew and states == {"running"}
