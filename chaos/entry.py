"""The facts a history is made of, each in the past tense and frozen.

Facts hold plain data only, so a history can be written to a file and judged again next year.
`kind` tells them apart there. `at` is always the moment of receipt on the harness's own clock;
what the cluster says of time is kept beside it as text, as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

from chaos.clock import Seconds

Uid = NewType("Uid", str)
NodeName = NewType("NodeName", str)


@dataclass(frozen=True, slots=True)
class Termination:
    """How a container ended: `lastState.terminated` or `state.terminated` of its status."""

    container_id: str
    exit_code: int
    reason: str
    finished_at: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """One container's status: `restarts` never falls for one pod uid (law L12)."""

    name: str
    id: str = ""
    state: Literal["waiting", "running", "terminated"] = "running"
    ready: bool = True
    restarts: int = 0
    reason: str = ""
    message: str = ""
    ended: Termination | None = None
    last: Termination | None = None
    started_at: str = ""


@dataclass(frozen=True, slots=True)
class Pod:
    """What one delivery of a watch said about a pod. Identity is `uid`, never the name."""

    uid: Uid
    name: str
    workload: str
    node: NodeName | None
    ready: bool = False
    containers: tuple[Container, ...] = ()
    namespace: str = "default"
    phase: str = "Running"
    owner: str = ""
    ip: str = ""
    deleting: bool = False
    version: str = ""
    kind: Literal["pod"] = "pod"

    @property
    def restarts(self) -> int:
        """Restarts of all its containers together."""
        return sum(container.restarts for container in self.containers)


@dataclass(frozen=True, slots=True)
class Node:
    """What one delivery of a watch said about a node: `ready` is the Ready condition's status."""

    name: NodeName
    ready: Literal["True", "False", "Unknown"]
    reason: str = ""
    taints: tuple[str, ...] = ()
    version: str = ""
    kind: Literal["node"] = "node"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """One EndpointSlice: the uids of the pods that a service sends traffic to."""

    name: str
    service: str
    ready: tuple[Uid, ...] = ()
    version: str = ""
    kind: Literal["endpoints"] = "endpoints"


@dataclass(frozen=True, slots=True)
class Event:
    """A Kubernetes Event: supporting evidence, never proof (they are merged and dropped)."""

    uid: Uid
    about: Uid
    reason: str
    message: str = ""
    count: int = 1
    version: str = ""
    kind: Literal["event"] = "event"


Thing = Pod | Node | Endpoints | Event


@dataclass(frozen=True, slots=True)
class Observed:
    """The API server showed us something, or showed us that it is gone."""

    at: Seconds
    thing: Thing
    gone: bool = False
    kind: Literal["observed"] = "observed"


@dataclass(frozen=True, slots=True)
class Answered:
    """We asked a patient how it is: what its main port and its report port said.

    `status` is the HTTP status of the main port, None when it did not answer in time; `report`
    is None when the report port was silent too. Sizes in MiB.
    """

    at: Seconds
    uid: Uid
    workload: str
    status: int | None
    report: dict[str, bool | float | str] | None = None
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Injecting:
    """A fault was about to be caused."""

    at: Seconds
    fault: str
    number: int
    kind: Literal["injecting"] = "injecting"


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault was caused. A law's time runs from here."""

    at: Seconds
    fault: str
    number: int
    kind: Literal["injected"] = "injected"


@dataclass(frozen=True, slots=True)
class Healing:
    """A fault was about to be undone."""

    at: Seconds
    fault: str
    number: int
    kind: Literal["healing"] = "healing"


@dataclass(frozen=True, slots=True)
class Healed:
    """A fault was undone."""

    at: Seconds
    fault: str
    number: int
    kind: Literal["healed"] = "healed"


@dataclass(frozen=True, slots=True)
class Gap:
    """The watch was down: what happened between `at` and `until` was not seen."""

    at: Seconds
    until: Seconds
    why: str = ""
    kind: Literal["gap"] = "gap"


Entry = Observed | Answered | Injecting | Injected | Healing | Healed | Gap


@dataclass(frozen=True, slots=True)
class Probe:
    """The five numbers of a probe, as the API server filled them in (seconds and counts)."""

    delay: float = 0
    timeout: float = 1
    period: float = 10
    successes: int = 1
    failures: int = 3
    grace: float | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a pod stood when its workload was run: how a fault names its target."""

    uid: Uid
    name: str
    node: NodeName
    namespace: str


@dataclass(frozen=True, slots=True, repr=False)
class Workload:
    """What we ran, as it stood when it had become Ready. `grace` and the like are its pods'."""

    name: str
    kind: str
    uid: Uid
    stands: tuple[Stand, ...]
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    grace: float = 30
    restart_policy: str = "Always"
    tolerance: float | None = None

    def __repr__(self) -> str:
        """Its name: what a sentence, and a fault's text, in the report are made of."""
        return self.name

    @property
    def pod(self) -> Stand:
        """Where its only pod stood."""
        (stand,) = self.stands
        return stand

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
