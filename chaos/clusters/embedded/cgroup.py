"""Control groups: which processes are whose, asked of the kernel and never of a file of ours.

Every process of a cluster lives under one group that bears the cluster's name. Membership is
the identity: it cannot be reused as a process id can, and any later process can read it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chaos.clock import poll, seconds
from chaos.clusters.embedded.patience import STEP
from chaos.errors import NoCluster

ROOT = Path("/sys/fs/cgroup")
PREFIX = "pytest-chaos-"
ENTERED = ("freezer", "memory", "pids", "cpuacct")  # v1: whose accounts a process goes on
CONTROLLERS = frozenset({"cpu", "cpuset", "io", "memory", "pids"})  # v2: what kubelets ask for


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


@dataclass(frozen=True)
class V1:
    """A path in each of the old hierarchies; the freezer's is the authority on membership."""

    path: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where its members are listed."""
        return self.root / "freezer" / self.path.lstrip("/")

    def child(self, name: str) -> V1:
        """The group of that name inside this one."""
        return V1(f"{self.path}/{name}", self.root)

    def branch(self) -> None:
        """Make it a group that holds groups."""
        for hierarchy in self._hierarchies():
            folder = hierarchy / self.path.lstrip("/")
            folder.mkdir(exist_ok=True)
            for file in ("cpuset.cpus", "cpuset.mems"):
                _inherit(folder / file)

    def leaf(self) -> None:
        """Make it a group that holds processes: the same thing here."""
        self.branch()

    def doors(self) -> list[Path]:
        """The files into which a process writes its id to be inside."""
        folders = [self.root / name / self.path.lstrip("/") for name in ENTERED]
        return [folder / "cgroup.procs" for folder in folders if folder.exists()]

    def thaw(self) -> None:
        """Let frozen members go on."""
        for folder in _folders(self.folder):
            with contextlib.suppress(FileNotFoundError):
                (folder / "freezer.state").write_text("THAWED")

    def kill(self) -> None:
        """SIGKILL every member until none is left; v1 keeps the signal pending on frozen ones."""
        if not poll(self._strike, within=STEP, every=seconds(0.01)):
            raise NoCluster(f"{members(self)} of {self.folder} survive SIGKILL")

    def _strike(self) -> bool:
        victims = members(self)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victims:
            self.thaw()
        return not victims

    def remove(self) -> None:
        """Remove it everywhere; `unified` too, where runc mirrors its groups on a hybrid host."""
        for hierarchy in {entry.resolve() for entry in self.root.glob("*/")}:
            _remove(hierarchy / self.path.lstrip("/"))

    def _hierarchies(self) -> set[Path]:
        entries = {entry.resolve() for entry in self.root.glob("*/") if entry.name != "unified"}
        return {entry for entry in entries if (entry / "cgroup.procs").exists()}


@dataclass(frozen=True)
class V2:
    """One hierarchy; a group that hands controllers to its children holds no processes itself."""

    path: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where its members are listed."""
        return self.root / self.path.lstrip("/")

    def child(self, name: str) -> V2:
        """The group of that name inside this one."""
        return V2(f"{self.path}/{name}", self.root)

    def branch(self) -> None:
        """Make it a group that holds groups, with the controllers that a kubelet needs."""
        _delegate(self.folder.parent)
        self.folder.mkdir(exist_ok=True)
        _delegate(self.folder)

    def leaf(self) -> None:
        """Make it a group that holds processes."""
        self.folder.mkdir(exist_ok=True)

    def doors(self) -> list[Path]:
        """The files into which a process writes its id to be inside."""
        return [self.folder / "cgroup.procs"]

    def thaw(self) -> None:
        """Let frozen members go on."""
        for folder in _folders(self.folder):
            with contextlib.suppress(FileNotFoundError):
                (folder / "cgroup.freeze").write_text("0")

    def kill(self) -> None:
        """SIGKILL every member; here the kernel does it in one stroke, frozen or not."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "cgroup.kill").write_text("1")
        if not poll(lambda: not members(self), within=STEP, every=seconds(0.01)):
            raise NoCluster(f"{members(self)} of {self.folder} survive cgroup.kill")

    def remove(self) -> None:
        """Remove the empty group, and those inside it."""
        _remove(self.folder)


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
    return [pid for folder in _folders(group.folder) for pid in _processes(folder)]


def container_processes(node: Group, uid: str, container: str) -> list[int]:
    """The host's ids of a container's processes, its own pid 1 first."""
    for folder in _folders(node.folder / "kubepods"):
        if folder.name == container and folder.parent.name == f"pod{uid}":
            found = [pid for inner in _folders(folder) for pid in _processes(inner)]
            return sorted(found, key=lambda pid: namespaced(pid)[-1:])
    return []


def namespaced(pid: int) -> list[int]:
    """A process's id in each of its pid namespaces, ours first; nothing when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    ids = next((line for line in status.splitlines() if line.startswith("NSpid:")), "NSpid:")
    return [int(word) for word in ids.split()[1:]]


def _folders(top: Path) -> Iterator[Path]:
    """A group's folder and all below it, deepest first; os.walk shrugs at those that vanish."""
    return (Path(folder) for folder, _, _ in os.walk(top, topdown=False))


def _processes(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def _remove(top: Path) -> None:
    """Busy for a moment after its last process died, so tried more than once."""
    if not poll(lambda: _gone(top), within=STEP, every=seconds(0.01)):
        raise NoCluster(f"{top} cannot be removed: {list(_folders(top))}")


def _gone(top: Path) -> bool:
    for folder in _folders(top):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not top.exists()


def _inherit(file: Path) -> None:
    """In v1 a new cpuset is empty, and nothing can live in it until it has its parent's."""
    if file.exists() and not file.read_text().strip():
        file.write_text((file.parent.parent / file.name).read_text())


def _delegate(folder: Path) -> None:
    offered = set((folder / "cgroup.controllers").read_text().split())
    wanted = " ".join(f"+{controller}" for controller in sorted(CONTROLLERS & offered))
    try:
        (folder / "cgroup.subtree_control").write_text(wanted)
    except OSError as error:
        raise NoCluster(
            f"cannot hand controllers to the groups below {folder} ({error}): processes sit in it, "
            "as in a container; run on the host, or use kind (--chaos-cluster=kind)"
        ) from error
