"""Where a cluster's files lie, and whose the cluster is.

A cluster belongs to the harness that holds its lock. The kernel lets go of the lock when the
harness dies, however it dies, so nobody has to guess whether a process id is still the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import filelock

from chaos import private
from chaos.errors import NoCluster, quoted
from chaos.private import cache

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?")
SOCKET_PATH_LIMIT = 107  # bytes; sun_path of unix(7), less its closing zero
HIDDEN = ("/run", "/var/lib", "/var/log", "/proc", "/sys")  # a node sees its own instead


@dataclass(frozen=True)
class Home:
    """The private folder of one cluster, there from before its first process to after its last."""

    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise NoCluster(
                f"a cluster cannot be named {quoted(self.name)}: expected at most 30 of a-z, "
                "0-9 and -, beginning and ending with a letter or digit"
            )

    @property
    def path(self) -> Path:
        """The folder itself."""
        return cache() / "clusters" / self.name

    @property
    def log(self) -> Path:
        """What the programs print, one file each."""
        return self.path / "log"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's way in."""
        return self.path / "kubeconfig"

    @property
    def nodes(self) -> Path:
        """One folder for each node."""
        return self.path / "nodes"

    @property
    def kept(self) -> bool:
        """Whether the cluster is to outlive the harness that made it."""
        return (self.path / "kept").exists()

    @property
    def exists(self) -> bool:
        """Whether anything of the cluster may be there."""
        return self.path.exists()

    def socket(self, name: str) -> Path:
        """The path of a unix socket, refused when the kernel would refuse it."""
        path = self.path / name
        if len(bytes(path)) > SOCKET_PATH_LIMIT:
            raise NoCluster(
                f"{path} is {len(bytes(path))} bytes long, a socket's path may have "
                f"{SOCKET_PATH_LIMIT}: set XDG_CACHE_HOME to a shorter folder"
            )
        return path

    def create(self) -> None:
        """Make the folder, for nobody else's eyes."""
        for hidden in HIDDEN:
            if self.path.resolve().is_relative_to(hidden):
                raise NoCluster(
                    f"{self.path} lies in {hidden}, which a node hides behind its own: "
                    "set XDG_CACHE_HOME to another folder"
                )
        private.folder(cache())
        private.folder(self.path.parent)
        self.path.mkdir(mode=private.FOLDER)
        private.folder(self.log)
        private.folder(self.nodes)

    def keep(self) -> None:
        """Mark the cluster as one that nobody has to hold."""
        (self.path / "kept").touch()

    @property
    def lock_path(self) -> Path:
        """Beside the folder: it is held while the folder is removed and made again."""
        return self.path.with_name(f"{self.name}.lock")

    def lock(self) -> filelock.FileLock:
        """Held as long as the harness lives."""
        private.folder(self.lock_path.parent)
        return filelock.FileLock(self.lock_path, mode=private.FILE, thread_local=False)

    def release(self, lock: filelock.FileLock) -> None:
        """Let go of the lock, and first of its file if the cluster is gone."""
        if not self.exists:
            self.lock_path.unlink(missing_ok=True)
        lock.release()

    def is_held(self) -> bool:
        """Whether a living harness holds the cluster."""
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return True
        self.release(lock)
        return False


def all_homes() -> list[Home]:
    """Every cluster that left a folder here."""
    folder = cache() / "clusters"
    return [Home(entry.name) for entry in sorted(folder.glob("*/")) if NAME.fullmatch(entry.name)]
