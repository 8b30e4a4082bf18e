"""A port that answers `grpc.health.v1.Health/Check`: as little of HTTP/2 as grpc-go needs.

Whatever is called is answered as a health check: the headers of requests are not even read, for
they are compressed (RFC 7541) and there is one method here. Frames are those of RFC 9113, the
message is that of the gRPC health checking protocol.
"""

from __future__ import annotations

import struct

from .conversation import LONGEST, Conversation
from .patient import Patient

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7  # types of frames
ACK = END_STREAM = 1  # flags: the first of SETTINGS and PING, the second of DATA and HEADERS
END_HEADERS = 4
STATUS = {"serving": 1, "not_serving": 2}  # ServingStatus of the protocol; "silent" has none
WHOLE = b"\0"  # before a message: it is not compressed


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
        begin = self.rfile.read(9)
        if len(begin) < 9:  # noqa: PLR2004 - the length of a frame's head
            return False
        high, low, kind, flags, stream = struct.unpack(">BHBBL", begin)
        length = (high << 16) + low
        if length > LONGEST or kind == GOAWAY:
            return False
        payload = self.rfile.read(length)
        if kind in (SETTINGS, PING) and not flags & ACK:
            self._send(kind, ACK, 0, payload if kind == PING else b"")
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self._answer(stream)
        return True

    def _answer(self, stream: int) -> None:
        """Answer a call that has been made in full, unless the patient is to be silent."""
        status = STATUS.get(says(self.server.patient))
        if status is None:
            return
        message = bytes((1 << 3, status))  # field 1, a varint
        begin = _literals({b":status": b"200", b"content-type": b"application/grpc"})
        self._send(HEADERS, END_HEADERS, stream, begin)
        self._send(DATA, 0, stream, WHOLE + struct.pack(">L", len(message)) + message)
        self._send(HEADERS, END_HEADERS | END_STREAM, stream, _literals({b"grpc-status": b"0"}))

    def _send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        begin = struct.pack(">BHBBL", 0, len(payload), kind, flags, stream)
        self.request.sendall(begin + payload)


def says(patient: Patient) -> str:
    """What the patient says of itself over gRPC: one that hangs says nothing here, too."""
    return (patient.grpc or "silent") if patient.healthy.is_set() else "silent"


def _literals(headers: dict[bytes, bytes]) -> bytes:
    """Headers in HPACK's plainest form: literal, not indexed, not compressed, below 127 bytes."""
    fields = ((name, value) for name, value in headers.items())
    return b"".join(b"\0%c%b%c%b" % (len(n), n, len(v), v) for n, v in fields)
