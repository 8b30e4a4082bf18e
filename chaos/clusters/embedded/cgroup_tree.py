"""What both kinds of control groups are made of: folders in folders, each with its processes."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.clusters.embedded.patience import STEP
from chaos.errors import NoCluster

ROOT = Path("/sys/fs/cgroup")
EAGER = seconds(0.01)


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


def strike(victims: Iterable[int]) -> None:
    """SIGKILL to each of them that is still there."""
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def remove(top: Path) -> None:
    """Remove the empty group; busy for a moment after its last process died, so tried again."""
    if not poll(lambda: _gone(top), within=STEP, every=EAGER):
        raise NoCluster(f"{top} cannot be removed: {list(folders(top))}")


def _gone(top: Path) -> bool:
    for folder in folders(top):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not top.exists()
