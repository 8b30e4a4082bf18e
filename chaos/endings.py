"""How a run ends: its page, what the terminal says of it, and its exit status."""

from __future__ import annotations

from typing import Any

import pytest

from chaos import workers
from chaos.errors import ChaosError

HARNESS_FAILED = 6  # pytest's own statuses end at 5; 1 stays "the cluster broke a law"

chronicle_key = pytest.StashKey[Any]()


class Endings:
    """Counts how scenarios ended, in the process that sees every report; writes the page."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._endings: list[str] = []
        self._trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember one ending."""
        if ending := getattr(report, "chaos_ending", ""):
            self._endings.append(ending)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page; failures of the harness alone have an exit status of their own."""
        chronicle = self._config.stash.get(chronicle_key, None)
        if workers.is_worker(self._config):
            if chronicle is not None:
                workers.tell_controller(self._config, chronicle)
                chronicle.end_histories()
            return
        failed = [ending for ending in self._endings if ending not in {"kept", "skipped"}]
        others = session.testsfailed > len(failed)
        if _is_failure(session.exitstatus, failed) and not others:
            session.exitstatus = 1 if "broken" in failed else HARNESS_FAILED
        if chronicle is not None and not self._closed(chronicle) and not session.exitstatus:
            session.exitstatus = HARNESS_FAILED

    def _closed(self, chronicle: Any) -> bool:
        """Whether the run's page could be written."""
        led = workers.is_controller(self._config)
        try:
            if not led or chronicle.gather():
                chronicle.close()
        except (ChaosError, OSError) as error:
            self._trouble = f"the run's page could not be written: {error}"
        return not self._trouble

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came of each scenario, and where the page is."""
        chronicle = self._config.stash.get(chronicle_key, None)
        if chronicle is not None and self._endings:
            terminalreporter.section("chaos")
            for line in chronicle.lines():
                terminalreporter.write_line(line)
            if self._trouble:
                terminalreporter.write_line(self._trouble)


def _is_failure(status: int, failed: list[str]) -> bool:
    """Whether a run failed by its tests; a controller calls a worker's stop an interruption."""
    if status == pytest.ExitCode.INTERRUPTED:
        return "not healed" in failed
    return status == pytest.ExitCode.TESTS_FAILED and bool(failed)
