"""A node's machine stops."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import minutes
from chaos.cluster import Cluster
from chaos.law import Law
from chaos.laws.nodes import goes_unready
from chaos.windows import trace

NOTICE = minutes(2)  # twice Kubernetes' slowest default: node-monitor-grace-period 50 s + 2 x 5 s


@dataclass(frozen=True)
class NodeDeath:
    """The node's machine stops as if its plug was pulled: kubelet, runtime, every container."""

    node: str

    def inject(self, cluster: Cluster) -> None:
        """Pull the plug."""
        cluster.machine(self.node).power_off()

    def heal(self, cluster: Cluster) -> None:
        """Boot it again."""
        cluster.machine(self.node).power_on()

    def symptom(self) -> Law:
        """The control plane stops believing that the node is ready."""
        return goes_unready(self.node, within=trace(NOTICE))
