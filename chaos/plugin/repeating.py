"""Repetition that hides nothing: N runs of a scenario are N results, and none is run into green.

`--chaos-repeat=5` makes five items of each scenario. What pytest-rerunfailures would run again
until it is green is run once: scenarios are marked so, whatever else says how often.
"""

from __future__ import annotations

import pytest


class Repeating:
    """Registered in every run that was given scenarios."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._spared = 0

    @pytest.fixture
    def chaos_repetition(self, request: pytest.FixtureRequest) -> int:
        """Which of its repetitions a scenario is in, from 1 on."""
        number: int = request.param
        return number

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for each repetition, its number after all other parameters."""
        if self._times > 1 and metafunc.definition.get_closest_marker("chaos"):
            numbers = range(1, self._times + 1)
            ids = [f"{number} of {self._times}" for number in numbers]
            metafunc.fixturenames.append("chaos_repetition")
            metafunc.parametrize("chaos_repetition", numbers, ids=ids, indirect=True)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """A mark that comes first says that nothing is run again."""
        if not item.get_closest_marker("chaos") or not _would_rerun(item):
            return
        item.add_marker(pytest.mark.flaky(reruns=0), append=False)
        self._spared += 1

    def pytest_report_collectionfinish(self) -> str:
        """Say so."""
        if not self._spared:
            return ""
        return (
            f"chaos: {self._spared} scenarios are not rerun: --chaos-repeat=N shows all N results"
        )


def _would_rerun(item: pytest.Item) -> bool:
    """Whether pytest-rerunfailures has been asked to."""
    asked = item.config.getoption("reruns", None)
    return bool(asked) or item.get_closest_marker("flaky") is not None
