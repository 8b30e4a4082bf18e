"""The laws scenarios name."""

from chaos.laws.answers import goes_on_growing, leak, say_ill, stays_hung, stop_answering
from chaos.laws.exits import ends, exited
from chaos.laws.nodes import becomes_ready, goes_unready
from chaos.laws.readiness import leaves_endpoints, never_leaves_endpoints, rejoins_endpoints
from chaos.laws.replacement import gone, never_replaced, recreated, replaced
from chaos.laws.restart import never_restarted, restarted
from chaos.laws.steady import steady

__all__ = [
    "becomes_ready",
    "ends",
    "exited",
    "goes_on_growing",
    "goes_unready",
    "gone",
    "leak",
    "leaves_endpoints",
    "never_leaves_endpoints",
    "never_replaced",
    "never_restarted",
    "recreated",
    "rejoins_endpoints",
    "replaced",
    "restarted",
    "say_ill",
    "stays_hung",
    "steady",
    "stop_answering",
]
