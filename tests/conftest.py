"""Tripwires: what a test must not do raises, and names the fake to use instead."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from chaos.providers.embedded import assets

MAY = {
    "loopback": {"sleep", "connect", "bind", "start"},
    "subprocess": {"sleep", "start"},
    "cluster": {"sleep", "connect", "bind", "start"},
}


def _trap(what: str, instead: str) -> Callable[..., NoReturn]:
    def tripped(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError(f"a test must not {what}: use {instead}")

    return tripped


def _scenarios_only(config: pytest.Config) -> bool:
    """`-m chaos` asks for scenarios, which need nothing of what only the tests import."""
    asked: str = config.option.markexpr
    return asked == "chaos" or asked.startswith("chaos and ")


def pytest_configure(config: pytest.Config) -> None:
    """The gate tries the same examples each time; HYPOTHESIS_PROFILE=nightly explores."""
    if _scenarios_only(config):
        return
    from hypothesis import HealthCheck, settings  # noqa: PLC0415 - see _scenarios_only

    slow = [HealthCheck.too_slow]  # a machine is; nothing is said of a test by that
    settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=slow)
    settings.register_profile("nightly", deadline=None, suppress_health_check=slow, print_blob=True)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Not the tests, when only scenarios are asked for."""
    return _scenarios_only(config) or None


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for sockets, whose paths may have 107 bytes: a worker's `tmp_path` is too long."""
    with tempfile.TemporaryDirectory() as short:
        yield Path(short)


@pytest.fixture(scope="session", autouse=True)
def programs(request: pytest.FixtureRequest) -> Path | None:
    """The programs of clusters, had before any deadline: a first build takes minutes.

    `scripts/test` has had them already, and said aloud what took long.
    """
    wanted = any(item.get_closest_marker("cluster") for item in request.session.items)
    if not wanted or not sys.platform.startswith("linux") or os.geteuid() != 0:
        return None
    assets.toxiproxy(print)
    return assets.find(print)


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run of pytest inside a test pytest-rerunfailures opens no port for xdist's workers."""
    monkeypatch.setattr("pytest_rerunfailures.HAS_PYTEST_HANDLECRASHITEM", False)


@pytest.fixture(scope="session", autouse=True)
def _no_summary() -> Iterator[None]:
    """What tests run is no part of the summary of the job that runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        yield


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """No run of a contract test outlives the test."""
    yield
    if project := sys.modules.get("project"):
        project.end_all()


@pytest.fixture(autouse=True)
def _tripwires(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    may = {
        act for mark, acts in MAY.items() if request.node.get_closest_marker(mark) for act in acts
    }
    cluster = "chaos.testing.FakeCluster, or mark the test `loopback`"
    if "sleep" not in may:
        monkeypatch.setattr(time, "sleep", _trap("sleep", "chaos.clock.ManualClock"))
    if "connect" not in may:
        monkeypatch.setattr(socket.socket, "connect", _trap("open a connection", cluster))
    if "bind" not in may:
        monkeypatch.setattr(socket.socket, "bind", _trap("bind a socket", cluster))
    if "start" not in may:
        instead = "chaos.testing.FakeCluster, or mark the test `subprocess`"
        monkeypatch.setattr(subprocess, "Popen", _trap("start a process", instead))
