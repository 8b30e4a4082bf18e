"""Outlives the harness by one second: a small process that takes the cluster down after it.

It reads from a pipe whose other end only the harness holds. However the harness goes, by
SIGKILL too, the kernel closes that end. It knows nothing but the cluster's name, or that it is
`chaos rootless` that it guards, after which nothing may be left in its user namespace.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from chaos.providers.embedded import userns
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.inventory import take_down
from chaos.providers.embedded.patience import STEP

LEAVE = b"leave\n"
NULL = Path("/dev/null")


@dataclass
class Guard:
    """The harness' end; without a cluster that of `chaos rootless`, of which nobody reads a log."""

    cluster: str = ""
    _process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        log = Home(self.cluster).log / "guard.log" if self.cluster else NULL
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, self.cluster],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
                cwd=Path(__file__).parents[3],  # where `chaos` is found, wherever we were started
            )

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._process.pid

    def dismiss(self) -> None:
        """Send it home: the cluster is down, or is to outlive us."""
        self._process.communicate(LEAVE, timeout=STEP)


def main(cluster: str) -> None:
    """Wait for the harness' word or its end."""
    if sys.stdin.buffer.read() == LEAVE:
        return
    if cluster:
        # If somebody else has the lock by now, the next run is already clearing up.
        take_down(cluster, patience=STEP)
    else:
        userns.end()


if __name__ == "__main__":
    main(sys.argv[1])
