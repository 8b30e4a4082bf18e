"""A client that speaks to the patient as grpc-go does: several frames at once, then it hangs up."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen

import pytest
from deadlines import LONG

from chaos.patient.frames import DATA, GOAWAY, HEADERS, PING, PREFACE, SETTINGS
from patient.bedside import LOCALHOST, Bed, bed_of

pytestmark = [pytest.mark.loopback, pytest.mark.subprocess]

WINDOW_UPDATE = 8
CALL = bytes.fromhex("83 86 04 05 2f 63 61 6c 6c")  # POST, http, path /call
NO_SERVICE = b"\0\0\0\0\0"  # an empty HealthCheckRequest
SERVING, NOT_SERVING = b"\0\0\0\0\2\x08\1", b"\0\0\0\0\2\x08\2"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">L", len(payload))[1:] + struct.pack(">BBL", kind, flags, stream) + payload


def call(stream: int) -> bytes:
    return frame(HEADERS, 4, stream, CALL) + frame(DATA, 1, stream, NO_SERVICE)


OPENING = PREFACE + frame(SETTINGS, 0, 0) + frame(WINDOW_UPDATE, 0, 0, b"\0\0\1\0")


@contextmanager
def connected(bed: Bed, sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection((LOCALHOST, bed.grpc), timeout=LONG) as connection:
        connection.sendall(sent)
        yield connection


def frames(connection: socket.socket) -> Iterator[tuple[int, int, int, bytes]]:
    with connection.makefile("rb") as stream:
        while begin := stream.read(9):
            kind, flags, number = struct.unpack(">BBL", begin[3:])
            yield kind, flags, number, stream.read(int.from_bytes(begin[:3], "big"))


def said(bed: Bed) -> bytes:
    with connected(bed, OPENING + call(1)) as connection:
        return next(payload for kind, _, _, payload in frames(connection) if kind == DATA)


@pytest.fixture
def bed(admit: Callable[..., Popen[str]]) -> Bed:
    return bed_of(admit({"do": "grpc"}))


def test_a_call_is_answered_by_headers_a_message_and_trailers(bed: Bed) -> None:
    with connected(bed, OPENING + call(1) + frame(GOAWAY, 0, 0, bytes(8))) as connection:
        answer = list(frames(connection))

    assert [a[:3] for a in answer] == [
        (SETTINGS, 0, 0),
        (SETTINGS, 1, 0),
        (HEADERS, 4, 1),
        (DATA, 0, 1),
        (HEADERS, 5, 1),
    ]
    assert answer[2][3] == b"\0\x07:status\x03200\0\x0ccontent-type\x10application/grpc"
    assert answer[3][3] == SERVING
    assert answer[4][3] == b"\0\x0bgrpc-status\x010"


def test_each_call_of_a_connection_is_answered(bed: Bed) -> None:
    with connected(bed, OPENING + call(1) + call(3) + frame(GOAWAY, 0, 0)) as connection:
        assert [f[2] for f in frames(connection) if f[0] == DATA] == [1, 3]


def test_a_call_that_is_not_complete_waits_for_its_end(bed: Bed) -> None:
    with connected(bed, OPENING + frame(HEADERS, 4, 1, CALL)) as connection:
        connection.sendall(frame(PING, 0, 0, b"12345678"))
        seen = frames(connection)
        assert [next(seen)[:2] for _ in range(3)] == [(SETTINGS, 0), (SETTINGS, 1), (PING, 1)]

        connection.sendall(frame(DATA, 1, 1, NO_SERVICE))

        assert next(seen)[0] == HEADERS


def test_a_ping_is_given_back_and_its_answer_is_not(bed: Bed) -> None:
    pings = frame(PING, 1, 0, b"answered") + frame(PING, 0, 0, b"question")
    with connected(bed, OPENING + pings + frame(GOAWAY, 0, 0)) as connection:
        assert [f[1:] for f in frames(connection) if f[0] == PING] == [(1, 0, b"question")]


def test_it_says_what_it_was_told(bed: Bed) -> None:
    assert said(bed) == SERVING

    bed.order(do="grpc_says", status="not_serving")
    assert said(bed) == NOT_SERVING
    assert bed.report()["grpc"] == "not_serving"

    bed.order(do="heal")
    assert said(bed) == SERVING


@pytest.mark.parametrize("order", [{"do": "grpc_says", "status": "silent"}, {"do": "hang"}])
def test_it_is_silent_when_told_and_when_it_hangs(bed: Bed, order: dict[str, object]) -> None:
    bed.order(**order)

    with connected(bed, OPENING + call(1) + frame(GOAWAY, 0, 0)) as connection:
        assert {f[0] for f in frames(connection)} == {SETTINGS}
    bed.order(do="heal")
    assert said(bed) == SERVING


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n" * 2, b"", PREFACE + b"\xff" * 9])
def test_who_speaks_another_language_is_left(bed: Bed, garbage: bytes) -> None:
    with connected(bed, garbage) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert DATA not in {f[0] for f in frames(connection)}

    assert said(bed) == SERVING


def test_without_the_order_there_is_no_such_port(admit: Callable[..., Popen[str]]) -> None:
    bed = bed_of(admit())

    assert bed.grpc == 0
    assert bed.report()["grpc"] is None
