"""What both kinds of control groups are made of: folders in folders, each with its processes."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded.patience import STEP

ROOT = Path("/sys/fs/cgroup")
EAGER = seconds(0.01)
REMEDIES = {
    errno.EBUSY: "processes sit in it that cannot be moved: run on the host",
    errno.EROFS: "this container may not (docker run --privileged may): run on the host",
    errno.EACCES: "this user may not: become root of the host",
}


def folders(top: Path) -> Iterator[Path]:
    """A group's folder and all below it, deepest first; os.walk shrugs at those that vanish."""
    return (Path(folder) for folder, _, _ in os.walk(top, topdown=False))


def processes(folder: Path) -> list[int]:
    """The processes of one group, without those of the groups inside it."""
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def inside(top: Path) -> list[int]:
    """Every process of a group and of those inside it."""
    return [pid for folder in folders(top) for pid in processes(folder)]


def make(folder: Path) -> None:
    """Make a group, unless it is there."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise NoCluster(f"cannot make the group {folder}: {why(error)}") from error


def why(error: OSError) -> str:
    """What the kernel said, and what to do about it."""
    return f"{error.strerror}: {REMEDIES.get(error.errno or 0, 'run on another host')}"


def strike(victims: Iterable[int], how: int = signal.SIGKILL) -> None:
    """Send a signal to each of them that is still there."""
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def remove(top: Path) -> None:
    """Remove the empty group; busy for a moment after its last process died, so tried again."""
    if not poll(lambda: _gone(top), within=STEP, every=EAGER):
        raise NoCluster(f"{top} cannot be removed: {list(folders(top))}")


def _gone(top: Path) -> bool:
    for folder in folders(top):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not top.exists()
