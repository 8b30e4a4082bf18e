"""What a live cluster's controllers were started with: read from the process, never assumed."""

from __future__ import annotations

from pathlib import Path

from chaos.errors import NoCluster
from chaos.kube.timers import flags_in
from chaos.providers.embedded.control_plane import ControlPlane
from chaos.providers.embedded.plan import Plan

CONTROLLERS = "kube-controller-manager"


def controller_flags(plan: Plan) -> dict[str, str]:
    """The flags of the controller manager as it runs now, by name."""
    pids = ControlPlane(plan).program(CONTROLLERS).pids()
    if not pids:
        raise NoCluster(f"{CONTROLLERS} does not run, so its timers cannot be read")
    words = Path(f"/proc/{pids[0]}/cmdline").read_text(encoding="utf-8")
    return flags_in(words.split("\0"))
