"""When a Job makes another pod for one that failed (oracle N6)."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.windows.restarts import crash
from chaos.windows.starting import started
from chaos.windows.terms import BATCH, RETRY, ROUNDING
from chaos.windows.window import Window
from chaos.workloads.admitted import Workload


def retry(workload: Workload) -> Window:
    """A Job's pod fails: after the first back-off another is made and started.

    The back-off counts from the failure as the API server tells it, in whole seconds.
    """
    again = crash(workload).then(RETRY, BATCH, *started(workload))
    soonest = seconds(RETRY.span - ROUNDING.span)
    return Window(soonest, again.latest, again.because, again.terms)
