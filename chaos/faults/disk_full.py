"""A node's disk is full."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.clock import minutes
from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.acts import tainted
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.windows import trace

NOTICE = minutes(1)  # its kubelet looks every 10 s (kubernetes: kubelet.go) and reports then
PRESSURE = "node.kubernetes.io/disk-pressure:NoSchedule"  # kubernetes: core/v1 well-known taints


@dataclass(frozen=True)
class DiskFull:
    """No byte is free on the disk where a node's kubelet keeps its pods' volumes.

    The kubelet says DiskPressure, so no new pod comes, and evicts; but with not one byte left it
    gets no further than to mark a pod: in 75 s none had ended (Kubernetes 1.37, one trial). Undone
    by freeing what was taken. Needs a disk of the node's own with a limit: an embedded node has one
    where mkfs.ext4 and a loop device are; this host's own disk is never filled.
    """

    node: str
    even_the_last: bool = field(default=False, repr=False)

    effect = UNSAID
    needs = (Capability.DISK,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node: nothing new can come to it."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """Fill it."""
        cluster.machine(self.node).fill_disk()

    def heal(self, cluster: Cluster) -> None:
        """Free it."""
        cluster.machine(self.node).empty_disk()

    def symptom(self) -> Law:
        """The node was seen with the taint of disk pressure, which its kubelet reported."""
        return tainted(self.node, taint=PRESSURE, within=trace(NOTICE))
