"""Who uses a cluster, and who heals on it now: two locks in its ledger's folder.

    lock      a run's, as long as it lasts; `chaos heal`'s; the switch's, when its run is gone
    healing   whoever heals, while it does: no two undo one fault at once

The kernel lets go of both when their holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from chaos import private
from chaos.clock import Seconds, minutes, seconds
from chaos.errors import ChaosError, NotHealed

MOMENT = seconds(2)  # for a killed run to die, and for a switch with one lock to get the other
HEALING = minutes(2)  # nodes boot in 15 s; an API server that is away costs each patient 30 s
AFTERWARDS = seconds(5)  # for who has healed to let go of the cluster

Say = Callable[[str], object]


@contextlib.contextmanager
def held(folder: Path, say: Say, *, patience: Seconds = MOMENT) -> Iterator[None]:
    """Keep a cluster for this process; it waits for who is healing, and for nobody else."""
    lock = _lock(folder, "lock")
    try:
        lock.acquire(timeout=patience)
    except Timeout as taken:
        if not _healed_at_last(folder, lock, say):
            raise ChaosError(
                f"another run uses this cluster (its ledger {folder} is held): "
                "wait for it, or use another cluster"
            ) from taken
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def healing(folder: Path) -> Iterator[None]:
    """Heal alone: wait for who is at it, the switch of this run for one."""
    lock = _lock(folder, "healing")
    try:
        lock.acquire(timeout=HEALING)
    except Timeout as taken:
        raise NotHealed(
            f"another process has been healing this cluster for more than {HEALING:g} s "
            f"({lock.lock_file} is held): look what it waits for, then run `chaos heal`"
        ) from taken
    try:
        yield
    finally:
        lock.release()


def _healed_at_last(folder: Path, lock: FileLock, say: Say) -> bool:
    """Whether the cluster is ours after all, once somebody has healed it who was at it."""
    work = _lock(folder, "healing")
    try:
        work.acquire(timeout=0)
    except Timeout:
        say(f"the faults of another run are being healed: waiting, at most {HEALING:g} s")
    else:
        work.release()
        return False
    try:
        work.acquire(timeout=HEALING)
        work.release()
        lock.acquire(timeout=AFTERWARDS)
    except Timeout:
        return False
    return True


def _lock(folder: Path, name: str) -> FileLock:
    private.folder(folder)  # a page names a module to be imported
    return FileLock(folder / name, mode=private.FILE)
