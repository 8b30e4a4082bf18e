"""A request over a wire, measured against servers that answer, stall, reset and close."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from deadlines import LONG

from chaos.clock import SystemClock, seconds
from chaos.kube.sounding import POSTGRES, REDIS, Heard, direct, hail

pytestmark = pytest.mark.loopback
HERE = "127.0.0.1"
Serve = Callable[[socket.socket], object]


@contextmanager
def listening(serve: Serve) -> Iterator[tuple[str, int]]:
    """A port whose first caller is served so."""
    with socket.create_server((HERE, 0)) as door:

        def take() -> None:
            call, _ = door.accept()
            with call:
                call.recv(65536)
                serve(call)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield (HERE, door.getsockname()[1])
        thread.join(LONG)


def heard(serve: Serve, patience: float = LONG) -> Heard:
    with listening(serve) as address:
        return direct(address, b"hello", seconds(patience), SystemClock())


def late(call: socket.socket) -> None:
    time.sleep(0.2)
    call.sendall(b"ab")
    time.sleep(1)  # longer than a busy reader takes for the first piece
    call.sendall(b"c")


def reset(call: socket.socket) -> None:
    call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_what_comes_back_is_counted_and_timed() -> None:
    answer = heard(late)

    assert (answer.end, answer.sent, answer.count, answer.pieces) == ("closed", 5, 3, 2)
    assert answer.first is not None
    assert 0.2 <= answer.first < answer.last <= answer.took
    assert answer.last >= 1.2


def test_our_patience_ends_what_does_not_end_by_itself() -> None:
    answer = heard(lambda call: call.recv(1), patience=0.2)  # until we hang up

    assert (answer.end, answer.first, answer.count) == ("open", None, 0)
    assert answer.took >= 0.2


def test_a_reset_is_no_close() -> None:
    assert heard(reset).end == "reset"
    assert heard(lambda _: None).end == "closed"


def test_a_port_that_nobody_listens_at_refuses() -> None:
    with socket.create_server((HERE, 0)) as door:
        address = (HERE, door.getsockname()[1])

    assert direct(address, b"hello", seconds(1), SystemClock()).end == "refused"


def test_each_far_end_is_spoken_to_in_its_own_tongue() -> None:
    postgres = hail("", POSTGRES)

    assert int.from_bytes(postgres[:4], "big") == len(postgres) < 10_000
    assert postgres[4:8] == b"\0\3\0\0"  # protocol 3.0
    assert hail("", REDIS).startswith(b"ECHO ")
    assert hail("grpc", 80).startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    for web in (hail("", 80), hail("http", POSTGRES)):
        assert web.startswith(b"GET / HTTP/1.1\r\n")
        assert web.endswith(b"\r\n\r\n")
        assert 2000 < len(web) < 8000
