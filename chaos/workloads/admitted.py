"""What faults and laws are about: the workloads that were run, as the API server admitted them.

Frozen plain data, as everything that a history or a ledger keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NewType

from chaos.clock import Seconds, seconds

Uid = NewType("Uid", str)
NodeName = NewType("NodeName", str)

NOTHING, SECOND, PERIOD = seconds(0), seconds(1), seconds(10)  # the API server's for a probe
GRACE = seconds(30)  # and for terminationGracePeriodSeconds


@dataclass(frozen=True, slots=True)
class Probe:
    """The five numbers of a probe, as the API server filled them in (seconds and counts).

    `target` is what it asks, as `kubectl describe` prints it: http://:8080/health, [cat /x].
    """

    delay: Seconds = NOTHING
    timeout: Seconds = SECOND
    period: Seconds = PERIOD
    successes: int = 1
    failures: int = 3
    grace: Seconds | None = None
    how: Literal["http-get", "tcp-socket", "exec", "grpc", "unknown"] = "unknown"
    target: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a pod stood when its workload was run: how a fault names its target."""

    uid: Uid
    name: str
    node: NodeName
    namespace: str


@dataclass(frozen=True, slots=True, repr=False)
class Workload:
    """What we ran, as it stood when it had become Ready. `grace` and the like are its pods'.

    `memory` is the first container's limit in MiB, `replacement` a Job's podReplacementPolicy,
    `tolerates` the NoExecute tolerations in their order: key ("" is any) and seconds (None: ever).
    `container` is the first container's name, `cpus` its limit of CPUs, `port` the first it names.
    """

    name: str
    kind: str
    uid: Uid
    stands: tuple[Stand, ...]
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    grace: Seconds = GRACE
    restart_policy: str = "Always"
    tolerance: Seconds | None = None
    memory: float | None = None
    replacement: str = ""
    tolerates: tuple[tuple[str, Seconds | None], ...] = ()
    container: str = ""
    cpus: float | None = None
    port: int | None = None

    def __repr__(self) -> str:
        """Its name: what a sentence, and a fault's text, in the report are made of."""
        return self.name

    def probe(self, name: Literal["liveness", "readiness", "startup"]) -> Probe | None:
        """One of its probes, if it has it."""
        probes = {"liveness": self.liveness, "readiness": self.readiness, "startup": self.startup}
        return probes[name]

    @property
    def pod(self) -> Stand:
        """Where its only pod stood."""
        (stand,) = self.stands
        return stand

    @property
    def one(self) -> Workload:
        """It as a fault names it that hits the first of its pods and spares the others."""
        return replace(self, stands=self.stands[:1])

    @property
    def node(self) -> NodeName:
        """The node of its only pod."""
        return self.pod.node


Apps = Workload | tuple[Workload, ...]


def each(apps: Apps) -> tuple[Workload, ...]:
    """The workloads that a fault or a law names: one, or several."""
    return (apps,) if isinstance(apps, Workload) else apps


def stands(apps: Apps) -> tuple[Stand, ...]:
    """Where all their pods stood."""
    return tuple(stand for app in each(apps) for stand in app.stands)


def containers(apps: Apps) -> tuple[tuple[Workload, Stand], ...]:
    """Where the first container of each of their pods stood: its name is its workload's."""
    return tuple((app, stand) for app in each(apps) for stand in app.stands)
