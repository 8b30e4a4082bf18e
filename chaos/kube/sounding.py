"""A request over a wire, measured: what came back, when, and how it ended.

Straight to the wire's own port where that can be reached. Else the API server sends it, who speaks
HTTP only and shows neither pieces nor a first byte.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chaos.clock import Clock, Seconds
from chaos.recording.ports import Lost, Refused
from chaos.workloads.wires import Way

PIECE = 65536
PADDING = 2000  # bytes: enough to see 100 KB/s by, and less than any server takes in one request
POSTGRES, REDIS = 5432, 6379

End = Literal["refused", "reset", "closed", "open", "lost"]


@dataclass(frozen=True, slots=True)
class Heard:
    """The measured part of `chaos.history.looked.Sounded`."""

    end: End
    took: float
    first: float | None = None
    last: float = 0.0
    sent: int = 0
    count: int = 0
    pieces: int = 0


def hail(way: Way, port: int) -> bytes:
    """What makes the far end answer something, and close: a database answers with an error."""
    if way == "grpc":
        return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    if not way and port == POSTGRES:
        said = b"\0\3\0\0user\0chaos\0application_name\0" + b"x" * PADDING + b"\0\0"
        return (len(said) + 4).to_bytes(4, "big") + said
    if not way and port == REDIS:
        return b"ECHO " + b"x" * PADDING + b"\r\nQUIT\r\n"
    head = "GET / HTTP/1.1\r\nHost: wire\r\nConnection: close\r\nX-Padding: "
    return f"{head}{'x' * PADDING}\r\n\r\n".encode()


def direct(address: tuple[str, int], sent: bytes, patience: Seconds, clock: Clock) -> Heard:
    """Send it there, and listen until it is over or our patience is."""
    began = clock.now()
    times: list[float] = []
    count = 0

    def heard(end: End) -> Heard:
        first, last = (times[0], times[-1]) if times else (None, 0.0)
        took = clock.now() - began
        return Heard(end, took, first, last, len(sent), count, len(times))

    try:
        with socket.create_connection(address, timeout=patience) as wire:
            wire.sendall(sent)
            while (left := began + patience - clock.now()) > 0:
                wire.settimeout(left)
                piece = wire.recv(PIECE)
                if not piece:
                    return heard("closed")
                times.append(clock.now() - began)
                count += len(piece)
            return heard("open")
    except TimeoutError:
        return heard("open")
    except ConnectionRefusedError:
        return heard("refused")
    except OSError as error:
        return heard("reset" if error.errno in {errno.ECONNRESET, errno.EPIPE} else "lost")


def relayed(send: Callable[[], tuple[int, bytes]], clock: Clock) -> Heard:
    """Have the API server send one, and take its word for how that ended."""
    began = clock.now()
    try:
        _, body = send()
    except Lost:
        return Heard("open", clock.now() - began)
    except Refused as error:
        return Heard(ending(error), clock.now() - began)
    took = clock.now() - began
    return Heard("closed", took, took, took, count=len(body), pieces=1)


def ending(error: Refused) -> End:
    """What the API server's words for a failure mean (Go: net.OpError, net/http and io.EOF)."""
    words: dict[str, End] = {"connection refused": "refused", "reset": "reset", "EOF": "closed"}
    words["malformed"] = "closed"  # what had come of an answer when it was cut
    return next((end for word, end in words.items() if word in str(error)), "lost")
