"""Somebody declares that a dead node will not come back."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.acts import tainted
from chaos.ports.cluster import Cluster

TAINT = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"  # as Kubernetes documents it


@dataclass(frozen=True)
class OutOfService:
    """A dead node is said to be out of service: its pods' objects may go without it."""

    node: str

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the taint on."""
        cluster.taint(self.node, TAINT)

    def heal(self, cluster: Cluster) -> None:
        """Take it off."""
        cluster.untaint(self.node, TAINT)

    def symptom(self) -> Law:
        """The node was seen with the taint."""
        return tainted(self.node, taint=TAINT)
