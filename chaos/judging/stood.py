"""Which of a workload's pods a law is about, of those that stood when the fault came."""

from __future__ import annotations

from chaos.history.facts import Pod
from chaos.history.history import History
from chaos.workloads.admitted import NodeName, Stand, Workload


def stood(aftermath: History, workload: Workload) -> list[Pod]:
    """Its pods that stood; of a workload that was cut down to one of them (`web.one`) that one."""
    every, named = aftermath.stood(workload.name), {stand.uid for stand in workload.stands}
    return [pod for pod in every if pod.uid in named] or list(every)


def stood_on(aftermath: History, workload: Workload, node: NodeName | str) -> list[Pod]:
    """All its pods that stood on a node; on any for none."""
    return [pod for pod in aftermath.stood(workload.name) if node in {"", pod.node}]


def stands(aftermath: History, workload: Workload) -> tuple[Stand, ...]:
    """Where they stood: as the workload says it, or as it had changed since it was run."""
    return tuple(
        Stand(pod.uid, pod.name, pod.node or NodeName(""), pod.namespace)
        for pod in stood(aftermath, workload)
    )
