"""Control groups of the new kind: one hierarchy, controllers handed down from group to group."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import poll
from chaos.errors import NoCluster
from chaos.providers.embedded import cgroup_tree as tree
from chaos.providers.embedded.patience import STEP

# Those without which a kubelet does not start where the root offers them (kubernetes:
# pkg/kubelet/cm/cgroup_v2_manager_linux.go), and the one that counts what is read and written.
CONTROLLERS = frozenset({"cpu", "cpuset", "hugetlb", "memory", "pids", "io"})


@dataclass(frozen=True)
class V2:
    """One hierarchy; a group that hands controllers to its children holds no processes itself."""

    path: str
    root: Path = tree.ROOT

    @property
    def folder(self) -> Path:
        """Where its members are listed."""
        return self.root / self.path.lstrip("/")

    def child(self, name: str) -> V2:
        """The group of that name inside this one."""
        return V2(f"{self.path}/{name}", self.root)

    def branch(self) -> None:
        """Make it a group that holds groups, with the controllers that a kubelet needs."""
        if self.folder.parent == self.root:
            _give_way(self.root)
        _delegate(self.folder.parent)
        self.leaf()
        _delegate(self.folder)

    def leaf(self) -> None:
        """Make it a group that holds processes."""
        tree.make(self.folder)

    def doors(self) -> list[Path]:
        """The files into which a process writes its id to be inside."""
        return [self.folder / "cgroup.procs"]

    def thaw(self) -> None:
        """Let frozen members go on."""
        for folder in tree.folders(self.folder):
            with contextlib.suppress(FileNotFoundError):
                (folder / "cgroup.freeze").write_text("0")

    def kill(self) -> None:
        """SIGKILL every member, frozen or not: since Linux 5.14 in one stroke."""
        if not poll(self._struck, within=STEP, every=tree.EAGER):
            raise NoCluster(f"{tree.inside(self.folder)} of {self.folder} survive SIGKILL")

    def _struck(self) -> bool:
        """Whether none is left; those that are, are killed."""
        victims = tree.inside(self.folder)
        if victims and (stroke := self.folder / "cgroup.kill").exists():
            stroke.write_text("1")
        elif victims:
            tree.strike(victims)
        return not victims

    def remove(self) -> None:
        """Remove the empty group, and those inside it."""
        tree.remove(self.folder)


def _delegate(folder: Path) -> None:
    """Hand what a kubelet asks for, and this kernel offers, to the groups below."""
    try:
        offered = {*(folder / "cgroup.controllers").read_text().split()}
        handed = " ".join(f"+{controller}" for controller in sorted(CONTROLLERS & offered))
        (folder / "cgroup.subtree_control").write_text(handed)
    except OSError as error:
        why = tree.why(error)
        raise NoCluster(f"cannot hand controllers to the groups below {folder}: {why}") from error


def _give_way(root: Path) -> None:
    """Move the processes of a container's own root aside, into a leaf.

    To a container its group looks like the root, and is none: it may not hold both processes and
    groups. So do `dind` of Docker and the nodes of kind.
    """
    if not (root / "cgroup.type").exists():
        return  # the kernel's own root has no such file, and may hold both
    aside = root / "init"
    if tree.processes(root):
        tree.make(aside)
        poll(lambda: not _moved(root, aside), within=STEP, every=tree.EAGER)


def _moved(group: Path, aside: Path) -> list[int]:
    """Those that were found in a group, and are moved now; some may have forked meanwhile."""
    found = tree.processes(group)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            (aside / "cgroup.procs").write_text(str(pid))
    return found
