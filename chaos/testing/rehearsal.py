"""A rehearsal: whole scenarios on the fake cluster, `pytest -m chaos --chaos-cluster=fake`.

It takes the place of `chaos.stage`. Six minutes of a scenario take milliseconds, and the verdicts
say whether the scenario is well written; of Kubernetes they say nothing, and the report says that.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.clock import ManualClock
from chaos.entry import Answered, Entry, NodeName, Stand, Uid, Workload
from chaos.errors import BadManifest
from chaos.history import Journal
from chaos.kube.parse import probe_from
from chaos.ledger import Ledger
from chaos.options import Options
from chaos.session import Chaos
from chaos.testing.cluster import EVICTED, NOTICED, FakeCluster, FakeMachine
from chaos.windows import Timers
from chaos.workloads import Spec

REPLICATED = {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"}
KINDS = {"Pod", "DaemonSet"} | REPLICATED
MIB = {"Ki": 1 / 1024, "Mi": 1.0, "Gi": 1024.0}
TIMERS = Timers(lease=4, monitor_period=1, monitor_grace=NOTICED, eviction_rate=1)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal needs for all its scenarios: names of nodes, and a ledger in a new folder."""

    nodes: tuple[str, ...]
    ledger: Ledger
    versions: dict[str, str]


@dataclass(frozen=True)
class Scene:
    """One scenario's handles."""

    cluster: Boards
    chaos: Chaos
    journal: Journal


@dataclass
class Boards:
    """The fake cluster as scenarios see a cluster: it runs specs, and all is ready at once."""

    fake: FakeCluster
    timers: Timers = TIMERS
    _turn: Iterator[int] = field(default_factory=itertools.count)

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload of the scenario so far."""
        return self.fake.ran

    def run(self, *specs: Spec) -> Workload | tuple[Workload, ...]:
        """Run workloads; BadManifest for a kind that the fake does not know."""
        ran = tuple(self._run(spec) for spec in specs)
        return ran[0] if len(ran) == 1 else ran

    def machine(self, node: str) -> FakeMachine:
        """The machine under a node."""
        return self.fake.machine(node)

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order."""
        self.fake.tell(pod, order, **settings)

    def soothe(self, pod: Stand) -> None:
        """Tell a patient to be well again."""
        self.fake.soothe(pod)

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are."""
        return self.fake.ask(*pods)

    def _run(self, spec: Spec) -> Workload:
        if spec.kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise BadManifest(f"{spec.kind}/{spec.name}: the fake cluster only runs {known}")
        body = spec.manifest["spec"]
        pod = body if spec.kind == "Pod" else body["template"]["spec"]
        container = pod["containers"][0]
        app = Workload(
            name=spec.name,
            kind=spec.kind,
            uid=Uid(f"uid-{spec.name}"),
            stands=tuple(_stands(spec, self._nodes(spec, pod))),
            liveness=probe_from(container.get("livenessProbe")),
            readiness=probe_from(container.get("readinessProbe")),
            startup=probe_from(container.get("startupProbe")),
            grace=float(pod.get("terminationGracePeriodSeconds", 30)),
            restart_policy=str(pod.get("restartPolicy", "Always")),
            tolerance=None if spec.kind == "DaemonSet" else EVICTED,
        )
        self.fake.run(app, memory_limit=_limit(container))
        for stand, order in itertools.product(app.stands, _orders(container)):
            self.fake.tell(stand, str(order.pop("do")), **order)
        return app

    def _nodes(self, spec: Spec, pod: dict[str, Any]) -> list[str]:
        """The node of each pod: the one it is bound to, or prefers, else one after the other."""
        bound = pod.get("nodeSelector", {}).get("kubernetes.io/hostname")
        wanted = pod.get("nodeName") or bound or _preferred(pod)
        if wanted is not None:
            self.fake.machine(wanted)  # NoSuchTarget names those there are
        if spec.kind == "DaemonSet":
            return [wanted] if bound else list(self.fake.machines)
        count = spec.manifest["spec"].get("replicas", 1) if spec.kind in REPLICATED else 1
        return [wanted or self._next() for _ in range(count)]

    def _next(self) -> str:
        names = list(self.fake.machines)
        return names[next(self._turn) % len(names)]


@contextmanager
def provided(options: Options, say: Say) -> Iterator[Rehearsal]:
    """What takes a cluster's place for the length of a run."""
    say("a rehearsal on the fake cluster: its verdicts say nothing about Kubernetes")
    nodes = tuple(f"worker{number}" for number in range(1, options.nodes + 1))
    with tempfile.TemporaryDirectory(prefix="pytest-chaos-") as folder:
        versions = {"cluster": f"fake, {len(nodes)} nodes: no verdict is about Kubernetes"}
        yield Rehearsal(nodes, Ledger(Path(folder) / "ledger"), versions)


@contextmanager
def staged(rehearsal: Rehearsal, keep: Callable[[Entry], None], say: Say) -> Iterator[Scene]:
    """A scenario's own fake cluster, on a clock of its own."""
    clock = ManualClock()
    journal = Journal(clock, keep)
    fake = FakeCluster(journal, clock, nodes=rehearsal.nodes)
    yield Scene(Boards(fake), Chaos(fake, journal, fake, rehearsal.ledger, say), journal)


def _stands(spec: Spec, nodes: list[str]) -> Iterator[Stand]:
    for number, node in enumerate(nodes):
        name = spec.name if spec.kind == "Pod" else f"{spec.name}-{number}"
        yield Stand(Uid(f"uid-{name}"), name, NodeName(node), "default")


def _preferred(pod: dict[str, Any]) -> str | None:
    wishes = pod.get("affinity", {}).get("nodeAffinity", {})
    for wish in wishes.get("preferredDuringSchedulingIgnoredDuringExecution", ()):
        return str(wish["preference"]["matchExpressions"][0]["values"][0])
    return None


def _limit(container: dict[str, Any]) -> float | None:
    """The memory limit in MiB."""
    said = container.get("resources", {}).get("limits", {}).get("memory")
    if said is None:
        return None
    number, unit = said[:-2], said[-2:]
    if unit not in MIB:
        raise BadManifest(f"memory={said!r}: the fake cluster reads {', '.join(MIB)}, as in 64Mi")
    return float(number) * MIB[unit]


def _orders(container: dict[str, Any]) -> list[dict[str, Any]]:
    told = next((e["value"] for e in container.get("env", ()) if e["name"] == "PATIENT_ORDERS"), "")
    orders: list[dict[str, Any]] = json.loads(told) if told else []
    return orders
