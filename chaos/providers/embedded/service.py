"""A program of the cluster as a fault sees it: it can be ended, started, and asked how it is."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass

from chaos.clock import poll, seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.program import Program

PATIENCE = STEP  # an API server answers after 2 s on two idle cores
EAGER = seconds(0.02)
KNOCK = 1.0  # seconds for a connection inside this machine


@dataclass(frozen=True)
class Service:
    """The `chaos.ports.cluster.Program` of an embedded cluster.

    `settled` is what a start waits for, if not for its answers: that those who need it have it
    again, or only that it listens. `then` is done when it runs again, for those that wait for it;
    `forgo` when it is ended: whoever was to start it again is not to.
    """

    process: Program
    launch: Callable[[], object]
    answers: Callable[[], bool]
    settled: Callable[[], bool] | None = None
    then: Callable[[], object] = lambda: None
    forgo: Callable[[], object] = lambda: None

    def stop(self) -> None:
        """End it as a crash would: it stays ended. Twice is once."""
        self.forgo()
        self.process.kill()

    def start(self) -> None:
        """Start it; return when it answers, or when it stands still. Twice is once."""
        self.launch()
        if not poll(self._has_started, within=PATIENCE, every=EAGER):
            raise NoCluster(
                f"{self.process.name} does not answer after {PATIENCE:g} s;"
                f" {self.process.last_words()}"
            )
        self.then()

    def freeze(self) -> None:
        """Stop it where it stands. Twice is once; NoSuchTarget when it does not run."""
        if not self.process.pids():
            raise NoSuchTarget(f"{self.process.name} does not run, so it cannot be frozen")
        self.process.freeze()

    def thaw(self) -> None:
        """Let it go on. Twice is once; nothing to do when it has ended."""
        self.process.thaw()
        self.then()

    def trouble(self) -> str:
        """Why it does no work; empty when it runs, and answers if it serves anybody."""
        if not self.process.pids():
            return "its process is gone"
        if why := self.process.stillness():
            return why
        return "" if self.answers() else "it runs and does not answer"

    def _has_started(self) -> bool:
        return bool(self.process.stillness()) or (self.settled or self.answers)()


def takes_calls(address: str, port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=KNOCK):
        return True
    return False


def opens(path: str) -> bool:
    """Whether somebody listens on a socket file."""
    with socket.socket(socket.AF_UNIX) as door, contextlib.suppress(OSError):
        door.settimeout(KNOCK)
        door.connect(path)
        return True
    return False
