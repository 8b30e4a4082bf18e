"""A cluster that was there before us, by its context. Nothing of it is ours but a namespace.

It has nodes and no machines: nobody here has hands on them. What would need those raises
CannotHere, and the scenario is skipped, which is no pass.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from chaos.cluster import Machine, Program
from chaos.errors import CannotHere
from chaos.kube.client import Client
from chaos.kube.timers import controller_flags, timers
from chaos.looked import Found
from chaos.providers.embedded.home import cache
from chaos.source import Json
from chaos.windows import Timers
from chaos.wires import IMAGE

PUBLIC = {IMAGE: "ghcr.io/shopify/toxiproxy:2.12.0"}
NO_HANDS = "this cluster was there before us, and nobody here has hands on its machines"


@dataclass(frozen=True)
class ExistingCluster:
    """The `chaos.kube.provider.Provider` of a context."""

    context: str
    client: Client
    image: str

    pull_policy = "IfNotPresent"
    reachable = False  # its pods' network is not ours: patients are asked through the API server

    @cached_property
    def identity(self) -> str:
        """The same for everybody who reaches this cluster, by whatever name."""
        found = self.client.get("/api/v1/namespaces/kube-system")
        return str(found["metadata"]["uid"])

    @property
    def ledger(self) -> Path:
        """Where its armed faults are written down, on this machine."""
        return cache() / "existing" / self.identity / "ledger"

    @property
    def holder(self) -> str:
        """The machine, and the user's ledger on it."""
        folder = hashlib.sha256(str(self.ledger).encode()).hexdigest()[:8]
        return f"{platform.node()}-{folder}"

    @cached_property
    def nodes(self) -> list[str]:
        """The names of its nodes."""
        return [node["metadata"]["name"] for node in self.client.get("/api/v1/nodes")["items"]]

    @cached_property
    def timers(self) -> Timers:
        """How soon it notices a dead node."""
        return timers(self.client, self.nodes[0], controller_flags(self.client))

    def supply(self, image: str) -> tuple[str, str]:
        """Toxiproxy's own image, which the nodes pull; nobody can put one of ours on them."""
        if image not in PUBLIC:
            raise CannotHere(f"{image}: {NO_HANDS}, so nobody can put that image there")
        return PUBLIC[image], self.pull_policy

    def machine(self, node: str) -> Machine:
        """Nobody has hands on it."""
        _refuse(f"node {node}")

    def control_plane(self, name: str) -> Program:
        """Nor on these."""
        _refuse(name)

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        """Nor eyes."""
        _refuse(f"the containers of {uid} on {node}")

    def place(self, node: str, manifest: Json) -> None:
        """A static pod's manifest lies on a node's disk."""
        _refuse(f"the static pod {manifest['metadata']['name']} on {node}")

    def displace(self, namespace: str) -> None:
        """None was placed."""

    def add_node(self, node: str) -> None:
        """Machines come from elsewhere."""
        _refuse(f"a new node {node}")

    def remove_node(self, node: str) -> None:
        """None was added."""


def _refuse(what: str) -> NoReturn:
    raise CannotHere(f"{what}: {NO_HANDS}")
