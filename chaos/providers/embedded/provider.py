"""What the rest of the harness asks of an embedded cluster: `chaos.kube.provider.Provider`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from chaos import images, wires
from chaos.cluster import Machine, Program
from chaos.errors import CannotHere, NoCluster
from chaos.kube.client import Client
from chaos.kube.timers import timers
from chaos.looked import Found
from chaos.providers.embedded import assets
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.live import controller_flags
from chaos.source import Json, Lost, Refused
from chaos.windows import Timers
from chaos.workloads import POSTGRES

EXTRAS: dict[str, Callable[[], images.Image]] = {
    wires.IMAGE: lambda: images.toxiproxy(assets.toxiproxy(lambda _: None)),
    POSTGRES: images.postgres,
}


@dataclass(frozen=True)
class EmbeddedProvider:
    """The ground, a client of its API server, and the patient's image; `ours` if we made that."""

    ground: EmbeddedCluster
    client: Client
    image: str
    ours: bool

    reachable = True  # the bridge has a route to the pods' own addresses

    @property
    def pull_policy(self) -> str:
        """Our own images are on the nodes already; a user's may have to be fetched."""
        return "Never" if self.ours else "IfNotPresent"

    def supply(self, image: str) -> tuple[str, str]:
        """An image of ours, made and put on the nodes; CannotHere when its parts are not here."""
        try:
            self.ground.supply(EXTRAS[image]())
        except NoCluster as error:
            raise CannotHere(f"no image {image}: {error}") from error
        return image, "Never"

    @property
    def holder(self) -> str:
        """The cluster is this machine's: whoever has its ledger is the same."""
        return self.ground.name

    @cached_property
    def timers(self) -> Timers:
        """How soon the live cluster notices a dead node; the first node that answers says it."""
        *others, last = self.ground.nodes
        flags = controller_flags(self.ground.plan)
        for node in others:
            with suppress(Lost, Refused):  # a node that a killed run left dead is still booting
                return timers(self.client, node, flags)
        return timers(self.client, last, flags)

    def machine(self, node: str) -> Machine:
        """The machine under a node."""
        return self.ground.machine(node)

    def control_plane(self, name: str) -> Program:
        """One of the control plane's programs; NoSuchTarget names those there are."""
        return self.ground.control_plane.service(name)

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        """A pod's containers that run, as the node's kernel has them."""
        return tuple(hands.found() for hands in self.ground.machine(node).containers(uid))

    def place(self, node: str, manifest: Json) -> None:
        """Lay a static pod's manifest on a node."""
        self.ground.machine(node).place(manifest)

    def displace(self, namespace: str) -> None:
        """Take a namespace's static pods off all nodes. Twice is once."""
        for node in self.ground.nodes:
            self.ground.machine(node).displace(namespace)

    def add_node(self, node: str) -> None:
        """Add a node of this name; it is Ready when this returns."""
        self.ground.join(node)

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so; nothing to do for others."""
        self.ground.part(node)
