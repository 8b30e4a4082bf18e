"""The user namespace that a command without root has: who is in it, and how it is emptied.

Nobody can enter it again. So what the command began ends with it: processes first, then the
clusters that nobody holds any more.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Container
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import cgroup, inventory
from chaos.providers.embedded import cgroup_tree as tree
from chaos.providers.embedded.patience import STEP

AGAIN = seconds(0.1)  # all processes of the machine are looked at
ALL_IDS = ["0", "0", str(2**32 - 1)]  # the map of the namespace that all others are inside of


def is_here(ids: Path = Path("/proc/self/uid_map")) -> bool:
    """Whether this process is in a user namespace: there the kernel's own settings are not ours."""
    return ids.read_text(encoding="ascii").split() != ALL_IDS


def others(spared: Container[int] = ()) -> list[int]:
    """Whoever else is in this user namespace and in no cluster; nobody where there is none."""
    if not is_here():
        return []
    space = Path("/proc/self/ns/user").readlink()
    found = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    ours = {pid for pid in found if pid != os.getpid() and _space(pid) == space}
    return sorted(pid for pid in ours - {*_nodes()} if pid not in spared)


def end() -> None:
    """Have all in it end as a machine's are that is shut down: a run heals, and writes its page."""
    tree.strike(others(), signal.SIGTERM)
    poll(lambda: not others(), within=STEP, every=AGAIN)
    empty()


def empty(spared: Container[int] = ()) -> list[str]:
    """End whoever else is in this user namespace, and take down every cluster of it; their names.

    Nothing happens where there is none: what is in no user namespace is root's. Other commands have
    their clusters in the same cache: one is only ours when its groups are in ours.
    """
    if not is_here():
        return []
    if not poll(lambda: not _struck(spared), within=STEP, every=AGAIN):
        raise NoCluster(f"{others(spared)} survive SIGKILL")
    names = sorted({*inventory.free()} & {*cgroup.clusters()})
    for name in names:
        inventory.take_down(name)
    return names


def _struck(spared: Container[int]) -> list[int]:
    """Those that were there, and are killed now; some may have forked meanwhile."""
    found = others(spared)
    tree.strike(found)
    return found


def _nodes() -> list[int]:
    """The processes of all clusters."""
    return [pid for name in cgroup.clusters() for pid in cgroup.members(cgroup.group_of(name))]


def _space(pid: int) -> Path | None:
    """The user namespace of a process; None when it is gone, or another user's."""
    try:
        return Path(f"/proc/{pid}/ns/user").readlink()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
