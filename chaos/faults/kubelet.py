"""A node's kubelet ends; its containers live on."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class KubeletDown:
    """The node's kubelet ends as in a crash: nobody probes or restarts containers there."""

    node: str
    even_the_last: bool = field(default=False, repr=False)

    effect = UNSAID
    needs = (Capability.NODE_PROGRAMS,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """End it."""
        cluster.machine(self.node).program("kubelet").stop()

    def heal(self, cluster: Cluster) -> None:
        """Start it; on a machine that is off, its boot will."""
        cluster.machine(self.node).program("kubelet").start()

    def symptom(self) -> Law:
        """It was looked at and does not run."""
        return found_down((f"{self.node}/kubelet",))
