"""A fake node's machine, and what the control plane makes of its end and its return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chaos.entry import Node, NodeName, Termination
from chaos.testing.patient import FakePod, Illness

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster

NOTICED = 8.0  # seconds until a dead node is Unknown
EVICTED = 2.0  # seconds from then until its pods are deleted
BOOT = 2.0  # seconds until a node that has power is ready
UNREACHABLE = "node.kubernetes.io/unreachable:NoExecute"
REPLACING = {"Deployment", "ReplicaSet", "ReplicationController"}


@dataclass
class FakeMachine:
    """What a node runs on: on or off, and what the control plane makes of it."""

    cluster: FakeCluster
    node: NodeName
    on: bool = True
    ready: bool = True
    life: int = 0

    def power_off(self) -> None:
        """Everything on it stops; the control plane takes a while to see it."""
        if self.cluster.deaf or not self.on:
            return
        self.on, self.life = False, self.life + 1
        for pod in self._pods():
            pod.running, pod.life, pod.ill = False, pod.life + 1, Illness()
        self._later(NOTICED, self._lost)

    def power_on(self) -> None:
        """The same machine boots; what was deleted meanwhile is gone, the rest starts again."""
        if self.on:
            return
        self.on, self.life = True, self.life + 1
        self._later(BOOT, self._back)

    def _pods(self) -> list[FakePod]:
        return [p for p in self.cluster.kubelet.pods.values() if p.shown.node == self.node]

    def _later(self, delay: float, happen: Callable[[], None]) -> None:
        life = self.life
        self.cluster.kubelet.later(delay, lambda: happen() if self.life == life else None)

    def _lost(self) -> None:
        self.ready = False
        self.cluster.kubelet.show(Node(self.node, "Unknown", taints=(UNREACHABLE,)))
        for pod in self._pods():
            self.cluster.kubelet.set(pod, replace(pod.shown, ready=False))
        self._later(EVICTED, self._evict)

    def _evict(self) -> None:
        for pod in self._pods():
            if pod.app.kind != "DaemonSet":
                self.cluster.kubelet.set(pod, replace(pod.shown, deleting=True))
            if pod.app.kind in REPLACING:
                self.cluster.replace(pod)

    def _back(self) -> None:
        self.ready = True
        self.cluster.kubelet.show(Node(self.node, "True"))
        for pod in self._pods():
            if pod.shown.deleting:
                self.cluster.kubelet.set(pod, pod.shown, gone=True)
            if pod.shown.deleting and pod.app.kind == "StatefulSet":
                self.cluster.replace(pod)
            if not pod.shown.deleting:
                self._boot(pod)

    def _boot(self, pod: FakePod) -> None:
        """A pod that outlived its machine: its container is started again where it stood."""
        end = Termination(pod.container.id, 255, "Unknown")
        if pod.comes_back(end.exit_code):
            self.cluster.kubelet.restart(pod, end)
        else:
            self.cluster.kubelet.set(pod, pod.ended(end))
