"""The process that fills a container's memory from outside.

    python -m chaos.providers.embedded.filler DOOR MIB_PER_SECOND UP_TO_MIB TERM CONTAINER

The container's name is for those who look for the process.

It joins the container's memory account, and no namespace of it, and writes to a file in memory
there. The kernel charges that to the account, and to nobody's own size: when the limit is reached
the app is killed, not this (mm/oom_kill.c, oom_badness; `hands` makes sure). What is held goes with
this process: when its term is over, when it is told to end, or when the container's own processes
are gone, so that the kubelet finds nothing in the way of the next container.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chaos.clock import Seconds, poll, seconds, uptime

MIB = 2**20
TICK = seconds(0.02)  # runc tries for 0.3 s to remove the group of a container that has ended
SPARED = "-1000"  # the kernel kills whom it likes but those


@dataclass
class Filler:
    """What is held on an account, by its `cgroup.procs`: a MiB at once, then `rate` a second."""

    door: Path
    rate: float
    most: float
    since: Seconds
    held: int = 0
    store: int = field(default_factory=lambda: os.memfd_create("fill"))

    def grow(self) -> bool:
        """Take what is due by now; whether the container's own processes are gone."""
        due = min(self.most, 1 + self.rate * (uptime() - self.since))
        with suppress(OSError):  # nobody could be killed for it: there is no more to be had
            while self.held < int(due):
                os.write(self.store, bytes(MIB))
                self.held += 1
        return self._is_alone()

    def _is_alone(self) -> bool:
        try:
            return {int(pid) for pid in self.door.read_text().split()} <= {os.getpid()}
        except OSError:
            return True  # the group itself is gone


def main(door: Path, rate: float, most: float, term: Seconds) -> None:
    """Fill, until there is nobody to fill it for."""
    with suppress(PermissionError):  # without CAP_SYS_RESOURCE it is small, and that has to do
        Path("/proc/self/oom_score_adj").write_text(SPARED)
    door.write_text("0")
    poll(Filler(door, rate, most, uptime()).grow, within=term, every=TICK)


if __name__ == "__main__":
    rate, most, term = map(float, sys.argv[2:5])
    main(Path(sys.argv[1]), rate, most, Seconds(term))
