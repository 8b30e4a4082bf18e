"""A node stands still."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.clock import minutes
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.nodes import goes_unready
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.windows import trace

NOTICE = minutes(2)  # twice Kubernetes' slowest default: node-monitor-grace-period 50 s + 2 x 5 s


@dataclass(frozen=True)
class NodeFrozen:
    """All that runs on a node stands still at once: kubelet, runtime, every container.

    As in a virtual machine that is paused, or a host that swaps itself to death. Nothing ends and
    nothing is lost: the kernel takes calls, and nobody answers them. Undone by letting all of it
    go on where it stood; a node that was switched off meanwhile needs nothing. `briefly` is for a
    stop that may be over before the control plane notices: that it is real is seen on the machine
    then.
    """

    node: str
    even_the_last: bool = field(default=False, repr=False)
    briefly: bool = field(default=False, repr=False)

    effect = Effect("lost")
    needs = (Capability.FREEZE,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """Freeze it."""
        cluster.machine(self.node).freeze()

    def heal(self, cluster: Cluster) -> None:
        """Thaw it."""
        cluster.machine(self.node).thaw()

    def symptom(self) -> Law:
        """The control plane stops believing that the node is ready, or it was seen frozen."""
        if self.briefly:
            return found_down((f"{self.node}/kubelet",))
        return goes_unready(self.node, within=trace(NOTICE))
