"""Control groups of the old kind: a hierarchy for each controller, the same paths in each."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import poll
from chaos.errors import NoCluster
from chaos.providers.embedded import cgroup_tree as tree
from chaos.providers.embedded.patience import STEP

ENTERED = ("freezer", "memory", "pids", "cpuacct")  # whose accounts a process goes on


@dataclass(frozen=True)
class V1:
    """A path in each of the old hierarchies; the freezer's is the authority on membership."""

    path: str
    root: Path = tree.ROOT

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
            tree.make(folder)
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
        for folder in tree.folders(self.folder):
            with contextlib.suppress(FileNotFoundError):
                (folder / "freezer.state").write_text("THAWED")

    def kill(self) -> None:
        """SIGKILL every member until none is left; v1 keeps the signal pending on frozen ones."""
        if not poll(self._strike, within=STEP, every=tree.EAGER):
            raise NoCluster(f"{tree.inside(self.folder)} of {self.folder} survive SIGKILL")

    def _strike(self) -> bool:
        victims = tree.inside(self.folder)
        tree.strike(victims)
        if victims:
            self.thaw()
        return not victims

    def remove(self) -> None:
        """Remove it everywhere; `unified` too, where runc mirrors its groups on a hybrid host."""
        for hierarchy in {entry.resolve() for entry in self.root.glob("*/")}:
            tree.remove(hierarchy / self.path.lstrip("/"))

    def _hierarchies(self) -> set[Path]:
        entries = {entry.resolve() for entry in self.root.glob("*/") if entry.name != "unified"}
        return {entry for entry in entries if (entry / "cgroup.procs").exists()}


def _inherit(file: Path) -> None:
    """In v1 a new cpuset is empty, and nothing can live in it until it has its parent's."""
    if file.exists() and not file.read_text().strip():
        file.write_text((file.parent.parent / file.name).read_text())
