"""Connections that can be cut, slowed, stalled and reset: the only module that imports `toxiproxy`.

    wire = Server("the toxiproxy of web-1", send).wire("db")
    wire.poison("latency", latency=2000)
    wire.cure("latency")

The library keeps one server's address for all, has no timeouts and overlooks most refusals
(0.1.1): here every call is made to its own server, has a deadline, and is read back.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import requests
import toxiproxy
import toxiproxy.api
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from chaos.errors import ChaosError
from chaos.workloads.wires import Toxic

Stream = Literal["upstream", "downstream"]  # to the server, and from it
T = TypeVar("T")
Send = Callable[[str, str, Any], tuple[int, bytes]]  # method, path, JSON: to status and body
MARK = "chaos-"  # what the names of our toxics begin with


class BadWire(ChaosError):
    """Toxiproxy did not do what it was told."""


class NoWire(BadWire):
    """Toxiproxy has no wire of that name."""


@dataclass(frozen=True)
class Server:
    """A toxiproxy server, wherever it is. Any number of threads may use it."""

    what: str
    send: Send

    def wire(self, name: str) -> Wire:
        """A wire that it has; NoWire names those there are."""
        there = self.ask(lambda: toxiproxy.Toxiproxy().proxies())
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            raise NoWire(f"{self.what} has no wire {name!r}; there are: {known}")
        return Wire(self, name, there[name].listen)

    def create(self, name: str, *, upstream: str, listen: str) -> Wire:
        """A new wire to `upstream` (host:port)."""
        made = self.ask(lambda: toxiproxy.Toxiproxy().create(upstream, name, listen))
        return Wire(self, name, made.listen)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            self.ask(lambda: toxiproxy.Toxiproxy().proxies())
        except BadWire:
            return False
        return True

    def ask(self, call: Callable[[], T]) -> T:
        """Have the library call this server and no other; BadWire says what it refused."""
        with _ONE_AT_A_TIME:
            _REQUESTS.sender = self.send
            try:
                return call()
            except (InvalidToxic, NotFound, ProxyExists, requests.RequestException) as error:
                raise BadWire(f"{self.what}: {error}") from error


@dataclass(frozen=True)
class Wire:
    """One proxied connection; `listen` is where it is entered (host:port)."""

    server: Server
    name: str
    listen: str

    def poison(self, kind: Toxic, *, stream: Stream = "downstream", **attributes: int) -> None:
        """Add a toxic, in force when this returns; its attributes are in its own units."""
        if kind == "down":
            self.cut()
            return
        name = f"{MARK}{kind}-{stream}"
        told = {"type": kind, "stream": stream, "name": name, "attributes": attributes}
        self.server.ask(lambda: self._proxy().add_toxic(**told))
        if name not in self.toxics:
            raise BadWire(f"toxiproxy took {name} for {self.name} and has it not")

    def cut(self) -> None:
        """End its connections and take no others."""
        self._switch(on=False)

    def cure(self, kind: Toxic) -> None:
        """Take off the toxics of a kind, in both directions. Twice is once."""
        if kind == "down":
            self._switch(on=True)
        self._take_off([name for name in self.toxics if name.startswith(f"{MARK}{kind}-")])

    def heal(self) -> None:
        """Take off every toxic, and take calls. Twice is once."""
        self._take_off(self.toxics)
        self._switch(on=True)

    @property
    def ailments(self) -> tuple[Toxic, ...]:
        """What is wrong with it, as toxiproxy says: the kinds of its toxics, and "down"."""
        found = self.server.ask(lambda: [t.type for t in self._proxy().toxics().values()])
        enabled = self.server.ask(self._proxy).enabled
        return (*sorted({*found}), *(() if enabled else ("down",)))

    @property
    def upstream(self) -> str:
        """Where it leads to (host:port)."""
        return str(self.server.ask(self._proxy).upstream)

    @property
    def toxics(self) -> tuple[str, ...]:
        """The names of those that are on it."""
        return tuple(self.server.ask(lambda: self._proxy().toxics()))

    def _take_off(self, names: Iterable[str]) -> None:
        for name in (names := [*names]):
            self.server.ask(lambda name=name: self._proxy().destroy_toxic(name))  # type: ignore[misc]
        if kept := {*names} & {*self.toxics}:
            raise BadWire(f"toxiproxy keeps {', '.join(sorted(kept))} on {self.name}")

    def _switch(self, *, on: bool) -> None:
        self.server.ask(lambda: self._proxy().enable() if on else self._proxy().disable())
        if self.server.ask(self._proxy).enabled is not on:
            raise BadWire(f"toxiproxy did not switch {self.name} {'on' if on else 'off'}")

    def _proxy(self) -> Any:
        found = toxiproxy.Toxiproxy().get_proxy(self.name)
        if found is None:
            raise BadWire(f"{self.server.what} has no proxy {self.name}")
        return found


@dataclass(frozen=True)
class _Answer:
    """What the library reads of an answer."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class _Requests:
    """In place of the `requests` that the library calls: every refusal is one."""

    sender: Send

    def get(self, url: str, **_: Any) -> _Answer:
        """A GET."""
        return self._send("GET", url)

    def post(self, url: str, json: Any = None, **_: Any) -> _Answer:
        """A POST."""
        return self._send("POST", url, json)

    def delete(self, url: str, **_: Any) -> _Answer:
        """A DELETE."""
        return self._send("DELETE", url)

    def _send(self, method: str, url: str, body: Any = None) -> _Answer:
        answer = _Answer(*self.sender(method, urlsplit(url).path, body))
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            said = answer.content.decode(errors="replace").strip()[:500]
            raise requests.HTTPError(f"{answer.status_code}: {said}")
        return answer


_ONE_AT_A_TIME = threading.RLock()
_REQUESTS = _Requests()
toxiproxy.api.requests = _REQUESTS
