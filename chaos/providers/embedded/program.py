"""Starting a program inside a group, finding it again, and what it said last."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import freezing
from chaos.providers.embedded.cgroup import Group, members, namespaced
from chaos.providers.embedded.patience import STEP

# A program is inside its group before it is executed, and in a session of its own: Ctrl-C in the
# harness' terminal does not reach it, and it is no child of ours that somebody would have to reap.
# setsid, not the shell's `&`, which would leave SIGINT ignored, down to the containers.
ENTER = (
    'set -e; while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec setsid --fork "$@"'
)
EAGER = seconds(0.005)
LAST_WORDS = 8  # lines of a log in an error


@dataclass(frozen=True)
class Program:
    """A program of the cluster, known by its group and the name it is called by."""

    name: str
    group: Group
    log: Path

    def pids(self) -> list[int]:
        """Its processes, as the host numbers them; normally one or none.

        Those that were killed while they are frozen do not count: they only wait for their end.
        """
        ours = [pid for pid in members(self.group) if called(pid) == self.name]
        return [p for p in ours if not (freezing.is_doomed(p) and freezing.is_frozen(self.group))]

    def start(self, argv: Sequence[str | Path], *, assets: Path, folder: str | Path = "/") -> None:
        """Execute it in a folder; return when it has begun, and raise as soon as it has ended."""
        if self.pids():
            return
        there = set(members(self.group))
        doors = [str(door) for door in self.group.doors()]
        command = ["sh", "-c", ENTER, "sh", *doors, "--", *map(str, argv)]
        with self.log.open("ab") as log:
            run_into(log, command, env={"PATH": f"{assets}:{os.environ['PATH']}"}, cwd=folder)
        poll(lambda: bool(self.pids()) or not self._newer(there), within=STEP, every=EAGER)
        self.must_live()

    def _newer(self, than: set[int]) -> list[int]:
        """What has come into its group since, and lives: the one that is to become it, or is it.

        It is called by no name for a moment, while it is executed.
        """
        return [p for p in members(self.group) if p not in than and not freezing.has_ended(p)]

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands; return when it does."""
        self._send(signal.SIGSTOP)
        poll(lambda: bool(self.stillness()), within=STEP, every=EAGER)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def stillness(self) -> str:
        """Why it stands still; empty when it runs, or is not there."""
        pids = self.pids()
        if pids and freezing.is_frozen(self.group):
            return "its machine is frozen"
        return "its process is stopped" if any(map(freezing.is_stopped, pids)) else ""

    def _send(self, what: signal.Signals) -> None:
        bearers = self._bearers() if what is signal.SIGCONT else []
        for pid in (*self.pids(), *bearers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def _bearers(self) -> list[int]:
        """What started it in its namespaces: it stops itself when it sees its child stopped.

        So does nsenter (util-linux: sys-utils/nsenter.c, WUNTRACED), and no end of the child is
        noticed until it goes on.
        """
        outer = [pid for pid in members(self.group) if called(pid) == "nsenter"]
        return [pid for pid in outer if self.name in {Path(word).name for word in _words(pid)}]

    def _end(self, how: signal.Signals) -> None:
        self._send(how)
        self._send(signal.SIGCONT)  # or one that is stopped would never hear the other
        if not poll(lambda: not self.pids(), within=STEP, every=EAGER):
            left = f"{self.name} {self.pids()} did not end in {STEP:g} s after {how.name}"
            raise NoCluster(f"{left}; {self.last_words()}")

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
    return Path(next(iter(_words(pid)), "")).name


def _words(pid: int) -> list[str]:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [os.fsdecode(word) for word in line.split(b"\0")]


def first_process(group: Group) -> int | None:
    """The host's number of the process that is number 1 one namespace down: a node's init."""
    for pid in members(group):
        if (ids := namespaced(pid))[1:] == [1]:
            return ids[0]
    return None


def run_into(
    log: BinaryIO, command: Sequence[str], *, env: Mapping[str, str], cwd: str | Path
) -> None:
    """Run a command that ends at once, in this environment only: no proxies, no secrets of ours."""
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            cwd=cwd,
            timeout=STEP,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise NoCluster(f"{shlex.join(command)}: {error}; see {log.name}") from error


def run(command: Sequence[str | Path], *, within: float = STEP) -> str:
    """Run a command to its end; an error shows it so that it can be pasted."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=within, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NoCluster(f"{shlex.join(words)}: {error}") from error
    if done.returncode:
        raise NoCluster(f"{shlex.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout
