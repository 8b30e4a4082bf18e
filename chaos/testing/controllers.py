"""The fake's controllers: each compares what there is with what is wanted, however it came so."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from chaos.errors import CannotRehearse
from chaos.testing.kubelet import fresh
from chaos.testing.patient import FakePod
from chaos.testing.specs import patients_of, standing
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster

REPLACED = 1.0  # seconds until a replacement is ready
ENDED = 0.5  # seconds from a SIGTERM that is heeded to the object's end
REPLACING = {"Deployment", "ReplicaSet", "ReplicationController"}


@dataclass(frozen=True)
class FakeControllers:
    """Those of every kind, and the scheduler. `wanted` is how many pods an app is to have."""

    cluster: FakeCluster
    wanted: dict[str, int] = field(default_factory=dict)
    _made: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def scale(self, app: Workload, replicas: int) -> None:
        """Want more pods, after the pattern of the first, or fewer."""
        pattern = next(iter(self._live(app)), None) or next(patients_of(app), None)
        if pattern is None:
            raise CannotRehearse(f"the fake has never seen a pod of {app} to make others after")
        self.wanted[app.name] = replicas
        self.tend(pattern)

    def tend(self, lost: FakePod) -> None:
        """After a change of one pod: make what its app lacks, end what it has too much."""
        app = lost.app
        if app.kind == "DaemonSet":
            self._tend_nodes(lost)
        elif app.kind == "StatefulSet":
            self._tend_names(lost)
        elif app.kind in REPLACING:
            live, wanted = self._live(app), self._wanted(app)
            for surplus in live[wanted:]:
                self._retire(surplus)
            for _ in range(wanted - len(live)):
                self.make(lost)

    def make(self, lost: FakePod, name: str = "", *, on: str = "") -> None:
        """Make another pod after a pattern; it runs on this node, or where one takes it."""
        number = next(self._made)
        uid = Uid(f"{lost.shown.uid}-again{number}")
        pod = FakePod(
            fresh(lost.shown, uid, name or f"{lost.app.name}-again{number}"),
            lost.app,
            lost.memory_limit,
            lost.memory_health,
            lost.sigterm,
            running=False,
            wants=on,
        )
        pod.shown = replace(pod.shown, workload=lost.app.name, deleting=False)
        self.cluster.kubelet.pods[uid] = pod
        self.cluster.kubelet.show(pod.shown)
        self.cluster.kubelet.later(REPLACED, lambda: self._start(pod))

    def schedule(self) -> None:
        """A node takes pods again: who waits for one is started there."""
        for pod in self.cluster.kubelet.pods.values():
            if pod.shown.node is None:
                self.cluster.kubelet.later(REPLACED, partial(self._start, pod))

    def spread(self) -> None:
        """Each DaemonSet looks at the nodes that there are now."""
        for app in self.cluster.ran:
            if app.kind == "DaemonSet" and (pattern := next(patients_of(app), None)):
                self._tend_nodes(next(iter(self._live(app)), pattern))

    def let_go(self, pod: FakePod, patience: float) -> None:
        """A pod that is being deleted ends, unless nobody is there to end it."""
        machine = self.cluster.machines.get(pod.shown.node or "")
        if machine is None or not machine.away:
            self.cluster.kubelet.later(patience, lambda: self.end(pod))

    def end(self, pod: FakePod) -> None:
        """A pod's object is gone, and its controller misses it or does not."""
        kubelet = self.cluster.kubelet
        if pod.shown.uid in kubelet.pods:
            pod.running, pod.life = False, pod.life + 1
            kubelet.set(pod, pod.shown, gone=True)
            self.tend(pod)

    def _tend_nodes(self, pattern: FakePod) -> None:
        """One pod on each node that is not tainted; the next one waits for the end of the last."""
        app = pattern.app
        for node in self._homes(app):
            there = [p for p in self._own(app) if node in {p.shown.node, p.wants}]
            for surplus in [p for p in there if not p.shown.deleting][1:]:
                self._retire(surplus)
            if not there:
                self.make(pattern, on=node)

    def _homes(self, app: Workload) -> list[NodeName]:
        """A DaemonSet that is not on all nodes is bound to those that it is on."""
        stood = {stand.node for stand in app.stands}
        machines = self.cluster.machines.values()
        everywhere = all(m.node in stood for m in machines if not m.guest)
        return [m.node for m in machines if not m.taints and (everywhere or m.node in stood)]

    def _tend_names(self, pattern: FakePod) -> None:
        """One pod of each name; the next one waits for the end of the last."""
        app = pattern.app
        wanted, stood = self._wanted(app), [stand.name for stand in app.stands]
        names = [*stood, *(f"{app.name}-{n}" for n in range(len(stood), wanted))][:wanted]
        for surplus in [p for p in self._live(app) if p.shown.name not in names]:
            self._retire(surplus)
        pods = self.cluster.kubelet.pods.values()
        taken = {p.shown.name for p in pods if p.app.name == app.name}
        for name in [name for name in names if name not in taken]:
            self.make(pattern, name)

    def _wanted(self, app: Workload) -> int:
        return self.wanted.get(app.name, len(app.stands))

    def _own(self, app: Workload) -> list[FakePod]:
        return [p for p in self.cluster.kubelet.pods.values() if p.shown.workload == app.name]

    def _live(self, app: Workload) -> list[FakePod]:
        """An app's pods that stay, oldest first."""
        return [p for p in self._own(app) if not p.shown.deleting]

    def _retire(self, pod: FakePod) -> None:
        """It is deleted, and nobody misses it."""
        self.cluster.kubelet.set(pod, replace(pod.shown, deleting=True, ready=False))
        self.let_go(pod, ENDED)

    def _start(self, pod: FakePod) -> None:
        waits = pod.shown.node is None and not pod.shown.deleting
        takers = (name for name, machine in self.cluster.machines.items() if machine.takes_pods)
        alive = [name for name in takers if pod.wants in {"", name}]
        if waits and alive and pod.shown.uid in self.cluster.kubelet.pods:
            pod.running = True
            stand = Stand(pod.shown.uid, pod.shown.name, NodeName(alive[0]), pod.shown.namespace)
            self.cluster.kubelet.set(pod, standing(pod.app, stand))
