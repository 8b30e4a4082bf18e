"""When the pod garbage collector takes what a lost node leaves behind (oracle 2.7)."""

from __future__ import annotations

from chaos.windows.nodes import anew
from chaos.windows.terms import COLLECTION, QUARANTINE
from chaos.windows.window import Window, summed
from chaos.workloads.admitted import Workload


def collected(workload: Workload | None = None, *, node_deleted: bool = False) -> Window:
    """A pod on a node that is out of service, or whose object is deleted, goes; another is made."""
    first = (QUARANTINE,) if node_deleted else ()
    soonest = QUARANTINE.span if node_deleted else 0.0
    return summed(soonest, *first, COLLECTION, *anew(workload))
