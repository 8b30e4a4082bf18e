"""Asks the patient's gRPC health service, from beside it: what a kubelet's probe would hear.

    patient-grpc-check

It is run in the patient's container, where no other way leads to that port, and exits as
`grpc_health_probe` does: 0 for SERVING, 4 for another status, 2 where nobody listens, 3 where the
call came to nothing. Before there is an answer it does not end.
"""

from __future__ import annotations

import os
import socket
from io import BufferedIOBase

from .frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    SETTINGS,
    Frame,
    literals,
    message,
    read,
)

# As github.com/grpc-ecosystem/grpc-health-probe has them.
SERVING, UNREACHED, FAILED, NOT_SERVING = 0, 2, 3, 4
LONGEST = 1 << 14  # bytes of a frame, unless somebody agreed on more (RFC 9113, 4.2)
WELL = message(b"\x08\x01")  # status = SERVING
CALL = {
    b":method": b"POST",
    b":scheme": b"http",
    b":path": b"/grpc.health.v1.Health/Check",
    b":authority": b"localhost",
    b"content-type": b"application/grpc",
    b"te": b"trailers",
}


def main() -> int:
    """The exit status."""
    port = int(os.environ.get("PATIENT_GRPC_PORT", "8082"))
    try:
        wire = socket.create_connection(("127.0.0.1", port))
    except OSError:
        return UNREACHED
    try:
        with wire, wire.makefile("rb") as file:
            wire.sendall(question())
            return answer(file)
    except OSError:
        return FAILED


def question() -> bytes:
    """One call, about no service in particular."""
    asked = Frame(HEADERS, END_HEADERS, 1, literals(CALL)), Frame(DATA, END_STREAM, 1, message(b""))
    return PREFACE + b"".join(map(bytes, (Frame(SETTINGS, 0, 0), *asked)))


def answer(file: BufferedIOBase) -> int:
    """What the first message of the call says; a call may also end without one."""
    while frame := read(file, most=LONGEST):
        if frame.kind == DATA and frame.payload:
            return SERVING if frame.payload == WELL else NOT_SERVING
        if frame.kind == HEADERS and frame.flags & END_STREAM:
            break
    return FAILED
