"""What a probe or a hook does: the handlers of a container's spec, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chaos.clock import Seconds, seconds
from chaos.values import Json


@dataclass(frozen=True, slots=True)
class HttpGet:
    """A request; `host` is another than the pod, `port` a number or a container port's name.

    Of its headers only the names are kept: what one says may be a secret.
    """

    path: str = ""
    port: int | str = ""
    scheme: str = "HTTP"
    host: str = ""
    headers: tuple[str, ...] = ()
    kind: Literal["http-get"] = "http-get"

    @property
    def asked(self) -> str:
        """The path without its query, which the patient does not look at."""
        return f"/{self.path.removeprefix('/').partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class TcpSocket:
    """A connection."""

    port: int | str = ""
    host: str = ""
    kind: Literal["tcp-socket"] = "tcp-socket"


@dataclass(frozen=True, slots=True)
class Exec:
    """A command in the container."""

    command: tuple[str, ...] = ()
    kind: Literal["exec"] = "exec"

    @property
    def program(self) -> str:
        """What is run; empty when nothing is."""
        return self.command[0] if self.command else ""


@dataclass(frozen=True, slots=True)
class Grpc:
    """A question to grpc.health.v1 about a service; about the server when it has no name."""

    port: int | str = ""
    service: str = ""
    kind: Literal["grpc"] = "grpc"


@dataclass(frozen=True, slots=True)
class Sleep:
    """A pause: a hook's alone."""

    span: Seconds
    kind: Literal["sleep"] = "sleep"


Handler = HttpGet | TcpSocket | Exec | Grpc
Hook = HttpGet | TcpSocket | Exec | Sleep
How = Literal["http-get", "tcp-socket", "exec", "grpc", "unknown"]


def handler_from(raw: Json) -> Handler | None:
    """A probe's handler; None for one that is not known here."""
    match raw:
        case {"exec": dict(action)}:
            return Exec(tuple(map(str, action.get("command") or ())))
        case {"httpGet": dict(get)}:
            return _http(get)
        case {"tcpSocket": {"port": port, **rest}}:
            return TcpSocket(port, _text(rest, "host"))
        case {"grpc": {"port": port, **rest}}:
            return Grpc(port, _text(rest, "service"))
        case _:
            return None


def hook_from(raw: Json | None) -> Hook | None:
    """What a container does before it stops, or after it has started."""
    match raw:
        case {"sleep": {"seconds": span}}:
            return Sleep(seconds(span))
        case dict():
            found = handler_from(raw)
            return None if isinstance(found, Grpc) else found
        case _:
            return None


def _http(get: dict[str, Any]) -> HttpGet:
    headers = tuple(_text(header, "name") for header in get.get("httpHeaders") or ())
    return HttpGet(
        path=_text(get, "path"),
        port=get.get("port", ""),
        scheme=_text(get, "scheme") or "HTTP",
        host=_text(get, "host"),
        headers=headers,
    )


def _text(raw: Mapping[Any, Any], key: str) -> str:
    return str(raw.get(key) or "")
