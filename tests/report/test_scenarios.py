"""A scenario's record tells how long it took: as long as its own clock says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.clock import ManualClock, seconds
from chaos.report.scenarios import Scenarios

ID = "test_it.py::test_kept"


def kept() -> pytest.TestReport:
    return pytest.TestReport(ID, ("test_it.py", 1, "test_kept"), {}, "passed", None, "call")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def scenarios(tmp_path: Path, clock: ManualClock) -> Iterator[Scenarios]:
    of_a_run = Scenarios(tmp_path, clock=clock)
    yield of_a_run
    of_a_run.close()


def until(clock: ManualClock, moment: float) -> None:
    clock.wait(threading.Condition(), until=seconds(moment), unless=lambda: False)


def test_a_scenario_took_as_long_as_it_was_open(scenarios: Scenarios, clock: ManualClock) -> None:
    until(clock, 3)
    scenarios.open(ID)
    until(clock, 10)

    scenarios.take(kept(), None, None)

    assert scenarios.records[ID].seconds == 7


def test_what_is_kept_of_it_later_leaves_the_time_as_it_was(
    scenarios: Scenarios, clock: ManualClock
) -> None:
    scenarios.open(ID)
    until(clock, 7)
    scenarios.take(kept(), None, None)
    until(clock, 9)

    scenarios.cut(ID, "ended by SIGINT")

    assert scenarios.records[ID].seconds == 7
