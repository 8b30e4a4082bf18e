"""Without root: a command in a user namespace, where it may do what a cluster needs.

Its parts are other people's. systemd hands a control group over (`Delegate=yes`), newuidmap gives
this user's subordinate ids, unshare(1) makes the namespaces. Inside, user 0 is this user, files are
where they were, and the network is empty: nobody there calls the world, and nobody calls in. What
is started there ends with the command.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from chaos.errors import HARNESS_FAILED, ChaosError, NoCluster, one_line
from chaos.providers.embedded import assets, entitled, userns
from chaos.providers.embedded import cgroup_tree as tree
from chaos.providers.embedded.guard import Guard

SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes")
SPACES = ("unshare", "--mount", "--net", "--ipc", "--cgroup")
USER = ("--user", "--map-root-user", "--map-auto")
# The kernel's own folders as a cluster needs them: its links, its locks, its groups.
FURNISHED = (
    ("ip", "link", "set", "lo", "up"),
    ("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"),
    # Not over itself, which the kernel refuses.
    ("mkdir", "/run/groups"),
    ("mount", "-t", "cgroup2", "cgroup2", "/run/groups"),
    ("mount", "--move", "/run/groups", "/sys/fs/cgroup"),
)
PASSED_ON = (signal.SIGTERM, signal.SIGHUP)
HEARD = (*PASSED_ON, signal.SIGCHLD)


def enter(command: Sequence[str], say: Callable[[str], None]) -> NoReturn:
    """Become this command, in namespaces of its own; NoCluster when they cannot be had."""
    if os.geteuid() == 0:
        raise NoCluster("this is root already: run the command itself")
    if why := entitled.why_not():
        raise NoCluster(f"no cluster without root here: {why}")
    assets.find(say)  # inside nobody can fetch anything
    assets.toxiproxy(say)
    os.environ.setdefault("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    inside = (sys.executable, "-P", "-m", __name__, *command)
    words = [*SCOPE, "--", *SPACES, *USER, "--", *inside]
    os.execvp(words[0], words)  # noqa: S606  what it becomes is put together above


def main(command: Sequence[str]) -> int:
    """Furnish the namespaces that this process is in, run the command, and clear up after it."""
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{entitled.ADMINISTRATORS}"
    for step in FURNISHED:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            why = one_line(done.stderr.strip())
            raise NoCluster(f"no cluster without root here: {' '.join(step)}: {why}")
    guard = Guard()
    try:
        return _run(command)
    finally:
        for name in userns.empty({guard.pid}):
            sys.stderr.write(f"chaos: cluster {name}: gone, with the command that it was made in\n")
        guard.dismiss()


def _run(command: Sequence[str]) -> int:
    """Run it; its status, 128 and more for a signal. What is meant for it is passed on."""
    # A terminal sends Ctrl-C to both: a handler of ours, unlike SIG_IGN, is not handed down.
    for sent in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(sent, lambda *_: None)
    # What comes is waited for: a handler that is due just before a wait would not end it.
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        child = os.posix_spawnp(command[0], [*command], os.environ, setsigmask=())
    except OSError as error:
        raise NoCluster(f"{command[0]} cannot be run: {error.strerror}") from error
    while (code := _ended(child)) is None:
        if (heard := signal.sigwait(HEARD)) != signal.SIGCHLD:
            tree.strike([child], heard)
    return code if code >= 0 else 128 - code


def _ended(child: int) -> int | None:
    """Its code, negative for a signal; None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ChaosError as error:
        sys.stderr.write(f"chaos: {error}\n")
        sys.exit(HARNESS_FAILED)
