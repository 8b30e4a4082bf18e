"""The child process: it does nothing, and can be killed while PID 1 lives on."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from .orders import BadOrder

NONE, ALIVE, DEAD = "none", "alive", "dead"
LOG = 2  # the last of the three files that every process has: stderr
_ANY = -1  # for waitpid: whichever child has ended


class ChildProcess:
    """At most one child, which ends when its parent does, however that ends."""

    def __init__(self) -> None:
        self._pid = 0
        self._life = -1  # the pipe's end that only the parent holds

    @property
    def state(self) -> str:
        """Whether it is alive, dead or was never there."""
        if not self._pid:
            return NONE
        try:
            ended, _ = os.waitpid(self._pid, os.WNOHANG)
        except ChildProcessError:  # reaped by `reap`
            return DEAD
        return DEAD if ended else ALIVE

    def start(self) -> None:
        """Start it, unless it is there."""
        if self.state == ALIVE:
            return
        theirs, ours = os.pipe()
        pid = os.fork()
        if not pid:
            _live(theirs)
        os.close(theirs)
        if self._life >= 0:
            os.close(self._life)
        self._pid, self._life = pid, ours

    def kill(self) -> None:
        """Kill it: dead and reaped on return."""
        if not self._pid:
            raise BadOrder('"kill_child": this patient has no child: order "child" at its start')
        if self.state == ALIVE:
            os.kill(self._pid, signal.SIGKILL)
            wait_for(self._pid)

    def revive(self) -> None:
        """Start it again, if there ever was one."""
        if self._pid:
            self.start()


def wait_for(pid: int) -> None:
    """Wait until a child has ended; it may be reaped by somebody else."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def reap(*_: object) -> None:
    """SIGCHLD has come: let no child that ended stay a zombie. That is PID 1's duty."""
    with suppress(ChildProcessError):
        while os.waitpid(_ANY, os.WNOHANG)[0]:
            pass


def _live(theirs: int) -> None:
    """Be the child: wait for the end of the parent. It keeps no port of the parent's open."""
    try:
        _close_all_but(theirs)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.read(theirs, 1)
    finally:
        os._exit(0)


def _close_all_but(kept: int) -> None:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib is not worth its import
        if int(name) > LOG and int(name) != kept:
            with suppress(OSError):  # the one that listed them is closed already
                os.close(int(name))
