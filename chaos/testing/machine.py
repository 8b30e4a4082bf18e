"""A fake node's machine, and what the control plane makes of its end and its return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from chaos.errors import CannotRehearse, NoSuchTarget
from chaos.history.facts import Node, Termination
from chaos.ports.cluster import OneWay, Peer, Program
from chaos.testing.hands import FakeHands, hands
from chaos.testing.patient import FakePod
from chaos.workloads.admitted import NodeName, Stand, Workload

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster

NOTICED = 8.0  # seconds until a dead node is Unknown
EVICTED = 2.0  # seconds from then until its pods are deleted
BOOT = 2.0  # seconds until a node that has power is ready
RETRY = 10.0  # seconds that a Job waits before it makes a pod for one that failed
BY_TAINT = "DeletionByTaintManager"
KEY = "node.kubernetes.io/unreachable"
UNREACHABLE = (f"{KEY}:NoSchedule", f"{KEY}:NoExecute")  # what the control plane puts on it then


@dataclass
class FakeMachine:
    """What a node runs on: on or off, frozen, cut off, and what the control plane makes of it."""

    cluster: FakeCluster
    node: NodeName
    on: bool = True
    ready: bool = True
    life: int = 0
    taints: tuple[str, ...] = ()
    guest: bool = False
    frozen: bool = False
    cuts: set[tuple[Peer, OneWay]] = field(default_factory=set)
    dark: bool = False  # it was off, and the control plane has not seen it since

    @property
    def away(self) -> bool:
        """Whether the control plane hears nothing of it: each way that is cut is as good."""
        return not self.on or self.frozen or bool(self.cuts)

    @property
    def takes_pods(self) -> bool:
        """Whether a pod can be put here."""
        return self.ready and not self.taints

    def program(self, name: str) -> Program:
        """The fake's nodes run no programs."""
        raise CannotRehearse(f"{name} of {self.node}: the fake cluster has no programs")

    def container(self, pod: Stand, name: str) -> FakeHands:
        """Hands on a pod's first container."""
        return hands(self.cluster, replace(pod, node=self.node), name)

    def show(self) -> None:
        """Let the recorder see the node as it is."""
        ready: Literal["True", "Unknown"] = "True" if self.ready else "Unknown"
        taints = self.taints if self.ready else (*self.taints, *UNREACHABLE)
        self.cluster.kubelet.show(Node(self.node, ready, taints=taints))

    def power_off(self) -> None:
        """Everything on it stops; the control plane takes a while to see it."""
        if self.cluster.deaf or not self.on:
            return
        with self._seen():
            self.on, self.frozen, self.dark = False, False, True
        for pod in self._pods():
            pod.lose_power()
            for toxics in pod.wires.values():
                toxics.clear()  # toxiproxy keeps them in its memory only

    def power_on(self) -> None:
        """The same machine boots; what was deleted meanwhile is gone, the rest starts again."""
        with self._seen():
            self.on = True

    def freeze(self) -> None:
        """Everything on it stands still; what its kubelet would have done it does afterwards."""
        if not self.on:
            raise NoSuchTarget(f"{self.node} is off: there is nothing to freeze")
        with self._seen():
            self.frozen = not self.cluster.deaf

    def thaw(self) -> None:
        """It goes on where it stood."""
        with self._seen():
            self.frozen = False

    def cut(self, peer: Peer, one_way: OneWay = "") -> None:
        """The control plane hears nothing of it; what its kubelet does is seen afterwards."""
        with self._seen():
            self.cuts |= set() if self.cluster.deaf else {(peer, one_way)}

    def join(self, peer: Peer, one_way: OneWay = "") -> None:
        """It is heard again, unless something else is in the way."""
        with self._seen():
            self.cuts.discard((peer, one_way))

    def fill_disk(self) -> None:
        """The fake's nodes have no disks."""
        raise CannotRehearse(f"the disk of {self.node}: the fake cluster has no disks")

    def empty_disk(self) -> None:
        """None was filled."""

    def remove(self) -> None:
        """It is no more: what was to become of it does not."""
        with self._seen():
            self.frozen, self.cuts = False, set()
        self.life += 1

    @contextmanager
    def _seen(self) -> Iterator[None]:
        """A change, and what the control plane will make of it if it makes a difference."""
        before = self.away
        yield
        kubelet, cut_off = self.cluster.kubelet, any(peer == "everything" for peer, _ in self.cuts)
        _put(self.node, kubelet.idle, member=self.on and self.away)
        _put(self.node, kubelet.silent, member=self.frozen or cut_off)
        if self.away is not before:
            self.life += 1
            delay, come = (NOTICED, self._lost) if self.away else (BOOT, self._back)
            self._later(delay, come)

    def _pods(self) -> list[FakePod]:
        return [p for p in self.cluster.kubelet.pods.values() if p.shown.node == self.node]

    def _later(self, delay: float, happen: Callable[[], None]) -> None:
        life = self.life
        self.cluster.kubelet.later(delay, lambda: happen() if self.life == life else None)

    def _lost(self) -> None:
        self.ready = False
        self.show()
        for pod in self._pods():
            self.cluster.kubelet.set(pod, replace(pod.shown, ready=False))
            if not _stays(pod.app):
                self._plan_eviction(pod)

    def _plan_eviction(self, pod: FakePod) -> None:
        span = pod.app.tolerance if pod.app.tolerates else None
        self._later(EVICTED if span is None else span, lambda: self._evict(pod))

    def _evict(self, pod: FakePod) -> None:
        """While no node is ready nobody is evicted: whoever watches doubts itself."""
        if not self.cluster.ready_nodes:
            self._plan_eviction(pod)
        elif pod.shown.uid in self.cluster.kubelet.pods and not pod.shown.deleting:
            gone = replace(pod.shown, deleting=True, disrupted=BY_TAINT)
            self.cluster.kubelet.set(pod, gone)
            self.cluster.controllers.tend(pod)
            if pod.app.kind == "Job" and pod.app.replacement != "Failed":
                make = partial(self.cluster.controllers.make, pod)
                self.cluster.kubelet.later(RETRY - EVICTED, make)

    def _back(self) -> None:
        self.ready = True
        self.show()
        for pod in self._pods():
            if pod.shown.deleting:
                self.cluster.kubelet.set(pod, pod.shown, gone=True)
                self.cluster.controllers.tend(pod)
            if pod.shown.deleting and pod.app.replacement == "Failed":
                self.cluster.kubelet.later(RETRY, partial(self.cluster.controllers.make, pod))
            if not pod.shown.deleting:
                (self._boot if self.dark else self._resume)(pod)
        self.dark = False
        self.cluster.controllers.schedule()

    def _resume(self, pod: FakePod) -> None:
        """A pod that went on, or stood still, is as ready as its containers are."""
        ready = pod.running and pod.container.ready
        if pod.shown.ready != ready:
            self.cluster.kubelet.set(pod, replace(pod.shown, ready=ready))

    def _boot(self, pod: FakePod) -> None:
        """A pod that outlived its machine: its container is started again where it stood."""
        end = Termination(pod.container.id, 255, "Unknown")
        if pod.comes_back(end.exit_code):
            self.cluster.kubelet.restart(pod, end)
        else:
            self.cluster.kubelet.set(pod, pod.ended(end))


def _put(node: NodeName, among: set[NodeName], *, member: bool) -> None:
    (among.add if member else among.discard)(node)


def _stays(app: Workload) -> bool:
    """Whether its pods tolerate a lost node for ever; one made by hand says it by its kind."""
    return app.kind == "DaemonSet" or (bool(app.tolerates) and app.tolerance is None)
