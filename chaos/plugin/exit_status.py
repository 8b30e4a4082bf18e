"""How a run ends: its page, what the terminal says of it, and its exit status."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chaos.errors import HARNESS_FAILED, ChaosError, NotHealed, one_line
from chaos.options import refusal
from chaos.plugin import xdist
from chaos.plugin.signals import cause
from chaos.plugin.tracebacks import sentence

if TYPE_CHECKING:
    from chaos import Chaos
    from chaos.report.run_report import RunReport

run_report_key: pytest.StashKey[RunReport] = pytest.StashKey()
open_key: pytest.StashKey[Chaos] = pytest.StashKey()  # the session that was opened last
session_key: pytest.StashKey[Chaos] = pytest.StashKey()  # an item's own
WELL = {"kept", "looked", "skipped"}  # endings that nobody must look at
ACCUSED = {"broken", "unprotected"}  # endings that are not the harness's own


class ExitStatus:
    """Counts how scenarios ended, in the process that sees every report; writes the page."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._endings: list[str] = []
        self._trouble = ""
        self._why = "the run"
        self._item: pytest.Item | None = None
        self._begun: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember one ending."""
        if ending := getattr(report, "chaos_ending", ""):
            self._endings.append(ending)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember what is to be run; what no disk would keep, the page will complain of."""
        items = (item for item in session.items if item.get_closest_marker("chaos"))
        if run_report := self._config.stash.get(run_report_key, None):
            with suppress(OSError):
                run_report.plan({item.nodeid: sentence(item) for item in items})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Know in which scenario's middle a run ends: what ends it passes through here."""
        self._item = item
        done = yield
        self._item = None
        return done

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Know, in a controller, which scenarios its workers are in."""
        self._begun.add(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """One is over."""
        self._begun.discard(nodeid)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Write the page when all fixtures are torn down, whatever comes of that."""
        fault = None
        try:
            yield
        except NotHealed as error:
            fault = error
        finally:
            self._finish(session, fault)

    @pytest.hookimpl(tryfirst=True)  # a second Ctrl-C may cut off whoever else is told
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Whoever wants to leave waits for no proof: what fixtures hold open is only healed."""
        self._why = cause(excinfo.value)
        leave(self._config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Nor does a run that has fallen over."""
        self._why = cause(excinfo.value)
        leave(self._config)

    def _finish(self, session: pytest.Session, fault: NotHealed | None) -> None:
        """Failures of the harness alone have an exit status of their own."""
        run_report = self._config.stash.get(run_report_key, None)
        if run_report is not None:
            self._try(lambda: self._cut(run_report, fault))
        if xdist.is_worker(self._config):
            if run_report is not None:
                xdist.tell_controller(self._config, run_report)
                run_report.end_histories()
            return
        failed = [ending for ending in self._endings if ending not in WELL]
        others = session.testsfailed > len(failed)
        if _is_failure(session.exitstatus, failed) and not others:
            session.exitstatus = 1 if ACCUSED & {*failed} else HARNESS_FAILED
        if run_report is not None and not self._closed(run_report) and not session.exitstatus:
            session.exitstatus = HARNESS_FAILED

    def _cut(self, run_report: RunReport, fault: NotHealed | None) -> None:
        """Keep which scenarios were in their middle; a worker that has died could not."""
        item = self._item
        if fault is not None:
            self._endings.append("not healed")
        if item is not None and item.get_closest_marker("chaos"):
            session, why = item.stash.get(session_key, None), fault or f"ended by {self._why}"
            run_report.scenarios.cut(item.nodeid, why, session)
        if xdist.is_controller(self._config) and run_report.gather():
            for nodeid in sorted(self._begun):
                if run_report.scenarios.cut_short(nodeid, "ended by the end of its worker"):
                    self._endings.append("interrupted")

    def _closed(self, run_report: RunReport) -> bool:
        """Whether the run's page could be written."""
        if not xdist.is_controller(self._config) or run_report.run.is_dir():
            self._try(run_report.close)
        return not self._trouble

    def _try(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except (ChaosError, OSError) as error:
            self._trouble = f"the run's page could not be written: {error}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, Any] | None:
        """RESTARTED after 1.1 s, where pytest would say PASSED: with -v, and not the dots."""
        words = getattr(report, "chaos_words", "")
        if not words or report.skipped:
            return None
        letter, colour = (".", "green") if report.passed else ("F", "red")
        return report.outcome, letter, (words, {colour: True})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came of each scenario, and where the page is."""
        run_report = self._config.stash.get(run_report_key, None)
        if run_report is not None and (run_report.scenarios.records or run_report.planned):
            terminalreporter.section("chaos")
            for line in run_report.lines():
                terminalreporter.write_line(line)
            if self._trouble:
                terminalreporter.write_line(self._trouble)


def leave(config: pytest.Config) -> None:
    """The open scenario has come to its end: what its fixtures hold open is not proved any more."""
    if session := config.stash.get(open_key, None):
        session.leaving = True


def _is_failure(status: int, failed: list[str]) -> bool:
    """Whether a run failed by its tests; a controller calls a worker's stop an interruption."""
    if status == pytest.ExitCode.INTERRUPTED:
        return "not healed" in failed
    return status == pytest.ExitCode.TESTS_FAILED and bool(failed)


def begun(
    config: pytest.Config,
    reports: Path,
    begin: Callable[..., RunReport],
    *,
    say: Callable[[str], None],
) -> RunReport:
    """A run's report, begun; UsageError when its folder cannot be. Killed runs get their pages."""
    from chaos.report.unfinished import finish_dead  # noqa: PLC0415  only scenarios pay for it

    try:
        run_report = begin(reports, config.rootpath, config.invocation_params.args)
    except OSError as error:
        wanted = f"a folder that runs can be kept in ({error.filename}: {error.strerror})"
        raise pytest.UsageError(refusal("reports", one_line(wanted), str(reports))) from error
    for line in finish_dead(reports):
        say(line)
    if trials := config.pluginmanager.get_plugin("chaos-trials"):
        run_report.scenarios.app, run_report.battery = trials.names, trials.battery
    if folder := config.getoption("--alluredir", None):
        run_report.allure = Path(folder)
    if told := config.pluginmanager.get_plugin("chaos-told"):
        run_report.command = told.command
    return run_report
