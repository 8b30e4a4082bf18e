"""A node's container runtime ends; its containers live on."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class RuntimeDown:
    """The node's containerd ends as in a crash and stays away: nothing there can be restarted.

    Its containers live on, each with a shim of its own. The kubelet says after half a minute that
    its node is not ready (oracle 2.5: 30 s, no setting makes it shorter). Undone by starting it; on
    a machine that is off, its boot will, and on a frozen one its thaw.
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
        """End it."""
        cluster.machine(self.node).program("containerd").stop()

    def heal(self, cluster: Cluster) -> None:
        """Start it."""
        cluster.machine(self.node).program("containerd").start()

    def symptom(self) -> Law:
        """It was looked at and does not run."""
        return found_down((f"{self.node}/containerd",))
