"""Which clusters stand on this machine, whose they are, and how one is taken down by its name.

All this is asked of the kernel: groups by their names, links by their addresses, owners by their
locks. So it works from any process, also when the run that made the cluster was killed.
"""

from __future__ import annotations

import shutil

import filelock

from chaos.clock import Seconds, poll, seconds
from chaos.errors import NoCluster
from chaos.ports.inventory import Owner, Standing
from chaos.providers.embedded import bounded, cgroup, network
from chaos.providers.embedded.home import Home, all_homes
from chaos.providers.embedded.patience import STEP

PATIENCE = seconds(5)


def running() -> list[Standing]:
    """Every embedded cluster of this machine."""
    names = {home.name for home in all_homes()} | set(cgroup.clusters())
    return [Standing(name, _owner(Home(name))) for name in sorted(names)]


def free() -> list[str]:
    """The names of our clusters that no harness holds: never one of another user's cache."""
    return [one.name for one in running() if one.owner in {Owner.NOBODY, Owner.KEPT}]


def take_down(name: str, *, patience: Seconds = PATIENCE) -> None:
    """Remove everything of a cluster, by its name alone; nothing happens if it is gone.

    Refused while a living harness holds it. `patience` covers one that is just taking it down.
    """
    home = Home(name)
    lock = home.lock()
    try:
        lock.acquire(timeout=patience)
    except filelock.Timeout as error:
        raise NoCluster(
            f"cluster {name} belongs to a harness that is running; end that one first"
        ) from error
    try:
        clear(name)
    finally:
        home.release(lock)


def clear(name: str) -> None:
    """Remove everything of a cluster whose lock the caller holds: processes first, files last."""
    group = cgroup.group_of(name)
    group.kill()
    network.remove(name)
    group.remove()
    home = Home(name)
    if not poll(lambda: _removed(home), within=STEP, every=seconds(0.02)):
        raise NoCluster(f"{home.path} cannot be removed: after {STEP:g} s it is still there")


def _removed(home: Home) -> bool:
    bounded.take_away(home.path)
    shutil.rmtree(home.path, ignore_errors=True)
    return not home.exists


def _owner(home: Home) -> Owner:
    if not home.exists and not home.is_held():
        return Owner.ELSEWHERE
    if home.kept:
        return Owner.KEPT
    return Owner.HARNESS if home.is_held() else Owner.NOBODY
