"""Which of a workload's pods a law is about, of those that stood when the fault came."""

from __future__ import annotations

from chaos.history.facts import Pod
from chaos.history.history import History
from chaos.workloads.admitted import Workload


def stood(aftermath: History, workload: Workload) -> list[Pod]:
    """Its pods that stood; of a workload that was cut down to one of them (`web.one`) that one."""
    every, named = aftermath.stood(workload.name), {stand.uid for stand in workload.stands}
    return [pod for pod in every if pod.uid in named] or list(every)
