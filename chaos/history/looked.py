"""What we found when we looked ourselves, past the API server.

With the API server, etcd or a kubelet away, what the API shows stands still: these are the facts
that do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, NewType

from chaos.clock import Seconds
from chaos.workloads.admitted import NodeName, Stand, Uid
from chaos.workloads.wires import Way

ProgramName = NewType("ProgramName", str)  # behind its node's where it has one: worker1/kubelet


@dataclass(frozen=True, slots=True)
class Found:
    """A container that runs, as its node's kernel has it; `id` as in Inspected.

    `main` is what its main process was found to do. `memory_mib` is what its processes hold, and
    what lies in memory on its account (anonymous and shared), `limit_mib` the most it may have.
    `cpus` is how many CPUs it may use, None for all; `throttled` counts the periods in which it
    wanted more. `failing` are programs of it that were replaced, with the exit status that running
    one there gave.
    """

    id: str
    name: str = ""
    main: Literal["running", "stopped", "gone"] = "running"
    processes: int = 1
    stopped: int = 0
    memory_mib: float = 0.0
    limit_mib: float | None = None
    cpus: float | None = None
    throttled: int = 0
    failing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Inspected:
    """Which of a pod's containers run, as its node has them.

    `running` are their ids as the API server writes them: containerd://3f0c...; `containers` is
    how they were found, in that order: histories from before there was this have none.
    """

    at: Seconds
    uid: Uid
    workload: str
    node: NodeName
    running: tuple[str, ...] = ()
    containers: tuple[Found, ...] = ()
    kind: Literal["inspected"] = "inspected"

    def container(self, name: str) -> Found | None:
        """The container of that name, the first for an empty one; None when it does not run."""
        return next((one for one in self.containers if name in {"", one.name}), None)


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a program of the cluster was found to run, and to answer if it serves anybody.

    `what` is its name, behind its node's where it has one: etcd, worker1/kubelet.
    """

    at: Seconds
    what: str
    up: bool
    why: str = ""
    kind: Literal["checked"] = "checked"


@dataclass(frozen=True, slots=True)
class Sounding:
    """A request that is to be sent over a pod's wire, and for how long its answer is listened to.

    `way` is how to speak there; "" is as the port of the wire's far end suggests.
    """

    pod: Stand
    wire: str
    way: Way
    patience: Seconds


@dataclass(frozen=True, slots=True)
class Sounded:
    """A request over one of a pod's wires: what toxiproxy says of the wire, and how it went.

    `toxics` are those that the wire has, and "down" when it is switched off. `first` is after how
    many seconds the first byte came, `last` the last one, of `count` in `pieces`, for `sent` of
    ours; `end` is how it was over, after `took`: "open" if it was still open then.
    """

    at: Seconds
    uid: Uid
    workload: str
    wire: str
    toxics: tuple[str, ...]
    end: Literal["refused", "reset", "closed", "open", "lost"]
    took: float = 0.0
    first: float | None = None
    last: float = 0.0
    sent: int = 0
    count: int = 0
    pieces: int = 0
    kind: Literal["sounded"] = "sounded"


LOST = "lost"  # the request itself came nowhere: that says nothing of the app


@dataclass(frozen=True, slots=True)
class Getting:
    """A GET as a probe sends it, without headers of its own, and how long it is waited for.

    With a `container` the path is a command that is run there, as an exec probe's is.
    """

    pod: Stand
    path: str
    patience: Seconds
    container: str = ""


@dataclass(frozen=True, slots=True)
class Got:
    """What came of a GET to a pod's main port, or of a command, as a kubelet would hear it.

    `said` is the HTTP status, or the command's exit status; or how it failed: refused, reset, no
    answer (in time); or LOST. `took` is after how many seconds.
    """

    at: Seconds
    uid: Uid
    workload: str
    path: str
    said: int | str
    took: float = 0.0
    kind: Literal["got"] = "got"


STALLED = "stalled"  # the visitor itself stood still: that request says nothing of the app


class Visit(NamedTuple):
    """One request of a visitor: when it was sent, how many seconds it `took`, and what came.

    `said` is the HTTP status; or how it failed: refused, reset, no answer (in time), ...; or
    STALLED.
    """

    sent: Seconds
    took: float
    said: int | str


@dataclass(frozen=True, slots=True)
class Visited:
    """A visitor told what came of its requests: each is told once.

    Of all that it sent from `since` up to `through` the end is known, here or told before. Moments
    are on our clock; those in `visits` may be up to `error` seconds too late. `asked` is whom.
    """

    at: Seconds
    uid: Uid
    workload: str
    asked: str
    since: Seconds
    through: Seconds
    visits: tuple[Visit, ...] = ()
    error: float = 0.0
    kind: Literal["visited"] = "visited"
