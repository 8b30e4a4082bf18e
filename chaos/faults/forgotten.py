"""Somebody deletes a node's object."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.acts import forgotten
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class NodeForgotten:
    """The node's object is deleted; its machine, if it is on, runs on."""

    node: str
    even_the_last: bool = field(default=False, repr=False)

    effect = UNSAID
    needs = (Capability.NODE_PROGRAMS,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """Delete the object."""
        cluster.forget(self.node)

    def heal(self, cluster: Cluster) -> None:
        """Have its kubelet register it again; on a machine that is off, its boot will."""
        cluster.remember(self.node)

    def symptom(self) -> Law:
        """The node's object was seen to go."""
        return forgotten(self.node)
