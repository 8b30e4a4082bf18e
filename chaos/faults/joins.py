"""A node joins the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import minutes
from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.nodes import joins
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.windows import trace

NOTICE = minutes(1)  # the node is Ready when it was added: the watch has it at once


@dataclass(frozen=True)
class NodeJoins:
    """A new node of this name joins; it leaves when the fault is healed."""

    node: str = "worker9"

    effect = UNSAID
    needs = (Capability.NEW_NODES,)

    def inject(self, cluster: Cluster) -> None:
        """Add it, and wait until it is Ready."""
        cluster.add_node(self.node)

    def heal(self, cluster: Cluster) -> None:
        """Take it away, if it is one that was added so."""
        cluster.remove_node(self.node)

    def symptom(self) -> Law:
        """The node was seen Ready."""
        return joins(self.node, within=trace(NOTICE))
