"""What asks the patient's gRPC health service from beside it; and others that answer there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen

import pytest
from deadlines import LONG

from chaos.patient.frames import DATA, END_STREAM, HEADERS, PING, SETTINGS, Frame, message
from chaos.patient.grpc_check import FAILED, LONGEST, NOT_SERVING, SERVING, UNREACHED, main
from patient.bedside import LOCALHOST, Bed, bed_of

pytestmark = [pytest.mark.loopback, pytest.mark.subprocess]

OPENS, PINGS = Frame(SETTINGS, 0, 0), Frame(PING, 0, 0, b"12345678")
WELL, ILL = message(b"\x08\x01"), message(b"\x08\x02")


@pytest.fixture
def patient(admit: Callable[..., Popen[str]]) -> Popen[str]:
    return admit({"do": "grpc"})


@pytest.fixture
def bed(patient: Popen[str], monkeypatch: pytest.MonkeyPatch) -> Bed:
    found = bed_of(patient)
    monkeypatch.setenv("PATIENT_GRPC_PORT", str(found.grpc))
    return found


@contextmanager
def serving(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who hears one call, says this, and hangs up."""
    with socket.create_server((LOCALHOST, 0)) as door:
        monkeypatch.setenv("PATIENT_GRPC_PORT", str(door.getsockname()[1]))

        def serve() -> None:
            wire, _ = door.accept()
            with wire:
                wire.recv(1 << 10)
                wire.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(LONG)


def test_it_ends_as_the_service_says(bed: Bed) -> None:
    assert main() == SERVING

    bed.order(do="grpc_says", status="not_serving")
    assert main() == NOT_SERVING

    bed.order(do="heal")
    assert main() == SERVING


def test_it_waits_for_an_answer(bed: Bed, patient: Popen[str]) -> None:
    bed.order(do="grpc_says", status="silent")
    ends: list[int] = []
    asking = threading.Thread(target=lambda: ends.append(main()))
    asking.start()
    asking.join(0.2)
    assert asking.is_alive()

    patient.kill()
    asking.join(LONG)
    assert ends == [FAILED]


def test_where_nobody_listens_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((LOCALHOST, 0)) as door:
        monkeypatch.setenv("PATIENT_GRPC_PORT", str(door.getsockname()[1]))

    assert main() == UNREACHED


@pytest.mark.parametrize(
    ("frames", "status"),
    [
        pytest.param([OPENS, PINGS, Frame(DATA, 0, 1, WELL)], SERVING, id="after-others"),
        pytest.param([Frame(HEADERS, 4, 1, b"\x88"), Frame(DATA, 0, 1, WELL)], SERVING, id="well"),
        pytest.param([Frame(DATA, 0, 1), Frame(DATA, 0, 1, ILL)], NOT_SERVING, id="empty-first"),
        pytest.param([Frame(DATA, 0, 1, message(b""))], NOT_SERVING, id="status-unknown"),
        pytest.param([Frame(HEADERS, END_STREAM | 4, 1)], FAILED, id="an-error-alone"),
        pytest.param([Frame(DATA, 0, 1, bytes(LONGEST + 1))], FAILED, id="more-than-was-agreed"),
        pytest.param([OPENS], FAILED, id="it-hangs-up"),
    ],
)
def test_what_others_answer(
    frames: list[Frame], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(b"".join(map(bytes, frames)), monkeypatch):
        assert main() == status


def test_an_answer_that_breaks_off_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(bytes(Frame(DATA, 0, 1, WELL))[:-1], monkeypatch):
        assert main() == FAILED
