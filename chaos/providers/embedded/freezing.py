"""Standing still: groups that the kernel freezes, processes that a signal has stopped.

Only a group's own switch is turned: what was frozen inside it for itself stays so after a thaw.
"""

from __future__ import annotations

from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded.cgroup import Group
from chaos.providers.embedded.patience import STEP

PATIENCE = STEP  # a node of twenty processes was frozen in 6 ms on two idle cores
EAGER = seconds(0.005)
V1, V2 = "freezer.state", "cgroup.freeze"  # the kernel's: cgroup-v1/freezer-subsystem, cgroup-v2
STOPPED, ENDED = "T", frozenset({"", "Z", "X"})  # Linux: proc_pid_stat(5)
SIGKILL = 1 << 8  # its bit in the masks of /proc/<pid>/status: signal 9, counted from 0


def freeze(group: Group) -> None:
    """Stop every member where it stands; return when all do. Twice is once."""
    _turn(group, on=True)
    if not poll(lambda: is_frozen(group), within=PATIENCE, every=EAGER):
        _turn(group, on=False)
        raise NoCluster(f"{group.folder} could not be frozen in {PATIENCE:g} s")


def thaw(group: Group) -> None:
    """Let the members go on. Twice is once; nothing to do for a group that is gone."""
    if group.folder.exists():
        _turn(group, on=False)


def is_frozen(group: Group) -> bool:
    """Whether no member runs, by this group's switch or by that of one around it."""
    if _v1(group).exists():
        return _v1(group).read_text().strip() == "FROZEN"
    try:
        events = (group.folder / "cgroup.events").read_text()
    except OSError:
        return False  # the group is gone
    return "frozen 1" in events.splitlines()


def is_stopped(pid: int) -> bool:
    """Whether a signal has stopped a process."""
    return _state(pid) == STOPPED


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice that it is."""
    return _state(pid) in ENDED


def is_doomed(pid: int) -> bool:
    """Whether SIGKILL waits for a process: it ends before it does anything more."""
    lines = _told(pid, "status").splitlines()
    masks = [line.split()[1] for line in lines if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(int(mask, 16) & SIGKILL for mask in masks)


def _turn(group: Group, *, on: bool) -> None:
    if _v1(group).exists():
        _v1(group).write_text("FROZEN" if on else "THAWED")
    else:
        (group.folder / V2).write_text("1" if on else "0")


def _v1(group: Group) -> Path:
    return group.folder / V1


def _state(pid: int) -> str:
    """The letter of a process's state; empty when it is gone."""
    return next(iter(_told(pid, "stat").rpartition(")")[2].split()), "")


def _told(pid: int, what: str) -> str:
    try:
        return Path(f"/proc/{pid}/{what}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
