"""Tripwires: what a test must not do raises, and names the fake to use instead."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from chaos.clusters.embedded import assets

MAY = {
    "loopback": {"sleep", "connect", "bind", "start"},
    "subprocess": {"sleep", "start"},
    "cluster": {"sleep", "connect", "bind", "start"},
}


def _trap(what: str, instead: str) -> Callable[..., NoReturn]:
    def tripped(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError(f"a test must not {what}: use {instead}")

    return tripped


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """`-m chaos` asks for scenarios, which need nothing of what only the tests import."""
    asked = config.option.markexpr
    return True if asked == "chaos" or asked.startswith("chaos and ") else None


@pytest.fixture(scope="session", autouse=True)
def programs(request: pytest.FixtureRequest) -> Path | None:
    """The programs of clusters, had before any deadline: a first build takes minutes.

    `scripts/test` has had them already, and said aloud what took long.
    """
    wanted = any(item.get_closest_marker("cluster") for item in request.session.items)
    if not wanted or not sys.platform.startswith("linux") or os.geteuid() != 0:
        return None
    return assets.find(print)


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
