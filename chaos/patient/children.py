"""Looks for the patient's child process, from beside it: as `ps` would, where no image has that.

    patient-children

It is run in the patient's container, and exits with 0 where a child lives, 1 where none does, and 2
where processes cannot be looked at. A child has its parent's command line, as no other process of
the container has; one that has ended, and was not reaped yet, has none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

LIVES, DEAD, UNSEEN = 0, 1, 2


class Process(NamedTuple):
    """What /proc says of a process."""

    pid: str
    parent: str
    words: bytes  # of its command line, a zero byte behind each
    group: bytes  # its cgroups: pods may show each container the others' processes


def main(proc: str = "/proc") -> int:
    """The exit status."""
    try:
        group = read(proc, "self", "cgroup")
        ours = {one.pid: one for one in processes(proc) if one.group == group and one.words}
    except OSError:
        return UNSEEN
    parents = ((one, ours.get(one.parent)) for one in ours.values())
    return LIVES if any(p and p.words == child.words for child, p in parents) else DEAD


def processes(proc: str) -> Iterator[Process]:
    """All that there are; one that ends while it is looked at is none."""
    every = os.listdir(proc)  # noqa: PTH208 - pathlib is not worth its import
    for pid in filter(str.isdigit, every):
        try:
            words, group = read(proc, pid, "cmdline"), read(proc, pid, "cgroup")
            yield Process(pid, parent(read(proc, pid, "stat")), words, group)
        except (FileNotFoundError, ProcessLookupError):
            continue


def parent(stat: bytes) -> str:
    """The parent's number: two words behind the name, which is in brackets and may hold any."""
    return stat.rpartition(b")")[2].split()[1].decode()


def read(proc: str, pid: str, name: str) -> bytes:
    """A file about a process."""
    with open(f"{proc}/{pid}/{name}", "rb") as file:  # noqa: PTH123
        return file.read()
