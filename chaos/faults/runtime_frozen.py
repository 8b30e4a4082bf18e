"""A node's container runtime stands still; its containers run on."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class RuntimeFrozen:
    """The node's containerd is there and answers nothing: whatever the kubelet asks it hangs.

    It is stopped by a signal (SIGSTOP); its containers run on. Undone by letting it go on; one that
    was ended or started anew meanwhile needs nothing.
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
        cluster.machine(self.node).program("containerd").freeze()

    def heal(self, cluster: Cluster) -> None:
        """Let it go on."""
        cluster.machine(self.node).program("containerd").thaw()

    def symptom(self) -> Law:
        """It was looked at and stands still."""
        return found_down((f"{self.node}/containerd",))
