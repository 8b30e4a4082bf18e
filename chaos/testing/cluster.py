"""A cluster of no machines, on a clock that stands still until somebody waits.

It keeps the real cluster's promises as far as faults and laws can tell: `tests/contract` holds
both to them. With `deaf` it takes every fault and does nothing: for proving that a harness
notices.
"""

from __future__ import annotations

import itertools
from typing import overload

from chaos.clock import ManualClock, seconds
from chaos.entry import Answered, Gap, Node, NodeName, Stand, Uid, Workload
from chaos.errors import NoSuchTarget
from chaos.history import Journal
from chaos.testing.kubelet import FakeKubelet, fresh
from chaos.testing.machine import EVICTED, NOTICED, FakeMachine
from chaos.testing.patient import FakePod
from chaos.testing.specs import patients_of, standing, workload_of
from chaos.windows import Timers
from chaos.workloads import Spec

__all__ = ["EVICTED", "NOTICED", "FakeCluster", "FakeMachine"]

REPLACED = 1.0  # seconds until a replacement is ready


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
        self.journal, self.clock = journal, clock
        self._ran: list[Workload] = []
        self._made = itertools.count(1)
        for name in nodes:
            self.kubelet.show(Node(NodeName(name), "True"))

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload so far."""
        return tuple(self._ran)

    @property
    def timers(self) -> Timers:
        """Those of the fast profile: what the fake's own delays are made after."""
        return Timers(lease=8, monitor_period=1, monitor_grace=NOTICED, eviction_rate=100)

    @overload
    def run(self, spec: Spec | Workload, /, *, memory_limit: float | None = ...) -> Workload: ...

    @overload
    def run(
        self, spec: Spec | Workload, second: Spec | Workload, /, *rest: Spec | Workload
    ) -> tuple[Workload, ...]: ...

    def run(
        self, *specs: Spec | Workload, memory_limit: float | None = None
    ) -> Workload | tuple[Workload, ...]:
        """Run what a spec says, or a workload as it says that it stands: ready at once.

        `memory_limit`, in MiB, is for those that are no spec, which would say it itself.
        """
        apps = tuple(self._run(spec, memory_limit) for spec in specs)
        return apps[0] if len(apps) == 1 else apps

    def _run(self, spec: Spec | Workload, memory_limit: float | None) -> Workload:
        if isinstance(spec, Workload):
            app, patients = spec, patients_of(spec)
        else:
            app = workload_of(spec, list(self.machines))
            patients = patients_of(app, spec)
        for pod in patients:
            pod.memory_limit = pod.memory_limit or memory_limit
            self.kubelet.pods[pod.shown.uid] = pod
            self.kubelet.show(pod.shown)
        self.kubelet.route(app.name)
        self._ran.append(app)
        return app

    def confirm(self) -> None:
        """Look again: everything up to now is written down, unless the recorder is blind."""
        if not self.blind:
            self.journal.vouch(self.clock.now())

    def blink(self, start: float, end: float) -> None:
        """The watch is down from `start` to `end`: nothing is vouched for, then a gap is written.

        What is shown meanwhile is written at once all the same: use it where nothing is.
        """
        gap = Gap(seconds(start), seconds(end), "blinked")

        def fall() -> None:
            self.journal.vouch(gap.at)
            self.blind = True

        def rise() -> None:
            self.blind = False
            self.journal.write(gap)

        self.clock.at(gap.at, fall)
        self.clock.at(gap.until, rise)

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
        patient.obey(order, settings, self.clock.now())
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
        answer = self._pod(pod).answer(self.clock.now())
        self.journal.write(answer)
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
            self.kubelet.set(pod, standing(pod.app, stand))
