"""A cluster of no machines, on a clock that stands still until somebody waits.

It keeps the real cluster's promises as far as faults and laws can tell: `tests/contract` holds
both to them. With `deaf` it takes every fault and does nothing: for proving that a harness
notices.
"""

from __future__ import annotations

from typing import TypeVar, overload

from chaos.clock import ManualClock, Seconds, seconds
from chaos.errors import CannotRehearse, ChaosError, NoSuchTarget
from chaos.history.facts import Answered, Node
from chaos.history.journal import Journal
from chaos.history.looked import Checked, Getting, Got, Inspected, Sounded, Sounding
from chaos.history.timers import Timers
from chaos.patient.orders import TERM_SECONDS
from chaos.ports.cluster import Program
from chaos.ports.fault import TERM
from chaos.testing.controllers import FakeControllers
from chaos.testing.kubelet import FakeKubelet
from chaos.testing.machine import EVICTED, NOTICED, FakeMachine
from chaos.testing.objects import FakeObjects
from chaos.testing.patient import FakePod, exit_code
from chaos.testing.sight import FakeSight
from chaos.testing.specs import made
from chaos.testing.visitor import FakeVisitors
from chaos.testing.wires import poisoned, sounded
from chaos.workloads import Spec
from chaos.workloads.admitted import NodeName, Stand, Workload
from chaos.workloads.services import Front, fronts
from chaos.workloads.wires import Toxic

__all__ = ["EVICTED", "NOTICED", "FakeCluster", "FakeMachine"]

What = Spec | Workload
AT_ONCE = seconds(0)
F = TypeVar("F", Answered, Got, Inspected, Sounded)


class FakeCluster:
    """`Cluster` and `Confirmer` at once: what is run, hurt and looked at again."""

    def __init__(
        self,
        journal: Journal,
        clock: ManualClock,
        *,
        nodes: tuple[str, ...] = ("worker1", "worker2"),
        deaf: bool = False,
    ) -> None:
        self.deaf, self.term = deaf, TERM
        self.sight = FakeSight(journal, clock)
        self.kubelet = FakeKubelet(self.sight, clock, self.timers)
        self.machines = {name: FakeMachine(self, NodeName(name)) for name in nodes}
        self.journal, self.clock = journal, clock
        self._ran: list[Workload] = []
        self._objects = FakeObjects(self)
        self.controllers = FakeControllers(self)
        self.visitors = FakeVisitors(self)
        for name in nodes:
            self.kubelet.show(Node(NodeName(name), "True"))

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload so far."""
        return tuple(self._ran)

    @property
    def timers(self) -> Timers:
        """Those of the fast profile: what the fake's own delays are made after."""
        return Timers(
            lease=seconds(8),
            monitor_period=seconds(1),
            monitor_grace=seconds(NOTICED),
            eviction_rate=100,
            longest_backoff=seconds(5),
        )

    @overload
    def run(
        self, spec: What, /, *, within: Seconds = ..., memory_limit: float | None = ...
    ) -> Workload: ...

    @overload
    def run(
        self, spec: What, second: What, /, *rest: What, within: Seconds = ...
    ) -> tuple[Workload, ...]: ...

    def run(
        self, *specs: What, within: Seconds = AT_ONCE, memory_limit: float | None = None
    ) -> Workload | tuple[Workload, ...]:
        """Run what a spec says, or a workload that says how it stands, with a limit in MiB."""
        del within
        apps = tuple(self._run(spec, memory_limit) for spec in specs)
        return apps[0] if len(apps) == 1 else apps

    def _run(self, spec: What, memory_limit: float | None) -> Workload:
        app, patients = made(spec, [*self.machines])
        for pod in patients:
            pod.memory_limit = pod.memory_limit or memory_limit
            self.kubelet.pods[pod.shown.uid] = pod
            self.kubelet.show(pod.shown)
            self.visitors.admit(pod)
        told = (Front(app.name),) if isinstance(spec, Workload) else fronts(spec)
        self.kubelet.fronts[app.name] = told
        self.kubelet.route(app.name)
        self._ran.append(app)
        return app

    def confirm(self) -> str:
        """Look again: everything up to now is written down, unless the recorder is blind."""
        return self.sight.confirm()

    def machine(self, node: str) -> FakeMachine:
        """The machine under a node."""
        if node not in self.machines:
            raise NoSuchTarget(f"there is no node {node!r}: there are {', '.join(self.machines)}")
        return self.machines[node]

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order, with a term; NoSuchTarget if its pod is gone or not running."""
        patient, term = self._pod(pod), float(settings.pop(TERM_SECONDS, self.term))
        if not patient.running:
            raise NoSuchTarget(f"the pod {pod.name} does not run: nobody there takes an order")
        if patient.shown.node in self.kubelet.silent:
            raise ChaosError(f"{pod.name} could not be told to {order}: its node is silent")
        if self.deaf:
            return
        self.kubelet.renew(patient, term)
        if order == "crash":
            self.kubelet.crash(patient, exit_code(settings))
            return
        patient.obey(order, settings, self.clock.now())
        self.kubelet.suffer(patient, order, times=int(settings.get("times", 0)))

    def soothe(self, *pods: Stand) -> None:
        """Tell patients to be well; nothing to do for one that is gone."""
        there = [self.kubelet.pods[pod.uid] for pod in pods if pod.uid in self.kubelet.pods]
        for patient in there:
            self.kubelet.soothe(patient)

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, and write the answers down."""
        for pod in pods:
            self.visitors.hear(self._pod(pod))
        return tuple(self._told(self.kubelet.answer(self._pod(pod))) for pod in pods)

    @property
    def ready_nodes(self) -> tuple[str, ...]:
        """The names of the nodes that are Ready."""
        return tuple(name for name, machine in self.machines.items() if machine.ready)

    @property
    def control_planes(self) -> tuple[str, ...]:
        """The fake's control plane is no node."""
        return ()

    def claim(self, node: str, *, lasting: Seconds) -> None:
        """There is no other run here."""

    def release(self, node: str) -> None:
        """Nor then."""

    def inspect(self, *pods: Stand) -> tuple[Inspected, ...]:
        """Look which containers run; a pod that is gone has none."""
        return tuple(map(self.kubelet.inspect, pods))

    def poison(self, pod: Stand, wire: str, toxic: Toxic, **numbers: int) -> None:
        """Put a toxic on one of a pod's wires; NoSuchTarget if it has no such wire."""
        patient = self._pod(pod)
        if not self.deaf:
            poisoned(patient, wire, toxic, numbers)
            self.kubelet.rewire(patient)

    def cure(self, wire: str, toxic: Toxic, *pods: Stand) -> None:
        """Take a toxic off a wire of each pod; nothing to do for one that is gone."""
        for patient in [self.kubelet.pods[pod.uid] for pod in pods if pod.uid in self.kubelet.pods]:
            if patient.wires.get(wire, {}).pop(toxic, None) is not None:
                self.kubelet.rewire(patient)

    def sound(self, *wires: Sounding) -> tuple[Sounded, ...]:
        """Send a request over each wire; write down how it went."""
        return tuple(self._told(sounded(self._pod(w.pod), w, self.clock.now())) for w in wires)

    def get(self, *paths: Getting) -> tuple[Got, ...]:
        """Ask pods for paths; write down what came."""
        return tuple(self._told(self._pod(g.pod).got(g, self.clock.now())) for g in paths)

    def delete(self, pod: Stand, *, grace: Seconds | None = None) -> None:
        """Delete a pod with its own grace period or with this one; 0 waits for nobody."""
        self._objects.delete(self._pod(pod), grace)

    def scale(self, app: Workload, replicas: int) -> None:
        """Ask an app's controller for this number of pods."""
        if not self.deaf:
            self._objects.scale(app, replicas)

    def label(self, pod: Stand, name: str, value: str | None) -> None:
        """Give a pod its label, or take it off (None)."""
        self._objects.label(self._pod(pod), name, value)

    def taint(self, node: str, taint: str) -> None:
        """Put a taint on a node. Twice is once."""
        if not self.deaf:
            self._objects.taint(node, taint)

    def untaint(self, node: str, taint: str) -> None:
        """Take a taint off a node. Twice is once."""
        self._objects.untaint(node, taint)

    def control_plane(self, name: str) -> Program:
        """The fake has no programs."""
        raise CannotRehearse(f"{name}: the fake cluster has no programs")

    def check(self, what: str) -> Checked:
        """The fake has no programs."""
        raise CannotRehearse(f"{what}: the fake cluster has no programs")

    def forget(self, node: str) -> None:
        """The fake's nodes are their objects."""
        raise CannotRehearse(f"forget {node}: the fake cluster's nodes are nothing but objects")

    def remember(self, node: str) -> None:
        """Nothing is forgotten here."""
        self.machine(node)

    def add_node(self, node: str) -> None:
        """One more node, Ready at once."""
        if node in self.machines:
            raise NoSuchTarget(f"there is a {node} already: choose another name for a new node")
        if not self.deaf:
            self._objects.join(node)

    def remove_node(self, node: str) -> None:
        """Take away a node that was added; nothing to do for others."""
        if node in self.machines and self.machines[node].guest:
            self._objects.part(node)

    def _told(self, fact: F) -> F:
        self.journal.write(fact)
        return fact

    def _pod(self, stand: Stand) -> FakePod:
        if stand.uid not in self.kubelet.pods:
            there = ", ".join(pod.shown.name for pod in self.kubelet.pods.values())
            raise NoSuchTarget(f"there is no pod {stand.name}: there are {there or 'none'}")
        return self.kubelet.pods[stand.uid]
