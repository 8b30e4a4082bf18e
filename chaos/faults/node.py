"""A node's machine stops."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.clock import minutes
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import go_unready
from chaos.laws.nodes import goes_unready
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import undo
from chaos.windows import trace

NOTICE = minutes(2)  # twice Kubernetes' slowest default: node-monitor-grace-period 50 s + 2 x 5 s


@dataclass(frozen=True)
class NodeDeath:
    """The node's machine stops as if its plug was pulled: kubelet, runtime, every container.

    Or the machines of several nodes, one right after the other. `briefly` is for an outage that
    may be over before the control plane notices: that it is real is seen on the machine then.
    """

    node: str | tuple[str, ...]
    even_the_last: bool = field(default=False, repr=False)
    briefly: bool = field(default=False, repr=False)

    needs = (Capability.POWER,)

    @property
    def effect(self) -> Effect:
        """Nodes that stop at once."""
        return Effect("lost", count=len(self.takes))

    def inject(self, cluster: Cluster) -> None:
        """Pull the plugs."""
        for machine in [cluster.machine(node) for node in self.takes]:
            machine.power_off()

    def heal(self, cluster: Cluster) -> None:
        """Boot them again; one that has left the cluster keeps no other from it."""
        undo(lambda node: cluster.machine(node).power_on(), self.takes)

    def symptom(self) -> Law:
        """The control plane stops believing that the nodes are ready, or that they are off."""
        if self.briefly:
            return found_down(tuple(f"{node}/kubelet" for node in self.takes))
        if isinstance(self.node, str):
            return goes_unready(self.node, within=trace(NOTICE))
        return go_unready(self.node, within=trace(NOTICE))

    @property
    def takes(self) -> tuple[str, ...]:
        """The nodes."""
        return (self.node,) if isinstance(self.node, str) else self.node
