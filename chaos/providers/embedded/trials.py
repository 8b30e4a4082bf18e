"""What of a cluster may fail on a machine: tried one by one without a cluster, and taken away.

Each takes a fraction of a second, in the order of `ALL`, and says what it saw; NoCluster says what
is in the way, and what to do about it.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chaos import private
from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.options import Options
from chaos.private import cache
from chaos.providers.embedded import inotify, snapshots
from chaos.providers.embedded.blocks import PORT, RANGE
from chaos.providers.embedded.cgroup import V2, group_of
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.inventory import clear
from chaos.providers.embedded.network import listening
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.program import Program
from chaos.providers.embedded.switch import Switch

ROOM_MIB = 1000  # measured: programs 268, images 64, all of a cluster after an hour 295
LONGEST_SOCKET = "seed.sock.ttrpc"
ELSEWHERE = "set XDG_CACHE_HOME to another folder"
KNOCK, EAGER = seconds(5), seconds(0.02)
LISTEN = "import socket, sys; s = socket.create_server((sys.argv[1], int(sys.argv[2]))); s.accept()"


def groups() -> str:
    """Whether a node's group can be made, with what a kubelet asks for."""
    group = group_of(_name())
    if not isinstance(group, V2):
        return "v1"
    try:
        group.branch()
        handed = (group.folder / "cgroup.subtree_control").read_text().split()
    finally:
        group.remove()
    return f"v2, handing down {' '.join(handed)}"


def folder() -> str:
    """Whether clusters can live where they would."""
    place = private.folder(cache())
    Home(_name()).socket(LONGEST_SOCKET)
    if os.statvfs(place).f_flag & os.ST_NOEXEC:
        raise NoCluster(f"no program can be run from {place} (noexec); {ELSEWHERE}")
    free = shutil.disk_usage(place).free >> 20
    if free < ROOM_MIB:
        raise NoCluster(f"{free} MiB free in {place}, {ROOM_MIB} are wanted; {ELSEWHERE}")
    if snapshots.way(place) == snapshots.OVERLAYS:
        return f"{place} bears overlays"
    return f"{place} bears no overlay (as in a container): containers get copies of their images"


def network() -> str:
    """Whether this host's filters let it call into a cluster's network."""
    with _switch() as switch:
        block = switch.start(assets=Path("/"))
        _listen(switch, str(block.gateway))
        if not _answers(str(block.gateway)):
            raise NoCluster(
                f"calls from this host to {block.gateway} come to nothing: let its firewall pass "
                f"what goes out to {RANGE} and its answers (links chaos0 to chaos15)"
            )
    return f"{block.subnet} is free, and this host reaches it"


@contextmanager
def _switch() -> Iterator[Switch]:
    """That of a cluster of which there is nothing else; held, so that nobody clears it away."""
    name = _name()
    home, lock = Home(name), Home(name).lock()
    with lock:
        try:
            home.create()
            group_of(name).branch()
            yield Switch(name)
        finally:
            clear(name)
            home.release(lock)


def instances() -> str:
    """Whether the kernel has inotify instances left for the kubelets of a small cluster."""
    return inotify.left_for(Options().nodes)


def _name() -> str:
    return f"doctor-{os.getpid()}"


def _listen(switch: Switch, address: str) -> None:
    """Listen where an API server would."""
    there = Program(Path(sys.executable).name, switch.holder.group, switch.holder.log)
    words = (sys.executable, "-c", LISTEN, address, str(PORT))
    there.start(switch.enter(*words), assets=Path("/"))
    (pid,) = there.pids()
    table = Path(f"/proc/{pid}/net/tcp")
    if not poll(lambda: PORT in listening(table.read_text()), within=STEP, every=EAGER):
        raise there.died()


def _answers(address: str) -> bool:
    with suppress(OSError), socket.create_connection((address, PORT), timeout=KNOCK):
        return True
    return False


ALL = {"cgroups": groups, "folder": folder, "network": network, "inotify": instances}
