"""Runs of pytest-xdist: the workers keep scenarios in one folder, the controller writes the page.

Registered only in a controller. What it is told by its workers arrives when they end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chaos.plugin.signals import signal_of

if TYPE_CHECKING:
    from chaos.report.run_report import RunReport

RUN, VERSIONS = "chaos_run", "chaos_versions"


class Controller:
    """Tells each worker where the run's folder is, and learns which cluster it had."""

    def __init__(self, run_report: RunReport) -> None:
        self._run_report = run_report
        self._there: dict[Any, int] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker is about to be started."""
        node.workerinput[RUN] = str(self._run_report.run)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """A worker runs; one on another machine has a process there, which is not ours to end."""
        if node.gateway.spec.popen:
            about = node.gateway._rinfo()  # noqa: SLF001  nothing public tells; xdist has asked it
            self._there[node] = about.pid

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Pass on what ends the run: xdist waits 5 s before it interrupts, and 10 before it kills.

        (execnet.gateway_base, _terminate_execution; xdist.workermanage, EXIT_TIMEOUT.)
        """
        for pid in self._there.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal_of(excinfo.value))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        """A worker has ended; one that crashed has said nothing."""
        del error
        self._there.pop(node, None)
        self._run_report.versions |= getattr(node, "workeroutput", {}).get(VERSIONS, {})


def is_worker(config: pytest.Config) -> bool:
    """Whether this process was started by a controller."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Whether this process lets others run the tests."""
    return not is_worker(config) and bool(config.getoption("tx", None))


def given_run(config: pytest.Config) -> Path:
    """The run's folder, as the controller named it."""
    worker: Any = config
    return Path(worker.workerinput[RUN])


def tell_controller(config: pytest.Config, run_report: RunReport) -> None:
    """What only this worker knows of the run."""
    worker: Any = config
    worker.workeroutput[VERSIONS] = run_report.versions
