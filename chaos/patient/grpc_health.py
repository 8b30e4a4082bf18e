"""A port that answers `grpc.health.v1.Health/Check`: as little of HTTP/2 as grpc-go needs.

Whatever is called is answered as a health check: the headers of requests are not even read, for
they are compressed and there is one method here. The message is that of the gRPC health checking
protocol.
"""

from __future__ import annotations

from .conversation import LONGEST, Conversation
from .frames import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    SETTINGS,
    Frame,
    literals,
    message,
    read,
)
from .patient import Patient

STATUS = {"serving": 1, "not_serving": 2}  # ServingStatus of the protocol; "silent" has none


class Health(Conversation):
    """One connection, and any number of calls on it."""

    def handle(self) -> None:
        """Answer until the client leaves; one that speaks no HTTP/2 is left at once."""
        try:
            if self.rfile.read(len(PREFACE)) == PREFACE:
                self._send(SETTINGS, 0, 0)
                while self._take():
                    pass
        except OSError:
            pass

    def _take(self) -> bool:
        """Take one frame; whether another may come."""
        frame = read(self.rfile, most=LONGEST)
        if frame is None or frame.kind == GOAWAY:
            return False
        if frame.kind in (SETTINGS, PING) and not frame.flags & ACK:
            self._send(frame.kind, ACK, 0, frame.payload if frame.kind == PING else b"")
        if frame.kind in (DATA, HEADERS) and frame.flags & END_STREAM:
            self._answer(frame.stream)
        return True

    def _answer(self, stream: int) -> None:
        """Answer a call that has been made in full, unless the patient is to be silent."""
        status = STATUS.get(says(self.server.patient))
        if status is None:
            return
        begin = literals({b":status": b"200", b"content-type": b"application/grpc"})
        self._send(HEADERS, END_HEADERS, stream, begin)
        self._send(DATA, 0, stream, message(bytes((1 << 3, status))))  # field 1, a varint
        self._send(HEADERS, END_HEADERS | END_STREAM, stream, literals({b"grpc-status": b"0"}))

    def _send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self.request.sendall(bytes(Frame(kind, flags, stream, payload)))


def says(patient: Patient) -> str:
    """What the patient says of itself over gRPC: one that hangs says nothing here, too."""
    return (patient.grpc or "silent") if patient.healthy.is_set() else "silent"
