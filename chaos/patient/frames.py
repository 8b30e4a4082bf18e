"""As much of HTTP/2 as a gRPC health check needs: frames (RFC 9113), plain headers (RFC 7541)."""

from __future__ import annotations

import struct
from io import BufferedIOBase
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7  # types of frames
ACK = END_STREAM = 1  # flags: the first of SETTINGS and PING, the second of DATA and HEADERS
END_HEADERS = 4
HEAD = 9  # bytes before a payload
WHOLE = b"\0"  # before a message of gRPC: it is not compressed


class Frame(NamedTuple):
    """One frame, as it is sent."""

    kind: int
    flags: int
    stream: int
    payload: bytes = b""

    def __bytes__(self) -> bytes:
        """What goes over the wire."""
        size = len(self.payload)
        begin = struct.pack(">BHBBL", size >> 16, size & 0xFFFF, self.kind, self.flags, self.stream)
        return begin + self.payload


def read(file: BufferedIOBase, *, most: int) -> Frame | None:
    """The next frame that is whole; None at the end, and for a payload of more bytes than that."""
    begin = file.read(HEAD)
    if len(begin) < HEAD:
        return None
    high, low, kind, flags, stream = struct.unpack(">BHBBL", begin)
    length = (high << 16) + low
    payload = file.read(length) if length <= most else b""
    return Frame(kind, flags, stream, payload) if len(payload) == length else None


def literals(headers: dict[bytes, bytes]) -> bytes:
    """Headers in HPACK's plainest form: literal, not indexed, not compressed, below 127 bytes."""
    fields = ((name, value) for name, value in headers.items())
    return b"".join(b"\0%c%b%c%b" % (len(n), n, len(v), v) for n, v in fields)


def message(content: bytes) -> bytes:
    """A message of gRPC, as DATA has it."""
    return WHOLE + struct.pack(">L", len(content)) + content
