"""A node's kubelet stands still."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class KubeletFrozen:
    """The node's kubelet is there and does nothing: no probe, no restart, no word to anybody.

    It is stopped by a signal (SIGSTOP): calls to it are taken by the kernel and never answered,
    and what watches for its end sees none. Its containers run on. Undone by letting it go on; one
    that was ended or started anew meanwhile needs nothing.
    """

    node: str
    even_the_last: bool = field(default=False, repr=False)

    effect = UNSAID
    needs = (Capability.NODE_PROGRAMS,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """Stop it where it stands."""
        cluster.machine(self.node).program("kubelet").freeze()

    def heal(self, cluster: Cluster) -> None:
        """Let it go on."""
        cluster.machine(self.node).program("kubelet").thaw()

    def symptom(self) -> Law:
        """It was looked at and stands still."""
        return found_down((f"{self.node}/kubelet",))
