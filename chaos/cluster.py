"""The ports: the cluster as faults and scenarios see it. What cannot be said here cannot be done.

Small enough that the fake in `chaos.testing` can keep every promise; one contract suite holds
the fake and the real clusters to them.
"""

from __future__ import annotations

from typing import Protocol, overload

from chaos.entry import Answered, Stand, Workload
from chaos.windows import Timers
from chaos.workloads import Spec


class Machine(Protocol):
    """What a node runs on."""

    def power_off(self) -> None:
        """Pull the plug: everything on it stops at once. Twice is once."""

    def power_on(self) -> None:
        """Boot it again, same identity and disks. Twice is once."""


class Cluster(Protocol):
    """Only what a fault needs."""

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget names those there are."""

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order and return when it has taken it; NoSuchTarget if it is gone."""

    def soothe(self, pod: Stand) -> None:
        """Tell a patient to be well again; nothing to do when it is gone or does not run."""

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, all at once, on both their ports; write the answers down."""


class Stage(Cluster, Protocol):
    """What a scenario has: it runs workloads on it, and asks it for its timers."""

    @overload
    def run(self, spec: Spec, /) -> Workload: ...

    @overload
    def run(self, spec: Spec, second: Spec, /, *rest: Spec) -> tuple[Workload, ...]: ...

    def run(self, *specs: Spec) -> Workload | tuple[Workload, ...]:
        """Run one workload or several, and return when all their pods are ready.

        BadManifest when one is refused; NotSteady when they do not become ready in time.
        """

    @property
    def timers(self) -> Timers:
        """How soon this cluster notices a dead node, as its programs say: for windows."""

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload of the scenario so far."""


class Witness(Protocol):
    """Who can make the recorder look again."""

    def confirm(self) -> None:
        """Look once more, over another connection, and vouch for the present if all was seen."""
