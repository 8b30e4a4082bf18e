"""When, by the pod's own spec, a recovery must be seen: from an earliest to a latest moment.

Pure functions of a workload's spec, of how the fault looks, and of the live cluster's settings. The
moments count from the injection; `because` spells the sum out for the report.
"""

from chaos.history.timers import Timers
from chaos.windows.gc import collected
from chaos.windows.jobs import retry
from chaos.windows.loops import back_offs, looped, waited
from chaos.windows.nodes import (
    eviction,
    made_anew,
    node_lost,
    node_noticed,
    node_tainted,
    replacement,
)
from chaos.windows.restarts import (
    backed_off,
    crash,
    filled,
    filling,
    grace,
    hang,
    hold,
    refusal,
    restart,
)
from chaos.windows.starts import again, killed_at_start, spared_at_start
from chaos.windows.traffic import ready_again, refused_traffic, unready, unrouted
from chaos.windows.window import Term, Window, after, trace, within

__all__ = [
    "Term",
    "Timers",
    "Window",
    "after",
    "again",
    "back_offs",
    "backed_off",
    "collected",
    "crash",
    "eviction",
    "filled",
    "filling",
    "grace",
    "hang",
    "hold",
    "killed_at_start",
    "looped",
    "made_anew",
    "node_lost",
    "node_noticed",
    "node_tainted",
    "ready_again",
    "refusal",
    "refused_traffic",
    "replacement",
    "restart",
    "retry",
    "spared_at_start",
    "trace",
    "unready",
    "unrouted",
    "waited",
    "within",
]
