"""Control groups: which processes are whose, asked of the kernel and never of a file of ours.

Every process of a cluster lives under one group that bears the cluster's name. Membership is
the identity: it cannot be reused as a process id can, and any later process can read it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from chaos.errors import NoCluster
from chaos.providers.embedded import cgroup_tree as tree
from chaos.providers.embedded.cgroup_tree import ROOT
from chaos.providers.embedded.cgroup_v1 import V1
from chaos.providers.embedded.cgroup_v2 import V2

__all__ = ["ROOT", "V1", "V2", "Group", "clusters", "container_processes", "group_of", "members"]

PREFIX = "pytest-chaos-"


class Group(Protocol):
    """A group of processes and of groups."""

    @property
    def path(self) -> str:
        """Its path below the root of a hierarchy: what the kubelet calls a cgroup root."""

    @property
    def folder(self) -> Path:
        """Where its members are listed."""

    def child(self, name: str) -> Group:
        """The group of that name inside this one."""

    def branch(self) -> None:
        """Make it a group that holds groups."""

    def leaf(self) -> None:
        """Make it a group that holds processes."""

    def doors(self) -> list[Path]:
        """The files into which a process writes its id to be inside."""

    def thaw(self) -> None:
        """Let frozen members go on."""

    def kill(self) -> None:
        """SIGKILL every member, frozen or not, until none is left."""

    def remove(self) -> None:
        """Remove the empty group, and those inside it, from every hierarchy."""


def group_of(cluster: str) -> Group:
    """The group of everything that belongs to the cluster, in whichever kind this host has."""
    if (ROOT / "freezer").is_dir():
        return V1(f"/{PREFIX}{cluster}")
    if (ROOT / "cgroup.controllers").exists():
        return V2(f"/{PREFIX}{cluster}")
    raise NoCluster(f"neither a freezer hierarchy nor cgroup v2 is mounted on {ROOT}")


def clusters() -> list[str]:
    """The names of all clusters that have a group."""
    folder = group_of("any").folder.parent
    return sorted(entry.name.removeprefix(PREFIX) for entry in folder.glob(f"{PREFIX}*/"))


def members(group: Group) -> list[int]:
    """Every process of the group and of those inside it."""
    return tree.inside(group.folder)


def container_processes(node: Group, uid: str, container: str) -> list[int]:
    """The host's ids of a container's processes, its own pid 1 first."""
    for folder in tree.folders(node.folder / "kubepods"):
        if folder.name == container and folder.parent.name == f"pod{uid}":
            return sorted(tree.inside(folder), key=lambda pid: namespaced(pid)[-1:])
    return []


def namespaced(pid: int) -> list[int]:
    """A process's id in each of its pid namespaces, ours first; nothing when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    ids = next((line for line in status.splitlines() if line.startswith("NSpid:")), "NSpid:")
    return [int(word) for word in ids.split()[1:]]
