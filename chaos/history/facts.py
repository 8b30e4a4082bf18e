"""The facts a history is made of, each in the past tense and frozen.

Facts hold plain data only, so a history can be written to a file and judged again next year.
`kind` tells them apart there. `at` is always the moment of receipt on the harness's own clock;
what the cluster says of time is kept beside it as text, as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chaos.clock import Seconds
from chaos.history.effect import UNSAID, Effect
from chaos.history.looked import Checked, Got, Inspected, Sounded, Visited
from chaos.history.timers import Timers
from chaos.workloads.admitted import NodeName, Uid


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
    """What one delivery of a watch said about a pod. Identity is `uid`, never the name.

    `owner` and the like are its controller's. `disrupted` is the reason of a true DisruptionTarget
    (DeletionByTaintManager), `unscheduled` that of a false PodScheduled, `job` the Job's name.
    `local_uid` is what the kubelet calls a static pod that this one mirrors. `initialized` says
    that its init containers are done.
    """

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
    owner_uid: Uid | None = None
    owner_name: str = ""
    job: str = ""
    disrupted: str = ""
    unscheduled: str = ""
    local_uid: Uid | None = None
    initialized: bool = False
    kind: Literal["pod"] = "pod"

    @property
    def restarts(self) -> int:
        """Restarts of all its containers together."""
        return self.restarts_of("")

    def restarts_of(self, named: str) -> int:
        """Restarts of the container of that name; of all for none."""
        return sum(c.restarts for c in self.containers if named in {"", c.name})


@dataclass(frozen=True, slots=True)
class Node:
    """What one delivery of a watch said about a node: `ready` is the Ready condition's status."""

    name: NodeName
    ready: Literal["True", "False", "Unknown"]
    reason: str = ""
    taints: tuple[str, ...] = ()
    version: str = ""
    control_plane: bool = False
    kind: Literal["node"] = "node"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """One EndpointSlice: the uids of the pods that a service sends traffic to.

    `unready` are those that it names and that are not ready themselves, or are being deleted: in
    `ready` as well where the service publishes such pods too.
    """

    name: str
    service: str
    ready: tuple[Uid, ...] = ()
    version: str = ""
    unready: tuple[Uid, ...] = ()
    kind: Literal["endpoints"] = "endpoints"

    @property
    def named(self) -> frozenset[Uid]:
        """Every pod that it names."""
        return frozenset((*self.ready, *self.unready))


@dataclass(frozen=True, slots=True)
class Event:
    """A Kubernetes Event. They are merged and dropped: that there is none tells nothing.

    `container` is the one that it is about; empty when it is about the whole pod.
    """

    uid: Uid
    about: Uid
    reason: str
    message: str = ""
    count: int = 1
    version: str = ""
    container: str = ""
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
class Timed:
    """The live cluster's settings were read: what windows are computed from."""

    at: Seconds
    timers: Timers
    kind: Literal["timed"] = "timed"


@dataclass(frozen=True, slots=True)
class Injecting:
    """A fault was about to be caused; `effect` is how it will look to the kubelet."""

    at: Seconds
    fault: str
    number: int
    effect: Effect = UNSAID
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


LATE = 1.0  # seconds; less goes unnoticed, and the windows have more to spare: windows.terms.STATUS


@dataclass(frozen=True, slots=True)
class Lag:
    """The watches were late: what they showed between `at` and `until` may be as old as `at`.

    Nothing was missed, and of one kind nothing came out of order: it is dated less exactly.
    """

    at: Seconds
    until: Seconds
    kind: Literal["lag"] = "lag"


Seen = Observed | Answered | Inspected | Checked | Got | Sounded | Visited | Timed | Gap | Lag
Entry = Seen | Injecting | Injected | Healing | Healed
