"""Straight to a pod's address, and through the API server when that is not taken."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import pytest
from deadlines import LONG

from chaos.clock import ManualClock, Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.facts import Observed, Pod
from chaos.history.journal import Journal
from chaos.kube import direct
from chaos.kube.client import Client
from chaos.kube.patients import Patients
from chaos.recording.ports import Lost, Refused, Silent
from chaos.values import Json
from chaos.workloads.admitted import NodeName, Stand, Uid

pytestmark = pytest.mark.loopback
HERE = "127.0.0.1"
STAND = Stand(Uid("u1"), "web-1", NodeName("worker1"), "ns")
POD = Pod(STAND.uid, "web-1", "web", NodeName("worker1"), namespace="ns", ip=HERE)
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def listening(answer: bytes | None) -> Iterator[tuple[int, list[bytes]]]:
    """A port that takes one call and answers with these bytes, or with none until it is closed."""
    heard: list[bytes] = []
    with socket.create_server((HERE, 0)) as door:
        done = threading.Event()

        def serve() -> None:
            call, _ = door.accept()
            with call:
                said = call.recv(4096)
                while said.startswith(b"POST") and not said.endswith(b"}"):
                    said += call.recv(4096)  # its body comes by itself
                heard.append(said)
                if answer is None:
                    done.wait(LONG)
                else:
                    call.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1], heard
        done.set()
        thread.join(LONG)


def test_an_order_is_posted_and_the_answer_read() -> None:
    with listening(WELL) as (port, heard):
        said = direct.request(f"{HERE}:{port}", "POST", "/orders", {"do": "x"}, within=LONG)

    assert said == (200, b"{}")
    assert heard[0].startswith(b"POST /orders HTTP/1.1")
    assert json.loads(heard[0].split(b"\r\n\r\n")[1]) == {"do": "x"}


@pytest.mark.parametrize("answer", [None, b"", b"what?"], ids=["silence", "the-end", "nonsense"])
def test_a_call_that_is_taken_and_not_answered_is_silence(answer: bytes | None) -> None:
    with listening(answer) as (port, _), pytest.raises(Silent):
        direct.request(f"{HERE}:{port}", "GET", "/", within=seconds(0.2))


def test_a_call_that_nobody_takes_is_lost_and_not_silence() -> None:
    with socket.create_server((HERE, 0)) as door:
        port = door.getsockname()[1]

    with pytest.raises(Lost, match="no connection") as error:
        direct.request(f"{HERE}:{port}", "GET", "/", within=seconds(0.2))
    assert not isinstance(error.value, Silent)


class Proxy:
    """The API server's way to a pod."""

    def __init__(self, answer: tuple[int, bytes] | Exception = (200, b"{}")) -> None:
        self.answer, self.asked = answer, 0

    def proxy(
        self, pod: str, method: str, path: str, body: Json | None = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        del pod, method, path, body, within
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def patients(proxy: Proxy, *, reachable: bool = True, seen: Pod | None = POD) -> Patients:
    journal = Journal(ManualClock())
    if seen is not None:
        journal.write(Observed(seconds(0), seen))
    return Patients(cast(Client, proxy), journal, reachable)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    with listening(WELL) as (port, _):
        monkeypatch.setattr("chaos.kube.patients.DESK", port)
        yield port
        with socket.socket() as last:  # who was not called is not waited for
            last.connect_ex((HERE, port))


def test_an_order_needs_no_api_server_where_the_pod_can_be_reached(desk: int) -> None:
    proxy = Proxy(Lost("the API server is away"))
    patients(proxy).tell(STAND, "hang", {})

    assert proxy.asked == 0


@pytest.mark.parametrize(
    ("reachable", "seen"),
    [(False, POD), (True, None), (True, replace(POD, ip=""))],
    ids=["no-route", "never-seen", "no-address"],
)
def test_an_order_goes_through_the_api_server_otherwise(
    desk: int,
    reachable: bool,  # noqa: FBT001  one of a row
    seen: Pod | None,
) -> None:
    proxy = Proxy()
    patients(proxy, reachable=reachable, seen=seen).tell(STAND, "hang", {})

    assert proxy.asked == 1


def test_where_nobody_takes_the_call_the_api_server_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server((HERE, 0)) as door:
        monkeypatch.setattr("chaos.kube.patients.DESK", door.getsockname()[1])
    proxy = Proxy()

    patients(proxy).tell(STAND, "hang", {})

    assert proxy.asked == 1


def test_an_order_whose_reply_was_cut_off_may_be_in_force_and_is_not_given_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Proxy()
    with listening(b"") as (port, _):
        monkeypatch.setattr("chaos.kube.patients.DESK", port)
        patients(proxy).tell(STAND, "hang", {})

    assert proxy.asked == 0


def test_an_order_that_nobody_answers_was_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chaos.kube.patients.TELL_WITHIN", seconds(0.2))
    with listening(None) as (port, _):
        monkeypatch.setattr("chaos.kube.patients.DESK", port)
        with pytest.raises(ChaosError, match=r"could not be told to hang: .*no answer"):
            patients(Proxy()).tell(STAND, "hang", {})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(b"HTTP/1.1 503 Ill\r\nContent-Length: 0\r\n\r\n", 503, id="a-status"),
        pytest.param(b"", "reset", id="the-end-and-nothing-before"),
        pytest.param(None, "no answer", id="silence"),
        pytest.param(WELL[:-2], "reset", id="a-body-that-is-cut"),
    ],
)
def test_what_a_get_comes_to_is_a_status_or_a_word(answer: bytes | None, said: int | str) -> None:
    with listening(answer) as (port, heard):
        got = patients(Proxy()).got(STAND, port, "/health", seconds(0.2))

    assert got == said
    assert heard[0].startswith(b"GET /health HTTP/1.1")


def because_of(error: Lost, cause: Exception) -> Lost:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused(503, "", "dial tcp 10.0.0.1:8080: connect: connection refused"), "refused"),
        (Refused(502, "", "read tcp: connection reset by peer"), "reset"),
        (Refused(502, "", "EOF"), "reset"),
        (Refused(404, "NotFound", 'pods "web-1" not found'), "lost"),
        (Lost("the API server is away"), "lost"),
        (Lost("API server: no answer (connection refused)"), "lost"),
        (Silent("no answer in time"), "lost"),
        (because_of(Lost("API server: no answer"), ConnectionResetError()), "lost"),
        (because_of(Lost("API server: no answer"), TimeoutError()), "lost"),
    ],
)
def test_what_the_api_server_says_of_a_get_is_told_in_a_word(
    error: Refused | Lost, said: str
) -> None:
    asked = patients(Proxy(error), reachable=False)

    assert asked.got(STAND, 8080, "/health", seconds(1)) == said
