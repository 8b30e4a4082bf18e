"""A few lines of HTTP on `socketserver`; `http.server` would cost 8 MiB and 40 ms a start."""

from __future__ import annotations

import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from typing import NamedTuple

from .patient import CLOSED, OPEN, Patient

LONGEST = 1 << 16  # bytes of a line, of the headers and of a body
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}
GLANCE = 0.2  # seconds between two looks at whether a client, or the port itself, has gone
TOO_LONG = f"a request has at most {LONGEST} bytes"
AT_ONCE = struct.pack("ii", 1, 0)  # for SO_LINGER: on, 0 seconds: close sends RST


class Request(NamedTuple):
    """The parts of a request that anybody here asks for. `authorized`: it tried to be."""

    method: str
    path: str
    body: bytes
    authorized: bool


class Conversation(socketserver.StreamRequestHandler):
    """One connection: one request, one answer, closed."""

    timeout = 30  # seconds a client may take over its request
    server: Port

    def handle(self) -> None:
        """Read, answer, hang up; a client that goes away is nobody's trouble."""
        try:
            request = self._read()
            if request is not None:
                self.respond(request)
        except OSError:
            pass
        except ValueError as error:
            self.reply(400, str(error))

    def respond(self, request: Request) -> None:
        """Answer one request."""
        raise NotImplementedError

    def reply(self, status: int, text: str, *, kind: str = "text/plain", more: str = "") -> None:
        """Send one whole answer; `more` is further lines of headers."""
        body = text.encode() + b"\n"
        self.request.sendall(head(status, len(body), kind=kind, more=more) + body)

    def reset(self) -> None:
        """Break the connection off: the client is told by RST, not by an end of the answer."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.request.close()

    def hold(self, over: Callable[[], object]) -> bool:
        """Say nothing until `over`, which takes a while to say no; whether the client stayed."""
        while not over():
            if select.select([self.request], [], [], 0)[0] and self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        return not self.request.recv(1, socket.MSG_PEEK)

    def _read(self) -> Request | None:
        words = self.rfile.readline(LONGEST).decode("latin-1").split()
        if not words:
            return None
        if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - the three parts
            raise ValueError("not an HTTP/1 request")
        headers = self._headers()
        length = int(headers.get(b"content-length", 0))
        if not 0 <= length <= LONGEST:
            raise ValueError(TOO_LONG)
        body, path = self.rfile.read(length), words[1].partition("?")[0]
        return Request(words[0], path, body, b"authorization" in headers)

    def _headers(self) -> dict[bytes, bytes]:
        headers, read = {}, 0
        while line := self.rfile.readline(LONGEST).strip():
            read += len(line)
            if read > LONGEST:
                raise ValueError(TOO_LONG)
            name, _, value = line.partition(b":")
            headers[name.lower()] = value
        return headers


class Port(socketserver.ThreadingTCPServer):
    """A TCP port, bound when made. `turn` makes it listen and serve, only listen, or neither."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, patient: Patient, conversation: type[Conversation], *, address: tuple[str, int]
    ) -> None:
        super().__init__(address, conversation, bind_and_activate=False)
        self.patient = patient
        self.server_bind()
        self.number: int = self.socket.getsockname()[1]
        self._state = CLOSED
        self._fresh = True  # the socket is bound, and never listened

    def turn(self, state: str) -> None:
        """Make it OPEN, DEAF or CLOSED: so on return."""
        before, self._state = self._state, state
        if before == state:
            return
        if before == OPEN:
            self.shutdown()
        if state == CLOSED:
            self.socket.close()
            self._fresh = False
        elif before == CLOSED:
            self._listen()
        if state == OPEN:
            threading.Thread(target=self.serve_forever, args=(GLANCE,), daemon=True).start()

    def _listen(self) -> None:
        if not self._fresh:
            self.socket = socket.socket(self.address_family, self.socket_type)
            self.server_address = (self.server_address[0], self.number)
            self.server_bind()
        self.server_activate()


def head(status: int, length: int, *, kind: str = "text/plain", more: str = "") -> bytes:
    """The status line and the headers of an answer whose body has `length` bytes."""
    return (
        f"HTTP/1.1 {status} {REASONS.get(status, 'Ordered')}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\n{more}Connection: close\r\n\r\n"
    ).encode()
