"""What a live cluster's controllers were started with: read from the process, never assumed."""

from __future__ import annotations

from pathlib import Path

from chaos.errors import NoCluster
from chaos.providers.embedded.control_plane import ControlPlane
from chaos.providers.embedded.plan import Plan

CONTROLLERS = "kube-controller-manager"


def controllers(plan: Plan) -> list[str]:
    """The command line of the controller manager as it runs now."""
    program = ControlPlane(plan).program(CONTROLLERS)
    pids = program.pids()
    if not pids:
        raise NoCluster(
            f"{CONTROLLERS} does not run, so its timers cannot be read; {program.last_words()}"
        )
    return Path(f"/proc/{pids[0]}/cmdline").read_text(encoding="utf-8").split("\0")
