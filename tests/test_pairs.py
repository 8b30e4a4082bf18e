"""Pairs of scenarios that differ in when: no verdict could be true of either app."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from chaos import windows
from chaos.history.effect import Effect
from chaos.testing.specs import workload_of
from chaos.windows import Window
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe

SCENARIOS = Path(__file__).parent.parent / "scenarios"
NUMBERS = ("delay", "timeout", "period", "successes", "failures")


def scenarios(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCENARIOS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FIVE, GOOD = scenarios("test_five_numbers"), scenarios("test_good_probes")
PAIRS = {
    "delay": (FIVE.PROMPT, FIVE.LATE),
    "timeout": (FIVE.BRIEF, FIVE.LONG),
    "period": (FIVE.OFTEN, FIVE.SELDOM),
    "successes": (FIVE.ONE, FIVE.NINE),
    "failures": (FIVE.FEW, FIVE.MANY),
}


def probe(app: Workload) -> Probe:
    found = app.liveness or app.readiness
    assert found is not None
    return found


def expected(app: Workload, number: str) -> Window:
    match number:
        case "delay":
            return windows.killed_at_start(app, FIVE.NEVER)
        case "timeout":
            return windows.restart(app, Effect("silent"))
        case "successes":
            return windows.ready_again(app)
        case _:
            return windows.restart(app, Effect("refuses"))


@pytest.mark.parametrize("number", NUMBERS)
def test_the_two_of_a_pair_differ_in_one_number_and_their_windows_do_not_overlap(
    number: str,
) -> None:
    first, second = (workload_of(spec, ["worker1"]) for spec in PAIRS[number])

    differ = {n for n in NUMBERS if getattr(probe(first), n) != getattr(probe(second), n)}
    assert differ == {number}
    assert expected(first, number).latest < expected(second, number).earliest


def test_a_check_that_retries_is_noticed_only_after_its_plain_twin() -> None:
    plain, retrying = (workload_of(spec, ["worker1"]) for spec in (GOOD.PLAIN, GOOD.RETRYING))

    assert windows.refusal(plain).latest < windows.restart(retrying, Effect("silent")).earliest
