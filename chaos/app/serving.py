"""Two ports: the main one that can hang, and the report port that never does.

A few lines of HTTP on `socketserver`: `http.server` would cost 8 MiB and 40 ms of every start.
"""

from __future__ import annotations

import json
import select
import socket
import socketserver
import threading
from typing import NamedTuple

from .orders import BadOrder, decode, parse
from .patient import Patient

LONGEST = 1 << 16  # bytes of a line, of the headers and of a body
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}
GLANCE = 0.2  # seconds between two looks at whether a client, or the port itself, has gone


class Request(NamedTuple):
    """The three parts of a request that anybody here asks for."""

    method: str
    path: str
    body: bytes


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

    def reply(self, status: int, text: str, *, kind: str = "text/plain") -> None:
        """Send one whole answer."""
        body = text.encode() + b"\n"
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Ordered')}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.request.sendall(head.encode() + body)

    def _read(self) -> Request | None:
        words = self.rfile.readline(LONGEST).decode("latin-1").split()
        if not words:
            return None
        if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - the three parts
            raise ValueError("not an HTTP/1 request")
        length = self._length()
        return Request(words[0], words[1].partition("?")[0], self.rfile.read(length))

    def _length(self) -> int:
        length = read = 0
        while line := self.rfile.readline(LONGEST).strip():
            read += len(line)
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if max(read, length) > LONGEST or length < 0:
                raise ValueError(f"a request has at most {LONGEST} bytes")
        return length


class Main(Conversation):
    """What the world and the probes see."""

    def respond(self, request: Request) -> None:
        """Answer as the patient's condition has it, or wait for as long as it hangs."""
        patient = self.server.patient
        patient.count(request.path)
        if not self._outlasts_hang(patient.healthy):
            return
        status, delay = patient.answer(request.path)
        threading.Event().wait(delay)
        self.reply(status, "ok" if status < 400 else "not ok")  # noqa: PLR2004 - HTTP's errors

    def _outlasts_hang(self, healthy: threading.Event) -> bool:
        while not healthy.wait(GLANCE):
            if select.select([self.request], [], [], 0)[0] and self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        return not self.request.recv(1, socket.MSG_PEEK)


class Desk(Conversation):
    """Takes orders and reports, whatever ails the patient."""

    def respond(self, request: Request) -> None:
        """`POST /orders` and `GET /report`; both answer with the report."""
        match request.method, request.path:
            case "POST", "/orders":
                self._take(request.body)
            case "GET", "/report":
                self._report()
            case _:
                self.reply(404, "here are POST /orders and GET /report")

    def _take(self, body: bytes) -> None:
        patient = self.server.patient
        try:
            order = parse(decode(body))
            patient.obey(order)
        except BadOrder as error:
            self.reply(400, str(error))
            return
        print(f"order {order}", flush=True)
        try:
            self._report()
            self.request.shutdown(socket.SHUT_WR)
        finally:
            patient.depart()

    def _report(self) -> None:
        self.reply(200, json.dumps(self.server.patient.report()), kind="application/json")


class Port(socketserver.ThreadingTCPServer):
    """A TCP port, bound when made and listening from `open` on."""

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

    def open(self) -> None:
        """Listen, and serve in the background."""
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(GLANCE,), daemon=True).start()


class Ports(NamedTuple):
    """The patient's two ports, bound."""

    main: Port
    desk: Port

    def open(self) -> None:
        """Open the report port, and the main port when a slow start is over."""
        self.desk.open()
        slow = self.main.patient.slow_seconds
        if slow:
            threading.Timer(slow, self.main.open).start()
        else:
            self.main.open()


def ports(patient: Patient, *, host: str, main: int, desk: int) -> Ports:
    """Bind both ports; 0 means any free one."""
    return Ports(
        Port(patient, Main, address=(host, main)), Port(patient, Desk, address=(host, desk))
    )
