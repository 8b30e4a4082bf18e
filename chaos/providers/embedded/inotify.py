"""The kernel's inotify instances, of which a user has a fixed number for all that he runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chaos.errors import NoCluster

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
CONTROL_PLANE, NODE = 4, 10  # open once they are Ready; measured: benchmarks/cluster_start.py
INSTANCE = Path("anon_inode:inotify")


def left_for(nodes: int, *, plane: bool = True) -> str:
    """How many are in use; NoCluster if so many nodes, and their control plane, want more.

    A kubelet that gets none ends in words of its own, a minute after it was started.
    """
    if not LIMIT.exists():
        return "this kernel tells no limit"
    return judged(sum(_held()), int(LIMIT.read_text()), nodes, plane=plane)


def judged(used: int, most: int, nodes: int, *, plane: bool) -> str:
    """The same, of numbers that are known."""
    wanted = nodes * NODE + plane * CONTROL_PLANE
    if used + wanted <= most:
        return f"{used} of {most} instances in use"
    enough = max(1, most)
    while enough < used + wanted:
        enough *= 2
    who = f"{nodes} node{'s' * (nodes > 1)}" + " and a control plane" * plane
    raise NoCluster(
        f"{used} of the kernel's {most} inotify instances are in use, and {wanted} more are wanted"
        f" for {who}: as root, sysctl fs.inotify.max_user_instances={enough}"
    )


def open_in(process: Path) -> int:
    """How many a process has; none when it is gone."""
    with suppress(OSError):
        return sum(_is_one(file) for file in (process / "fd").iterdir())
    return 0


def _held() -> Iterator[int]:
    """How many each process of this user's has."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.stat().st_uid == os.geteuid():
                yield open_in(process)


def _is_one(file: Path) -> bool:
    with suppress(OSError):
        return file.readlink() == INSTANCE
    return False
