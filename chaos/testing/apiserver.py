"""An API server on loopback that lists and watches as Kubernetes' does, until it is told not to.

    with serving() as server:
        server.store.put("/api/v1/nodes", {"metadata": {"name": "worker1", "uid": "n1"}})
        server.hang()

The real clients talk to it over real sockets: what it does to them is done by the wire.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from chaos.testing.serving import Http
from chaos.testing.store import Store, status
from chaos.values import Json

HERE = "127.0.0.1"
POLL = 0.01  # seconds between two looks whether the server is to end
LAST = 5  # seconds for its thread to end

End = Literal["finish", "cut", "half a line", "reset"]


@dataclass
class Wire:
    """One watch, as the server has it. `end` is how it is to end, `words` what it says before."""

    path: str
    end: End | Literal[""] = ""
    words: bytes = b""


@dataclass
class ApiServer:
    """Serves a store, and misbehaves on demand. All spans are seconds.

    `token` is the one that is taken, any if empty; `no` what every new request is answered with;
    `delay` the time that each answer and each delivery takes; `drip` that between two bytes of a
    list; `garbage` what a watch says in place of deliveries.
    """

    store: Store = field(default_factory=Store)
    token: str = ""
    no: tuple[int, str] | None = None
    only: str = ""
    delay: float = 0.0
    drip: float = 0.0
    garbage: bytes = b""
    asked: list[str] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    _hung: set[str] = field(default_factory=set)
    _stalled: set[str] = field(default_factory=set)
    _http: Http | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HERE}:{self._port}"

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._http = Http((HERE, self._port), self)
        self._port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, args=(POLL,), daemon=True).start()

    def down(self) -> None:
        """Be gone as a killed process is: every connection ends, a new one is refused."""
        http, self._http = self._http, None
        if http is not None:
            http.shutdown()
            http.server_close()
            http.drop()
        self.end("cut")

    def refuse(self, code: int, reason: str = "", *, only: str = "") -> None:
        """Answer every request whose address holds `only` with this status; not watches begun."""
        self.no, self.only = (code, reason or HTTPStatus(code).phrase.replace(" ", "")), only

    def relent(self) -> None:
        """Answer as one should."""
        self.no = None

    def hang(self, path: str = "") -> None:
        """Take requests and answer none, and deliver nothing; of all collections or of one."""
        self._hung.add(path)

    def stall(self, path: str = "") -> None:
        """Deliver nothing on the watches of one collection, or all; answer lists."""
        self._stalled.add(path)

    def resume(self, path: str = "") -> None:
        """Answer, and deliver what was held back."""
        with self.store.news:
            self._hung.discard(path)
            self._stalled.discard(path)
            self.store.news.notify_all()

    def end(self, how: End, path: str = "", *, words: Json | None = None) -> None:
        """End the watches of one collection, or all; `words` is a last delivery."""
        with self.store.news:
            for wire in self.wires:
                if path in {"", wire.path}:
                    wire.words = b"" if words is None else json.dumps(words).encode() + b"\n"
                    wire.end = how
            self.store.news.notify_all()

    def expire(self, path: str = "") -> None:
        """End watches as when they fell behind: 410, in the stream."""
        gone = status(410, "Expired", "too old resource version")
        self.end("finish", path, words={"type": "ERROR", "object": gone})

    def wait_for_watches(self, count: int) -> bool:
        """Return when so many watches are open; whether they are."""
        with self.store.news:
            return self.store.news.wait_for(lambda: len(self.wires) >= count, LAST)

    @contextmanager
    def watching(self, path: str) -> Iterator[Wire]:
        """One more watch, for as long as it lasts."""
        wire = Wire(path)
        with self.store.news:
            self.wires.append(wire)
            self.store.news.notify_all()
        try:
            yield wire
        finally:
            self.wires.remove(wire)

    def answers(self, path: str) -> bool:
        """Whether this collection's requests get an answer."""
        return not {"", path} & self._hung

    def delivers(self, path: str) -> bool:
        """Whether this collection's watches are told anything."""
        return self.answers(path) and not {"", path} & self._stalled

    def await_turn(self, path: str) -> None:
        """Return when a request may be answered, or all is over."""
        with self.store.news:
            self.store.news.wait_for(lambda: self.answers(path) or self.over.is_set())

    def close(self) -> None:
        """End everything."""
        self.over.set()
        self.down()
        with self.store.news:
            self.store.news.notify_all()


@contextmanager
def serving() -> Iterator[ApiServer]:
    """A stand-in that serves nothing yet."""
    server = ApiServer()
    server.up()
    try:
        yield server
    finally:
        server.close()
