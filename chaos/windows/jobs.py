"""When a Job makes another pod for one that failed (oracle N6)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.windows.restarts import START, crash
from chaos.windows.window import Window
from chaos.workloads.admitted import Workload

RETRY = 10.0  # job_controller.go: DefaultJobPodFailureBackOff, for the first failure
BATCH = 1.0  # job_controller.go: syncJobBatchPeriod


def retry(workload: Workload) -> Window:
    """A Job's pod fails: after the first back-off another is made and started.

    The back-off counts from the failure as the API server tells it, in whole seconds.
    """
    ended = crash(workload)
    because = f"{ended.because} + back-off {RETRY:g} s + batching {BATCH:g} s + start {START:g} s"
    return Window(seconds(RETRY - 1), Seconds(ended.latest + RETRY + BATCH + START), because)
