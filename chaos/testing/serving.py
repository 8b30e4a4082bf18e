"""The sockets of the stand-in API server, and what it says on each connection."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import parse_qs, urlsplit

from chaos.testing.store import Change, status
from chaos.values import Json

if TYPE_CHECKING:
    from chaos.testing.apiserver import ApiServer, Wire

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: what is not sent yet is dropped, by RST


class Http(ThreadingHTTPServer):
    """The socket, and the connections that hang on it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: ApiServer) -> None:
        self.owner = owner
        self._calls: set[socket.socket] = set()
        self._abrupt: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Remember the connection."""
        if _is_socket(request):
            self._calls.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        """End a connection; one to be reset says no goodbye."""
        if _is_socket(request):
            self._calls.discard(request)
            if request in self._abrupt:
                self._abrupt.discard(request)
                request.close()
                return
        super().shutdown_request(request)  # type: ignore[arg-type]

    def reset(self, call: socket.socket) -> None:
        """End a connection so that what it still has to say is lost."""
        call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._abrupt.add(call)

    def drop(self) -> None:
        """End every connection."""
        for call in tuple(self._calls):
            with suppress(OSError):
                call.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was served has gone: no matter."""


def _is_socket(request: object) -> TypeGuard[socket.socket]:
    return isinstance(request, socket.socket)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # as in Go, so as in the API server
    server: Http

    def do_GET(self) -> None:
        """A list, or a watch."""
        owner, address = self.server.owner, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        owner.asked.append(self.path)
        owner.await_turn(address.path)
        owner.over.wait(owner.delay)
        if owner.token and self.headers.get("Authorization") != f"Bearer {owner.token}":
            self._say(status(401, "Unauthorized", "Unauthorized"), 401)
        elif owner.no is not None and owner.only in self.path:
            code, reason = owner.no
            self._say(status(code, reason, "the stand-in was told to refuse"), code)
        elif query.get("watch") != "true":
            self._say(owner.store.listing(address.path))
        elif int(query["resourceVersion"]) < owner.store.horizon:
            self._say(status(410, "Expired", "too old resource version"), 410)
        else:
            self._watch(address.path, int(query["resourceVersion"]))

    def do_POST(self) -> None:
        """A new object in a collection."""
        thing = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.owner.store.put(urlsplit(self.path).path, thing)
        self._say(thing, 201)

    def do_DELETE(self) -> None:
        """An object goes at once; of others there is nothing to say."""
        path, _, name = urlsplit(self.path).path.rpartition("/")
        there = {one["metadata"]["name"] for one in self.server.owner.store.listing(path)["items"]}
        if name not in there:
            self._say(status(404, "NotFound", f"{name} not found"), 404)
            return
        self.server.owner.store.delete(path, name)
        self._say(status(200, "", ""))

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what it wants to know."""

    def _say(self, what: Json, code: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        drip = self.server.owner.drip
        for start in range(0, len(body), 1) if drip else ():
            self.wfile.write(body[start : start + 1])
            self.server.owner.over.wait(drip)
        self.wfile.write(b"" if drip else body)

    def _watch(self, path: str, version: int) -> None:
        """Deliver what comes, until the watch is to end; then end it as it was told to."""
        owner = self.server.owner
        self.close_connection = True
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with owner.watching(path) as wire:
            self._deliver(wire, version)
        self._end(wire)

    def _deliver(self, wire: Wire, version: int) -> None:
        owner = self.server.owner
        while changes := self._next(wire, version):
            owner.over.wait(owner.delay)
            for change in changes:
                self._chunk(owner.garbage or change.line)
            version = changes[-1].version

    def _next(self, wire: Wire, version: int) -> list[Change]:
        """What is to be delivered now; nothing when the watch is to end."""
        owner, found = self.server.owner, list[Change]()

        def some() -> bool:
            found[:] = owner.store.after(wire.path, version) if owner.delivers(wire.path) else []
            return bool(found or wire.end or owner.over.is_set())

        with owner.store.news:
            owner.store.news.wait_for(some)
        return [] if wire.end or owner.over.is_set() else found

    def _end(self, wire: Wire) -> None:
        if wire.words:
            self._chunk(wire.words)
        if wire.end == "half a line":
            self._chunk(b'{"type": "MODI')
        if wire.end in {"finish", "half a line"}:
            self.wfile.write(b"0\r\n\r\n")
        if wire.end == "reset":
            self.server.reset(self.connection)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
