"""A cluster that was there before us, by its context. Nothing of it is ours but a namespace.

It has nodes and no machines: nobody here has hands on them. What would need those raises
CannotHere, and the scenario is skipped, which is no pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from chaos.errors import CannotHere
from chaos.history.looked import Found
from chaos.options import Options
from chaos.ports.capability import NONE
from chaos.ports.cluster import Machine, Program
from chaos.ports.provider import Archive
from chaos.values import Json
from chaos.workloads.wires import IMAGE

PUBLIC = {IMAGE: "ghcr.io/shopify/toxiproxy:2.12.0"}
NO_HANDS = "this cluster was there before us, and nobody here has hands on its machines"


class NoHands:
    """None on its machines, programs and containers."""

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


@dataclass(frozen=True)
class Existing:
    """The `chaos.ports.provider.Provided` of a context in the user's kubeconfig."""

    context: str
    hands: NoHands = field(default_factory=NoHands)

    can = NONE
    kubeconfig = None
    ledger = None
    reachable = False  # its pods' network is not ours: patients are asked through the API server

    @property
    def name(self) -> str:
        """It has no other."""
        return self.context

    @property
    def what(self) -> str:
        """What it is, for reports."""
        return f"context {self.context}"

    @property
    def made_with(self) -> Mapping[str, object]:
        """Nobody here knows."""
        return {}

    def controllers(self) -> None:
        """Their pod may say."""

    def supply(self, image: str) -> tuple[str, str]:
        """Toxiproxy's own image, which the nodes pull; nobody can put one of ours on them."""
        if image not in PUBLIC:
            _refuse(f"the image {image}")
        return PUBLIC[image], "IfNotPresent"

    def load(self, archive: Archive) -> None:
        """Nodes pull what they run."""
        _refuse(f"the images of {archive.tar}")


class ExistingClusters:
    """The `chaos.ports.provider.Provider` of clusters that were there before us."""

    name = "existing"
    can = NONE

    def find(self, options: Options) -> Existing:
        """The one that a context leads to."""
        return Existing(options.context)


def _refuse(what: str) -> NoReturn:
    raise CannotHere(f"{what}: {NO_HANDS}")
