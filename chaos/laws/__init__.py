"""What must be true: the laws that scenarios name, a few of a kind in a file.

A law is a pure function of a history: it finds one fact, and rules on it by `chaos.judging`.
"""

from chaos.laws.acts import deleted, forgotten, go_unready, orphaned, scaled_to, tainted, vanished
from chaos.laws.answers import say_ill, serves, stays_hung, stop_answering
from chaos.laws.backoff import backs_off, never_backs_off
from chaos.laws.described import described
from chaos.laws.eviction import becomes_unreachable, dies_step_by_step, evicted, never_evicted
from chaos.laws.exits import ends, exited
from chaos.laws.hands import (
    found_failing,
    found_growing,
    found_starved,
    found_stopped,
    stays_stopped,
)
from chaos.laws.heard import (
    answer_as,
    answer_late,
    child_is_dead,
    command_ends,
    grpc_says,
    lied,
    silent_for,
)
from chaos.laws.identity import found_again, never_found_again, never_moved
from chaos.laws.instances import has_instances, one_on_each, stays_running
from chaos.laws.jobs import (
    catches_up_once,
    completed,
    never_completed,
    never_runs,
    retried,
    starts_on_time,
)
from chaos.laws.loops import exits_again, never_exited
from chaos.laws.memory import goes_on_growing, leak
from chaos.laws.nodes import (
    becomes_ready,
    goes_unready,
    joins,
    loses_readiness,
    never_goes_unready,
    reports_unready,
    resumes,
)
from chaos.laws.programs import (
    catches_up,
    found_down,
    runs_on,
    runtime_never_restarted,
    runtime_restarted,
)
from chaos.laws.readiness import (
    leaves_endpoints,
    never_leaves_endpoints,
    never_rejoins_endpoints,
    rejoins_endpoints,
)
from chaos.laws.replacement import gone, never_placed, never_replaced, recreated, replaced
from chaos.laws.reports import reports, start_slowly, starts_with
from chaos.laws.requests import asked, asked_once_a_period, never_asked
from chaos.laws.restart import never_restarted, restarted
from chaos.laws.steady import steady
from chaos.laws.users import goes_on_failing, keeps_answering
from chaos.laws.wires import suffers

__all__ = [
    "answer_as",
    "answer_late",
    "asked",
    "asked_once_a_period",
    "backs_off",
    "becomes_ready",
    "becomes_unreachable",
    "catches_up",
    "catches_up_once",
    "child_is_dead",
    "command_ends",
    "completed",
    "deleted",
    "described",
    "dies_step_by_step",
    "ends",
    "evicted",
    "exited",
    "exits_again",
    "forgotten",
    "found_again",
    "found_down",
    "found_failing",
    "found_growing",
    "found_starved",
    "found_stopped",
    "go_unready",
    "goes_on_failing",
    "goes_on_growing",
    "goes_unready",
    "gone",
    "grpc_says",
    "has_instances",
    "joins",
    "keeps_answering",
    "leak",
    "leaves_endpoints",
    "lied",
    "loses_readiness",
    "never_asked",
    "never_backs_off",
    "never_completed",
    "never_evicted",
    "never_exited",
    "never_found_again",
    "never_goes_unready",
    "never_leaves_endpoints",
    "never_moved",
    "never_placed",
    "never_rejoins_endpoints",
    "never_replaced",
    "never_restarted",
    "never_runs",
    "one_on_each",
    "orphaned",
    "recreated",
    "rejoins_endpoints",
    "replaced",
    "reports",
    "reports_unready",
    "restarted",
    "resumes",
    "retried",
    "runs_on",
    "runtime_never_restarted",
    "runtime_restarted",
    "say_ill",
    "scaled_to",
    "serves",
    "silent_for",
    "start_slowly",
    "starts_on_time",
    "starts_with",
    "stays_hung",
    "stays_running",
    "stays_stopped",
    "steady",
    "stop_answering",
    "suffers",
    "tainted",
    "vanished",
]
