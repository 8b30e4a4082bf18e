"""What is done to the fake cluster's objects on purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from chaos.clock import Seconds
from chaos.errors import CannotRehearse, ChaosError, NoSuchTarget
from chaos.history.facts import Node
from chaos.testing.controllers import ENDED
from chaos.testing.machine import BY_TAINT, FakeMachine
from chaos.testing.patient import FakePod
from chaos.workloads import LABEL
from chaos.workloads.admitted import NodeName, Workload

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster

COLLECTED = 10.0  # seconds until the garbage collector has come by
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


@dataclass(frozen=True)
class FakeObjects:
    """The API server's verbs, as far as faults use them."""

    cluster: FakeCluster

    def delete(self, pod: FakePod, grace: Seconds | None) -> None:
        """It goes at once without grace, when its process has ended, or never on a dead node."""
        if self.cluster.deaf:
            return
        if not pod.shown.deleting:
            self.cluster.kubelet.set(pod, replace(pod.shown, deleting=True, ready=False))
            self.cluster.controllers.tend(pod)
        patience = ENDED if pod.sigterm is not None else pod.app.grace if grace is None else grace
        if grace is not None and not grace:
            self.cluster.controllers.end(pod)
        else:
            self.cluster.controllers.let_go(pod, patience)

    def scale(self, app: Workload, replicas: int) -> None:
        """Have its controller want another number of pods."""
        if app.name not in {ran.name for ran in self.cluster.ran}:
            raise NoSuchTarget(f"there is no {app.kind} {app} to be scaled")
        self.cluster.controllers.scale(app, replicas)

    def label(self, pod: FakePod, name: str, value: str | None) -> None:
        """A pod without its label is nobody's; with it, its controller has it again."""
        if self.cluster.deaf:
            return
        if name != LABEL:
            raise CannotRehearse(f"the fake knows no label but {LABEL}, not {name}")
        owned = pod.shown.workload == pod.app.name
        if value is None and owned:
            self._rename(pod, pod.shown.name)
        if value == pod.app.name and not owned:
            self._rename(pod, value)

    def taint(self, node: str, taint: str) -> None:
        """What does not tolerate a NoExecute taint leaves its node, at once or after a while."""
        if not taint.endswith((":NoExecute", ":NoSchedule")):
            raise ChaosError(f"not a taint: {taint!r} (expected one like key=value:NoExecute)")
        machine = self.cluster.machine(node)
        if taint not in machine.taints:
            machine.taints = (*machine.taints, taint)
            machine.show()
            for pod in self._on(node) if taint.endswith(":NoExecute") else ():
                if (span := _tolerated(pod.app, taint)) is not None:
                    self.cluster.kubelet.later(span, partial(self._evict, pod, taint))
            if taint.startswith(OUT_OF_SERVICE):
                self.cluster.kubelet.later(COLLECTED, partial(self._collect, node))

    def untaint(self, node: str, taint: str) -> None:
        """The node is as it was: who waits for one, and each DaemonSet, has it again."""
        machine = self.cluster.machine(node)
        if taint in machine.taints:
            machine.taints = tuple(t for t in machine.taints if t != taint)
            machine.show()
            self.cluster.controllers.spread()
            self.cluster.controllers.schedule()

    def join(self, node: str) -> None:
        """One more node, which a fault brought."""
        self.cluster.machines[node] = FakeMachine(self.cluster, NodeName(node), guest=True)
        self.cluster.machines[node].show()
        self.cluster.controllers.spread()
        self.cluster.controllers.schedule()

    def part(self, node: str) -> None:
        """It is taken away, machine and object."""
        self.cluster.machines.pop(node).remove()
        self.clear(node)
        self.cluster.kubelet.show(Node(NodeName(node), "True"), gone=True)

    def clear(self, node: str) -> None:
        """The pods of a node that is no more, and those that wait for it, are gone."""
        waiting = [p for p in self.cluster.kubelet.pods.values() if p.wants == node]
        for pod in {p.shown.uid: p for p in (*self._on(node), *waiting)}.values():
            self.cluster.controllers.end(pod)

    def _rename(self, pod: FakePod, workload: str) -> None:
        self.cluster.kubelet.set(pod, replace(pod.shown, workload=workload))
        self.cluster.controllers.tend(pod)

    def _evict(self, pod: FakePod, taint: str) -> None:
        """It leaves with its grace, if the taint is still there."""
        machine = self.cluster.machines.get(pod.shown.node or "")
        there = pod.shown.uid in self.cluster.kubelet.pods and not pod.shown.deleting
        if machine is not None and taint in machine.taints and there:
            pod.shown = replace(pod.shown, disrupted=BY_TAINT)
            self.delete(pod, None)

    def _collect(self, node: str) -> None:
        """What is to go from a node that is out of service goes without it."""
        for pod in self._on(node):
            if pod.shown.deleting:
                self.cluster.controllers.end(pod)

    def _on(self, node: str) -> list[FakePod]:
        return [p for p in self.cluster.kubelet.pods.values() if p.shown.node == node]


def _tolerated(app: Workload, taint: str) -> float | None:
    """For how long an app stays where this taint is; None is for ever."""
    text = taint.partition(":")[0]
    names = {text, text.partition("=")[0], ""}
    return next((span for name, span in app.tolerates if name in names), 0.0)
