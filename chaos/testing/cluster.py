"""A cluster of no machines, on a clock that stands still until somebody waits.

It keeps the real cluster's promises as far as faults and laws can tell: `tests/contract` holds
both to them. With `deaf` it takes every fault and does nothing: for proving that a harness
notices.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from chaos.clock import ManualClock, seconds
from chaos.entry import (
    Answered,
    Container,
    Gap,
    Node,
    NodeName,
    Pod,
    Stand,
    Termination,
    Uid,
    Workload,
)
from chaos.errors import NoSuchTarget
from chaos.history import Journal
from chaos.testing.kubelet import FakeKubelet, fresh
from chaos.testing.patient import FakePod, Illness

NOTICED = 8.0  # seconds until a dead node is Unknown
EVICTED = 2.0  # seconds from then until its pods are deleted
BOOT = 2.0  # seconds until a node that has power is ready
REPLACED = 1.0  # seconds until a replacement is ready
UNREACHABLE = "node.kubernetes.io/unreachable:NoExecute"
REPLACING = {"Deployment", "ReplicaSet", "ReplicationController"}


class FakeCluster:
    """`Stage` and `Witness` at once: what is run, hurt and looked at again."""

    def __init__(
        self,
        journal: Journal,
        clock: ManualClock,
        *,
        nodes: tuple[str, ...] = ("worker1", "worker2"),
        deaf: bool = False,
    ) -> None:
        self.deaf = deaf
        self.blind = False
        self.kubelet = FakeKubelet(journal, clock)
        self.machines = {name: FakeMachine(self, NodeName(name)) for name in nodes}
        self._journal, self._clock = journal, clock
        self._ran: list[Workload] = []
        self._made = itertools.count(1)
        for name in nodes:
            self.kubelet.show(Node(NodeName(name), "True"))

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload so far."""
        return tuple(self._ran)

    def run(
        self,
        *apps: Workload,
        memory_limit: float | None = None,
        memory_health: float | None = None,
        ignores_sigterm: bool = False,
    ) -> None:
        """Run workloads as they say they stand, all their pods ready; limits in MiB."""
        for app in apps:
            self._ran.append(app)
            for stand in app.stands:
                pod = FakePod(_standing(app, stand), app, memory_limit, memory_health)
                pod.sigterm = None if ignores_sigterm else pod.sigterm
                self.kubelet.pods[stand.uid] = pod
                self.kubelet.show(pod.shown)
            self.kubelet.route(app.name)

    def confirm(self) -> None:
        """Look again: everything up to now is written down, unless the recorder is blind."""
        if not self.blind:
            self._journal.vouch(self._clock.now())

    def blink(self, start: float, end: float) -> None:
        """The watch is down from `start` to `end`: nothing is vouched for, then a gap is written.

        What is shown meanwhile is written at once all the same: use it where nothing is.
        """
        gap = Gap(seconds(start), seconds(end), "blinked")

        def fall() -> None:
            self._journal.vouch(gap.at)
            self.blind = True

        def rise() -> None:
            self.blind = False
            self._journal.write(gap)

        self._clock.at(gap.at, fall)
        self._clock.at(gap.until, rise)

    def machine(self, node: str) -> FakeMachine:
        """The machine under a node."""
        if node not in self.machines:
            raise NoSuchTarget(f"there is no node {node!r}: there are {', '.join(self.machines)}")
        return self.machines[node]

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order; NoSuchTarget if its pod is not there or does not run."""
        patient = self._pod(pod)
        if not patient.running:
            raise NoSuchTarget(f"the pod {pod.name} does not run: nobody there takes an order")
        if self.deaf:
            return
        if order == "crash":
            self.kubelet.crash(patient, int(settings.get("code", 1)))
            return
        patient.obey(order, settings, self._clock.now())
        times, probe = int(settings.get("times", 0)), patient.app.liveness
        if order == "leak":
            self.kubelet.fill(patient)
        elif not times or (probe and times >= probe.failures):
            self.kubelet.examine(patient)

    def soothe(self, pod: Stand) -> None:
        """Tell a patient to be well; nothing to do when it is gone."""
        if pod.uid in self.kubelet.pods:
            self.kubelet.soothe(self.kubelet.pods[pod.uid])

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, and write the answers down."""
        return tuple(self._ask(pod) for pod in pods)

    def _ask(self, pod: Stand) -> Answered:
        answer = self._pod(pod).answer(self._clock.now())
        self._journal.write(answer)
        return answer

    def _pod(self, stand: Stand) -> FakePod:
        if stand.uid not in self.kubelet.pods:
            there = ", ".join(pod.shown.name for pod in self.kubelet.pods.values())
            raise NoSuchTarget(f"there is no pod {stand.name}: there are {there or 'none'}")
        return self.kubelet.pods[stand.uid]

    def replace(self, lost: FakePod) -> None:
        """A controller makes another pod, which runs where a node is ready."""
        number, app = next(self._made), lost.app
        name = lost.shown.name if app.kind == "StatefulSet" else f"{app.name}-again{number}"
        pod = FakePod(
            fresh(lost.shown, Uid(f"{lost.shown.uid}-again{number}"), name),
            app,
            lost.memory_limit,
            lost.memory_health,
            lost.sigterm,
            running=False,
        )
        self.kubelet.pods[pod.shown.uid] = pod
        self.kubelet.show(pod.shown)
        self.kubelet.later(REPLACED, lambda: self._start(pod))

    def _start(self, pod: FakePod) -> None:
        alive = [name for name, machine in self.machines.items() if machine.ready]
        if alive:
            pod.running = True
            stand = Stand(pod.shown.uid, pod.shown.name, NodeName(alive[0]), pod.shown.namespace)
            self.kubelet.set(pod, _standing(pod.app, stand))


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


def _standing(app: Workload, stand: Stand) -> Pod:
    """A pod as it stands, ready, its container never restarted."""
    return Pod(
        uid=stand.uid,
        name=stand.name,
        workload=app.name,
        node=stand.node,
        ready=True,
        containers=(Container("app", id=f"{stand.uid}-0"),),
        namespace=stand.namespace,
        owner="" if app.kind == "Pod" else app.kind,
    )
