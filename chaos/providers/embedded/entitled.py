"""What a user needs who has clusters without root: looked at, in the order it is needed in."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chaos.errors import one_line
from chaos.providers.embedded.patience import STEP

PACKAGES = {
    "systemd-run": "systemd",
    "unshare": "util-linux",
    "newuidmap": "uidmap",
    "newgidmap": "uidmap",
}
# What systemd hands to users unless told otherwise; a pod is no pod without limits.
CONTROLLERS = frozenset({"cpu", "memory", "pids"})
DELEGATE = "/etc/systemd/system/user@.service.d/delegate.conf"
ADMINISTRATORS = "/usr/sbin:/sbin"  # Debian's users do not have them in their PATH
TRIED = ("unshare", "--user", "--map-root-user", "--map-auto", "true")


def _tried(words: Sequence[str]) -> str:
    """What a command complains of; nothing when it succeeds."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=STEP, check=False)
    except subprocess.TimeoutExpired as error:
        return one_line(str(error))
    said = done.stderr.strip() or f"status {done.returncode}"
    return one_line(said) if done.returncode else ""


@dataclass(frozen=True)
class User:
    """Who it is, and on what machine: this one, or in a test another."""

    uid: int = field(default_factory=os.getuid)
    name: str = field(default_factory=lambda: pwd.getpwuid(os.getuid()).pw_name)
    root: Path = Path("/")
    which: Callable[[str], str | None] = shutil.which
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    tried: Callable[[Sequence[str]], str] = _tried

    def words(self, path: str) -> list[str]:
        """What a file says; nothing when there is none."""
        file = self.root / path.lstrip("/")
        return file.read_text(encoding="utf-8").split() if file.exists() else []


def why_not(user: User | None = None) -> str:
    """What is in the way, and what to do about it; or nothing."""
    user = user or User()
    looks = (_programs, _systemd, _controllers, _subordinates, _namespaces)
    return next((why for look in looks if (why := look(user))), "")


def _programs(user: User) -> str:
    missing = [program for program in PACKAGES if user.which(program) is None]
    packages = " ".join(dict.fromkeys(PACKAGES[program] for program in missing))
    return f"{', '.join(missing)} not in PATH: apt-get install {packages}" if missing else ""


def _systemd(user: User) -> str:
    """Whether a systemd of this user's is there, to hand a group over."""
    if not user.words("/sys/fs/cgroup/cgroup.controllers"):
        return "its control groups are of version 1, of which nothing is handed to users"
    runtime = user.environ.get("XDG_RUNTIME_DIR", f"/run/user/{user.uid}")
    if (user.root / runtime.lstrip("/") / "systemd" / "private").exists():
        return ""
    return f"no systemd of {user.name}'s runs: log in as {user.name}, not by su or sudo"


def _controllers(user: User) -> str:
    """Whether that systemd has itself what it is to hand over."""
    service = f"user.slice/user-{user.uid}.slice/user@{user.uid}.service"
    handed = user.words(f"/sys/fs/cgroup/{service}/cgroup.controllers")
    if missing := sorted(CONTROLLERS - {*handed}):
        return (
            f"users are not handed {', '.join(missing)} here: as root write [Service] and "
            f"Delegate=yes, a line each, into {DELEGATE}, then systemctl daemon-reload"
        )
    return ""


def _subordinates(user: User) -> str:
    """Whether the user has ids to give to others."""
    for kind in ("uid", "gid"):
        owners = {line.partition(":")[0] for line in user.words(f"/etc/sub{kind}")}
        if not owners & {user.name, str(user.uid)}:
            given = f"usermod --add-sub{kind}s 100000-165535 {user.name}"
            return f"{user.name} has no ids in /etc/sub{kind}: as root, {given}"
    return ""


def _namespaces(user: User) -> str:
    """Whether the kernel lets the user have namespaces: only trying tells."""
    if not (said := user.tried(TRIED)):
        return ""
    if user.words("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == ["1"]:
        return f"{said}: as root, sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    return f"{said}: see sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone"
