"""When a history says that something must be seen: by the fault's look and the live timers."""

from __future__ import annotations

from chaos import windows
from chaos.errors import ChaosError
from chaos.history.history import History
from chaos.history.timers import Timers
from chaos.judging.stood import stood
from chaos.windows.window import Window
from chaos.workloads.admitted import Workload


def restart_window(aftermath: History, workload: Workload) -> Window:
    """When the restart must be seen, by the spec, the fault's look and the restarts before it."""
    meant, timers = workload.narrowed, aftermath.timers
    restarts = max((pod.restarts_of(meant.named) for pod in stood(aftermath, meant)), default=0)
    return windows.restart(workload, aftermath.effect, restarts=restarts, timers=timers)


def timers(aftermath: History) -> Timers:
    """The live cluster's, from the history; ChaosError when it has none."""
    if aftermath.timers is None:
        raise ChaosError("the cluster's timers are not in the history: give `within`")
    return aftermath.timers
