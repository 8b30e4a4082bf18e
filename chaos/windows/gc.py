"""When the pod garbage collector takes what a lost node leaves behind (oracle 2.7)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.windows.nodes import made_anew
from chaos.windows.window import Window

PERIOD = 20.0  # podgc/gc_controller.go: gcCheckPeriod
QUARANTINE = 40.0  # podgc/gc_controller.go: quarantineTime, for pods whose node is deleted


def collected(*, node_deleted: bool = False) -> Window:
    """A pod on a node that is out of service, or whose object is deleted, goes; another is made."""
    wait = QUARANTINE if node_deleted else 0.0
    anew = made_anew()
    quarantine = f"quarantine {wait:g} s + " if wait else ""
    because = f"{quarantine}collection every {PERIOD:g} s + {anew.because}"
    return Window(seconds(wait), Seconds(wait + PERIOD + anew.latest), because)
