"""Tripwires: what a test must not do raises, and names the fake to use instead."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from typing import NoReturn

import pytest

MAY = {
    "loopback": {"sleep", "connect", "bind", "start"},
    "subprocess": {"sleep", "start"},
    "cluster": {"sleep", "connect", "bind", "start"},
}


def _trap(what: str, instead: str) -> Callable[..., NoReturn]:
    def tripped(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError(f"a test must not {what}: use {instead}")

    return tripped


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
