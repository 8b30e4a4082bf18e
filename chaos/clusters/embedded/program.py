"""Starting a program inside a group, finding it again, and what it said last."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.clusters.embedded.cgroup import Group, members, namespaced
from chaos.errors import NoCluster

# A program is inside its group before it is executed, and in a session of its own: Ctrl-C in the
# harness' terminal does not reach it, and it is no child of ours that somebody would have to reap.
# setsid, not the shell's `&`, which would leave SIGINT ignored, down to the containers.
ENTER = (
    'set -e; while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec setsid --fork "$@"'
)
APPEARANCE = seconds(5)  # between fork and exec; milliseconds on a machine that is not starved
STOPPING = seconds(15)
EAGER = seconds(0.005)
LAST_WORDS = 8  # lines of a log in an error


@dataclass(frozen=True)
class Program:
    """A program of the cluster, known by its group and the name it is called by."""

    name: str
    group: Group
    log: Path

    def pids(self) -> list[int]:
        """Its processes, as the host numbers them; normally one or none."""
        return [pid for pid in members(self.group) if called(pid) == self.name]

    def start(self, argv: Sequence[str | Path], *, assets: Path) -> None:
        """Execute it; return when it has begun."""
        if self.pids():
            return
        doors = [str(door) for door in self.group.doors()]
        with self.log.open("ab") as log:
            subprocess.run(
                ["sh", "-c", ENTER, "sh", *doors, "--", *map(str, argv)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": f"{assets}:{os.environ['PATH']}"},  # no proxies, no secrets of ours
                cwd="/",
                timeout=APPEARANCE,
                check=True,
            )
        if not poll(lambda: bool(self.pids()), within=APPEARANCE, every=EAGER):
            raise self.died()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        if not poll(lambda: not self.pids(), within=STOPPING, every=EAGER):
            raise NoCluster(f"{self.name} {self.pids()} did not end after {how.name}")

    def must_live(self) -> None:
        """Raise with its last words if it is gone."""
        if not self.pids():
            raise self.died()

    def died(self) -> NoCluster:
        """The error that says what it said last, and which log has the rest."""
        return NoCluster(f"{self.name} ended; {self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
        said = "\n".join(f"  {line[:500]}" for line in lines) or "  (nothing)"
        return f"it said last, in {self.log.name}:\n{said}"


def called(pid: int) -> str:
    """The name a process was called by; empty when it is gone."""
    try:
        first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0", 1)[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return Path(os.fsdecode(first)).name


def first_process(group: Group) -> int | None:
    """The host's number of the process that is number 1 one namespace down: a node's init."""
    for pid in members(group):
        if (ids := namespaced(pid))[1:] == [1]:
            return ids[0]
    return None


def run(command: Sequence[str | Path], *, within: float = 60) -> str:
    """Run a command to its end; an error shows it so that it can be pasted."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=within, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NoCluster(f"{shlex.join(words)}: {error}") from error
    if done.returncode:
        raise NoCluster(f"{shlex.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout
