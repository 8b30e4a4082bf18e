"""The port that whoever made the cluster fills: its machines, its programs, its settings."""

from __future__ import annotations

from typing import Protocol

from chaos.cluster import Machine, Program
from chaos.looked import Found
from chaos.source import Json
from chaos.windows import Timers


class Provider(Protocol):
    """Who made the cluster: it knows the machines, and has the patient's image."""

    @property
    def image(self) -> str:
        """The patient's image, as the nodes know it."""

    @property
    def pull_policy(self) -> str:
        """Never, when the image is on the nodes already; else IfNotPresent."""

    def supply(self, image: str) -> tuple[str, str]:
        """An image of ours, where the nodes have it: its name there, and its pull policy.

        CannotHere when it cannot be had.
        """

    @property
    def timers(self) -> Timers:
        """How soon the live cluster notices a dead node."""

    @property
    def holder(self) -> str:
        """Who takes nodes: the same for whoever heals after us."""

    @property
    def reachable(self) -> bool:
        """Whether this host reaches the pods' own addresses."""

    def machine(self, node: str) -> Machine:
        """The machine under a node."""

    def control_plane(self, name: str) -> Program:
        """One of the control plane's programs; NoSuchTarget names those there are."""

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        """A pod's containers that run, as the node has them; ids without the runtime's name."""

    def place(self, node: str, manifest: Json) -> None:
        """Lay a static pod's manifest on a node; NoSuchTarget when there is no such node."""

    def displace(self, namespace: str) -> None:
        """Take a namespace's static pods off all nodes. Twice is once."""

    def add_node(self, node: str) -> None:
        """Add a node of this name."""

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so."""
