"""What the rest of the harness asks of an embedded cluster: `chaos.ports.provider.Made`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos.errors import CannotHere, NoCluster
from chaos.history.looked import Found
from chaos.images import own
from chaos.ports.capability import ALL
from chaos.ports.cluster import Machine, Program
from chaos.ports.provider import Archive
from chaos.providers.embedded import assets, controller_flags
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.hands import still_there
from chaos.values import Json
from chaos.workloads import POSTGRES, wires

EXTRAS: dict[str, Callable[[], own.Image]] = {
    wires.IMAGE: lambda: own.toxiproxy(assets.toxiproxy(lambda _: None)),
    POSTGRES: own.postgres,
}


@dataclass(frozen=True)
class EmbeddedHands:
    """Hands on all of it: its nodes are namespaces, its programs are processes of this host."""

    cluster: EmbeddedCluster

    def machine(self, node: str) -> Machine:
        """The machine under a node."""
        return self.cluster.machine(node)

    def control_plane(self, name: str) -> Program:
        """One of the control plane's programs; NoSuchTarget names those there are."""
        return self.cluster.control_plane.service(name)

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        """A pod's containers that run, as the node's kernel has them."""
        return tuple(still_there(self.cluster.machine(node).containers(uid)))

    def place(self, node: str, manifest: Json) -> None:
        """Lay a static pod's manifest on a node."""
        self.cluster.machine(node).place(manifest)

    def displace(self, namespace: str) -> None:
        """Take a namespace's static pods off all nodes. Twice is once."""
        for machine in self.cluster.machines:
            machine.displace(namespace)

    def add_node(self, node: str) -> None:
        """Add a node of this name; it is Ready when this returns."""
        self.cluster.join(node)

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so; nothing to do for others."""
        self.cluster.part(node)


@dataclass(frozen=True)
class Embedded:
    """One that is there."""

    cluster: EmbeddedCluster

    what = "embedded"
    can = ALL
    reachable = True  # the bridge has a route to the pods' own addresses

    @property
    def name(self) -> str:
        """Its own, and its context's."""
        return self.cluster.name

    @property
    def context(self) -> str:
        """The administrator's."""
        return self.cluster.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's way in."""
        return self.cluster.kubeconfig

    @property
    def ledger(self) -> Path:
        """Beside its other files: it goes when they go."""
        return self.cluster.plan.home.path / "ledger"

    @property
    def made_with(self) -> Mapping[str, object]:
        """What a later run cannot choose."""
        return {"nodes": len(self.cluster.nodes), "profile": self.cluster.plan.profile.name}

    @property
    def hands(self) -> EmbeddedHands:
        """Those on its machines and programs."""
        return EmbeddedHands(self.cluster)

    def controllers(self) -> list[str]:
        """The command line of its controller manager, as it runs."""
        return controller_flags.controllers(self.cluster.plan)

    def supply(self, image: str) -> tuple[str, str]:
        """The patient is there from the start, others are put on the nodes; else CannotHere."""
        try:
            if image != own.PATIENT:
                self.cluster.supply(EXTRAS[image]())
        except NoCluster as error:
            raise CannotHere(f"no image {image}: {error}") from error
        return image, "Never"

    def load(self, archive: Archive) -> None:
        """Put a user's images on every node, also on those that come later."""
        self.cluster.load(archive)

    def keep(self) -> None:
        """Let it outlive this process."""
        self.cluster.keep()

    def down(self) -> None:
        """Remove everything of it. Twice is once."""
        self.cluster.down()
