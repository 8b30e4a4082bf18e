"""What this machine can run, and what is missing: looked at, nothing changed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "nft": "nftables",
    "sysctl": "procps",
}
ROOM_MIB = 1500  # measured: a cluster of two nodes takes under 700 MiB, its scenarios the rest


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was expected, what was seen, what to do."""

    what: str
    well: bool
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line for the terminal."""
        mark = "ok     " if self.well else "missing"
        return f"{mark} {self.what}: {self.seen}{'; ' + self.remedy if self.remedy else ''}"


def examine() -> list[Finding]:
    """All findings about the embedded cluster, in the order in which they would stop a run."""
    return [*_system(), *_programs(), _runtime(), _memory()]


def _system() -> Iterator[Finding]:
    linux = sys.platform.startswith("linux")
    yield Finding(
        "Linux", linux, sys.platform, "" if linux else "use --chaos-cluster=kind on this system"
    )
    if not linux:
        return
    root = os.geteuid() == 0
    remedy = "" if root else "run with sudo, or use --chaos-cluster=kind"
    yield Finding("root", root, "yes" if root else f"user {os.geteuid()}", remedy)
    version = "v2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "v1"
    yield Finding("cgroups", Path("/sys/fs/cgroup").exists(), version)


def _programs() -> Iterator[Finding]:
    for program, package in PROGRAMS.items():
        path = shutil.which(program)
        remedy = "" if path else f"apt-get install {package}"
        yield Finding(program, path is not None, path or "not in PATH", remedy)


def _runtime() -> Finding:
    """Where Kubernetes itself comes from is told by the first run; runc is told here."""
    path = shutil.which("runc")
    if path:
        return Finding("runc", well=True, seen=path)
    return Finding("runc", True, "not in PATH", "downloaded if need be, or apt-get install runc")


def _memory() -> Finding:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError as error:
        return Finding("memory", well=False, seen=str(error))
    free = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable"))
    remedy = "" if free >= ROOM_MIB else f"a cluster and its scenarios want {ROOM_MIB} MiB"
    return Finding("memory", free >= ROOM_MIB, f"{free} MiB available", remedy)
