"""A dead man's switch: a small process that heals a kept cluster when its run no longer can.

It reads from a pipe whose other end only the run holds. However the run goes, by SIGKILL too, the
kernel closes that end; then all that is armed is healed at once, as `chaos heal` does it. While the
run lives the switch looks whether a fault is open for longer than its term: then the run hangs, and
all that is armed is healed as well. What was done is noted in the ledger for the next who comes.

A cluster that its own run made needs none: its guard takes it down. What talks to Kubernetes is
imported when there is something to heal.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.clock import Seconds, poll, seconds, uptime, wall
from chaos.errors import ChaosError, NoCluster

LEAVE = b"leave\n"
LOG = "switch.log"  # in the ledger's folder: what the process itself stumbles over
PROGRAM = (sys.executable, "-P", "-m", "chaos.running.switch")
APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND
OFTEN = seconds(0.005)
GOODBYE = seconds(10)  # for the switch to go when it is told to
PULSE = seconds(5)  # between two looks at what is open
LEEWAY = seconds(60)  # for a run that is healing as the term ends: it is not disturbed
TRIES = seconds(60)  # for a cluster that cannot be healed at once: its API server may be starting


@dataclass
class Switch:
    """The run's end. `way` are the options that lead to the cluster."""

    ledger: Path
    way: dict[str, str]
    pid: int = field(init=False)
    _pipe: int = field(init=False)

    def __post_init__(self) -> None:
        """Start it. No `Popen`: it is to be left alive, which that complains about."""
        found = os.pathsep.join(str(Path(place).absolute()) for place in sys.path)
        theirs, self._pipe = os.pipe()
        self.pid = os.posix_spawn(
            sys.executable,
            [*PROGRAM, str(self.ledger.absolute()), json.dumps(self.way)],
            {**os.environ, "PYTHONPATH": found},  # where the run's own faults are found
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.ledger / LOG), APPENDED, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        os.close(theirs)

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        with suppress(ChildProcessError):
            return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        return True

    def dismiss(self) -> None:
        """Send it home: the run has ended well."""
        with suppress(BrokenPipeError):  # somebody has killed it
            os.write(self._pipe, LEAVE)
        self.release()
        poll(lambda: self.gone, within=GOODBYE, every=OFTEN)

    def release(self) -> None:
        """Let go: what is left is the switch's to heal."""
        if self._pipe >= 0:
            os.close(self._pipe)
        self._pipe = -1


def main(ledger: Path, way: dict[str, str]) -> None:
    """Wait for the run's word or its end, and look after what it has open."""
    os.chdir("/")  # nobody's folder is held by a process that he does not know
    while not select.select([sys.stdin], [], [], PULSE)[0]:
        if overdue(ledger, uptime()):
            attempt(lambda mending: mending.heal_open(way))
    if sys.stdin.buffer.read() != LEAVE:
        poll(lambda: attempt(lambda m: m.heal_after(way)), within=TRIES, every=PULSE)


def overdue(ledger: Path, now: Seconds) -> bool:
    """Whether a fault is open that should have been healed a while ago."""
    return any(_until(page) + LEEWAY <= now for page in ledger.glob("*.json"))


def attempt(heal: Callable[[Any], object]) -> bool:
    """Heal what is armed, with `chaos.running.mending`; whether that went well."""
    mending = importlib.import_module("chaos.running.mending")  # 0.7 s: when a run ends badly only
    try:
        heal(mending)
    except (ChaosError, OSError) as error:
        sys.stderr.write(f"{wall():%Y-%m-%d %H:%M:%SZ} {type(error).__name__}: {error}\n")
        return isinstance(error, NoCluster)  # it was taken down: nothing is left to be healed
    return True


def _until(page: Path) -> float:
    """When a page's fault should be healed; never, for one that is struck out or says nothing."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        return float(json.loads(page.read_text())["until"])
    return float("inf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
