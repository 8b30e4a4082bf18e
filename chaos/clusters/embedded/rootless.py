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
from pathlib import Path
from typing import NoReturn

from chaos.clusters.embedded import assets, cgroup, entitled, standing
from chaos.errors import HARNESS_FAILED, ChaosError, NoCluster, one_line

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
ALL_IDS = ["0", "0", str(2**32 - 1)]  # the map of the namespace that all others are inside of


def is_here(ids: Path = Path("/proc/self/uid_map")) -> bool:
    """Whether this process is in a user namespace: there the kernel's own settings are not ours."""
    return ids.read_text(encoding="ascii").split() != ALL_IDS


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
    try:
        return _run(command)
    finally:
        clear_up()


def clear_up() -> None:
    """Take down what the command left standing in this namespace: nobody could enter it again.

    Other commands have theirs in the same cache, and root has its own: a cluster is only ours when
    its groups are in ours, and these are only ours in a user namespace.
    """
    if is_here():
        for name in sorted({*standing.free()} & {*cgroup.clusters()}):
            standing.take_down(name)


def _run(command: Sequence[str]) -> int:
    """Run it; its status, 128 and more for a signal. What is meant for it is passed on."""
    # A terminal sends Ctrl-C to both: a handler of ours, unlike SIG_IGN, is not handed down.
    for sent in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(sent, lambda *_: None)
    child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *command])
    for sent in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, lambda number, _: child.send_signal(number))
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ChaosError as error:
        sys.stderr.write(f"chaos: {error}\n")
        sys.exit(HARNESS_FAILED)
