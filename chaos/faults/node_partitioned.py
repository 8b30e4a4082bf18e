"""A node's cable is cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.clock import minutes
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.nodes import goes_unready
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster, OneWay, Peer
from chaos.windows import trace

NOTICE = minutes(2)  # twice Kubernetes' slowest default: node-monitor-grace-period 50 s + 2 x 5 s


@dataclass(frozen=True)
class NodePartitioned:
    """Packets between a node and everybody are lost, or only those to and from the control plane.

    Its pods run on. `one_way` loses only what the node has "sent", or what it would have
    "received": either is enough to be thought lost. Undone by taking the loss away; one that was
    switched off meanwhile is still cut off when it boots. `briefly` is for a cut that may be over
    before the control plane notices: then its kubelet is called from where the API server is.
    """

    node: str
    from_: Peer = "everything"
    one_way: OneWay = ""
    even_the_last: bool = field(default=False, repr=False)
    briefly: bool = field(default=False, repr=False)

    effect = Effect("lost")
    needs = (Capability.PARTITION,)

    @property
    def takes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    def inject(self, cluster: Cluster) -> None:
        """Cut it."""
        cluster.machine(self.node).cut(self.from_, self.one_way)

    def heal(self, cluster: Cluster) -> None:
        """Join it again."""
        cluster.machine(self.node).join(self.from_, self.one_way)

    def symptom(self) -> Law:
        """The control plane stops believing that the node is ready, or cannot call it."""
        if self.briefly:
            return found_down((f"{self.node}/kubelet",))
        return goes_unready(self.node, within=trace(NOTICE))
