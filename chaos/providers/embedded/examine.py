"""What this machine can run, and what is missing: looked at, or tried and taken away again."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chaos.errors import ChaosError, NoCluster, one_line
from chaos.ports.diagnosis import Diagnosis
from chaos.private import cache
from chaos.providers.embedded import assets, atomic, build, entitled, trials
from chaos.providers.embedded.releases import PROGRAMS as NEEDED
from chaos.visible import without_password

KIND = "kind is not supported yet"

PROGRAMS = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "nft": "nftables",
    "sysctl": "procps",
}
ROOM_MIB = 1500  # measured: a cluster of two nodes takes under 700 MiB, its scenarios the rest


@dataclass(frozen=True)
class Host:
    """What is looked at: this machine, or in a test another."""

    platform: str = sys.platform
    user: int = field(default_factory=lambda: os.geteuid() if hasattr(os, "geteuid") else -1)
    which: Callable[[str], str | None] = field(default_factory=lambda: _which)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = Path("/")
    cached: Callable[[], tuple[Path, list[str]]] = field(default_factory=lambda: _cached)
    compiler: Callable[[], str] = field(default_factory=lambda: build.compiler)
    trials: Mapping[str, Callable[[], str]] = field(default_factory=lambda: trials.ALL)
    rootless: Callable[[], str] = field(default_factory=lambda: entitled.why_not)


def examine(host: Host | None = None) -> list[Diagnosis]:
    """All about the embedded cluster, in the order in which they would stop a run."""
    host = host or Host()
    if not host.platform.startswith("linux"):
        return [Diagnosis("Linux", well=False, seen=host.platform, remedy=f"use Linux ({KIND})")]
    needed = [*_system(host), *_tools(host)]
    can_try = host.user == 0 and all(finding.well for finding in needed)
    tried = _tried(host) if can_try else ()
    return [*needed, *tried, _kubernetes(host), _runtime(host), _memory(host)]


def _system(host: Host) -> Iterator[Diagnosis]:
    yield Diagnosis("Linux", well=True, seen=host.platform)
    yield Diagnosis("root", well=True, seen="yes") if host.user == 0 else _rootless(host)


def _rootless(host: Host) -> Diagnosis:
    """Whether a user who is not root can do without: inside, more can be tried."""
    if why := host.rootless():
        remedy = f"run with sudo; not without root: {why} ({KIND})"
        return Diagnosis("root", well=False, seen=f"user {host.user}", remedy=remedy)
    seen = f"user {host.user}, who can do without: chaos rootless COMMAND"
    return Diagnosis("root", well=True, seen=seen, remedy="chaos rootless chaos doctor tries more")


def _tools(host: Host) -> Iterator[Diagnosis]:
    for program, package in PROGRAMS.items():
        path = host.which(program)
        remedy = "" if path else f"apt-get install {package}"
        yield Diagnosis(program, well=path is not None, seen=path or "not in PATH", remedy=remedy)


def _tried(host: Host) -> Iterator[Diagnosis]:
    """What was tried: each says what it saw, or what is in the way and what to do about it."""
    for what, trial in host.trials.items():
        try:
            yield Diagnosis(what, well=True, seen=trial())
        except (ChaosError, OSError) as error:
            yield Diagnosis(what, well=False, seen=one_line(error))


def _kubernetes(host: Host) -> Diagnosis:
    """Where the programs would come from; nothing is fetched, nobody is asked."""
    what = "Kubernetes"
    if named := host.environ.get("CHAOS_ASSETS"):
        missing = _missing(Path(named))
        seen = f"CHAOS_ASSETS={named}" + (f" lacks {', '.join(missing)}" if missing else "")
        remedy = "complete it, or unset it" if missing else ""
        return Diagnosis(what, well=not missing, seen=seen, remedy=remedy)
    folder, wrong = host.cached()
    if not wrong:
        return Diagnosis(what, well=True, seen=f"cached in {folder}")
    source = without_password(host.environ.get("CHAOS_MIRROR", "dl.k8s.io and github.com"))
    try:
        way = f"or built by {host.compiler()}"
    except NoCluster as error:
        way = f"not to be built ({error})"
    remedy = f"downloaded from {source} (not tried), {way}"
    return Diagnosis(what, well=True, seen="not here yet", remedy=remedy)


def _which(program: str) -> str | None:
    """Where a program is found: by root in its PATH, by others as `chaos rootless` has it."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(
        program, path=path if os.geteuid() == 0 else f"{path}:{entitled.ADMINISTRATORS}"
    )


def _missing(folder: Path) -> list[str]:
    return [name for name in NEEDED if not os.access(folder / name, os.X_OK)]


def _cached() -> tuple[Path, list[str]]:
    folder = cache() / "assets" / assets.key()
    return folder, atomic.faults_of(folder)


def _runtime(host: Host) -> Diagnosis:
    path = host.which("runc")
    if path:
        return Diagnosis("runc", well=True, seen=path)
    remedy = "downloaded if need be, or apt-get install runc"
    return Diagnosis("runc", well=True, seen="not in PATH", remedy=remedy)


def _memory(host: Host) -> Diagnosis:
    try:
        lines = (host.root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError as error:
        return Diagnosis("memory", well=False, seen=str(error))
    free = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable"))
    remedy = "" if free >= ROOM_MIB else f"a cluster and its scenarios want {ROOM_MIB} MiB"
    return Diagnosis("memory", well=free >= ROOM_MIB, seen=f"{free} MiB available", remedy=remedy)
