"""Every rule, by its id: one small pure function each."""

from chaos.lint.rule import Rule
from chaos.lint.rules.presence import bare_pod, no_liveness_probe, no_memory_limit, one_replica
from chaos.lint.rules.questions import (
    asks_nobody,
    front_page,
    liveness_is_readiness,
    open_port,
    password,
    somebody_else,
    undeclared_port,
    unknown_name,
)
from chaos.lint.rules.timing import (
    delay_for_startup,
    loop_inside,
    timeout_above_period,
    too_slow,
)

RULES: tuple[Rule, ...] = (
    no_liveness_probe,
    front_page,
    liveness_is_readiness,
    timeout_above_period,
    somebody_else,
    undeclared_port,
    unknown_name,
    delay_for_startup,
    bare_pod,
    one_replica,
    no_memory_limit,
    loop_inside,
    too_slow,
    password,
    open_port,
    asks_nobody,
)
