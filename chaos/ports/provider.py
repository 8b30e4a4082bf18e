"""Who provides clusters: finds them, makes them, and has hands on what they run on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chaos.history.looked import Found
from chaos.history.timers import Timers
from chaos.options import Options
from chaos.ports.capability import Capability
from chaos.ports.cluster import Machine, Program
from chaos.ports.diagnosis import Diagnosis
from chaos.ports.inventory import Standing
from chaos.values import Json

Say = Callable[[str], None]


class Archive(Protocol):
    """A file of a user's, and the names of the images in it."""

    @property
    def tar(self) -> Path:
        """The file."""

    @property
    def names(self) -> tuple[str, ...]:
        """As pods call them."""


class Hands(Protocol):
    """Hands on what a cluster runs on. What nobody has hands on raises CannotHere."""

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget names those there are."""

    def control_plane(self, name: str) -> Program:
        """One of the control plane's programs; NoSuchTarget names those there are."""

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        """A pod's containers that run, as the node has them; ids without the runtime's name."""

    def place(self, node: str, manifest: Json) -> None:
        """Lay a static pod's manifest on a node; NoSuchTarget when there is no such node."""

    def displace(self, namespace: str) -> None:
        """Take a namespace's static pods off all nodes. Twice is once."""

    def add_node(self, node: str) -> None:
        """Add a node of this name; it is Ready when this returns."""

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so; nothing to do for others."""


class Provided(Protocol):
    """A cluster of a provider's: the way to it, the hands on it, and where its ledger lies."""

    @property
    def what(self) -> str:
        """What it is, for reports: a few words."""

    @property
    def name(self) -> str:
        """What its provider calls it."""

    @property
    def context(self) -> str:
        """The way to it: a context of its kubeconfig."""

    @property
    def kubeconfig(self) -> Path | None:
        """The file with this context; None for the user's own."""

    @property
    def ledger(self) -> Path | None:
        """Where its armed faults are written down; None: where this machine has a cluster's."""

    @property
    def made_with(self) -> Mapping[str, object]:
        """The options that it was made with, by their names; none, where nobody here made it."""

    @property
    def reachable(self) -> bool:
        """Whether this host reaches the pods' own addresses."""

    @property
    def can(self) -> frozenset[Capability]:
        """What somebody can do to it: `hands` refuse what is not in it."""

    @property
    def hands(self) -> Hands:
        """Those on its machines and programs."""

    def controllers(self) -> Sequence[str] | None:
        """The command line of its controller manager, as it runs; None where a pod says it."""

    def supply(self, image: str) -> tuple[str, str]:
        """An image of ours, where the nodes have it: its name there, and its pull policy.

        CannotHere when it cannot be had.
        """

    def load(self, archive: Archive) -> None:
        """Put a user's images on every node, also on those that come later; else NoCluster."""


class Made(Provided, Protocol):
    """A cluster that was made just now: it goes with this process, unless it is kept."""

    def keep(self) -> None:
        """Let it outlive this process."""

    def down(self) -> None:
        """Remove everything of it. Twice is once."""


@dataclass(frozen=True)
class Blueprint:
    """What a cluster would be that is not made yet."""

    nodes: tuple[str, ...]
    timers: Timers
    programs: tuple[str, ...]  # of its control plane, that somebody would have hands on


class Provider(Protocol):
    """Who has clusters."""

    @property
    def name(self) -> str:
        """As reports and `--chaos-cluster` spell it."""

    @property
    def can(self) -> frozenset[Capability]:
        """What somebody can do to a cluster of its kind."""

    def find(self, options: Options) -> Provided:
        """The cluster that the options name; nothing is asked of it. NoCluster without one."""


class Maker(Provider, Protocol):
    """Who makes them, on this machine."""

    def why_not(self) -> str:
        """Why none can be made here; empty where it can."""

    def make(self, name: str, options: Options, say: Say) -> Made:
        """A new one; it is ready for pods when this returns, or nothing of it is left."""

    def blueprint(self, options: Options) -> Blueprint:
        """What `make` would make."""

    def standing(self) -> Sequence[Standing]:
        """All that stand here, whole or in parts."""

    def take_down(self, name: str) -> None:
        """Remove one; NoCluster while a living harness holds it. Nothing happens if it is gone."""

    def fetch(self, say: Say) -> Iterable[Path]:
        """Have here what clusters are made of; where it lies."""

    def examine(self) -> Iterable[Diagnosis]:
        """What this machine has and lacks for one, in the order in which it would stop a run."""
