"""Commands in a pod's container, as its exec probes have them run: this module knows `websocket`.

Over one WebSocket to the API server. The first byte of a message is its channel, and what comes on
number 3 is how the command ended (kubernetes: apimachinery/pkg/util/remotecommand/constants.go).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTP_PORT
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from websocket import (
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketTimeoutException,
    create_connection,
)

from chaos.clock import Seconds, SystemClock
from chaos.kube.client import CONNECT, Settings, proxy_of
from chaos.kube.wire import accepted
from chaos.recording.ports import Lost, Refused, Silent
from chaos.values import Json

PROTOCOL = "v4.channel.k8s.io"
ENDED = 3  # the channel
FAILED = 500  # of a command that could not be run
NOBODY = "nobody.invalid"  # goes past the proxy (RFC 2606)


def ended(
    settings: Settings, pod: str, container: str, command: Sequence[str], *, within: Seconds
) -> tuple[int, Seconds]:
    """The exit status of a command in a container of `namespace/name`, and after how long.

    Both this and `within` count from when it is begun: who is slow to begin it says nothing of it.
    Silent when it has not ended in time: it goes on. Refused when it could not be run; Lost.
    """
    what = f"{' '.join(command)} in {pod}/{container}"
    namespace, name = pod.split("/")
    query = [("container", container), ("stdout", "1"), ("stderr", "1")]
    asked = urlencode([*query, *(("command", word) for word in command)])
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/exec?{asked}"
    with _losses(what), _connected(settings, path) as wire:
        clock = SystemClock()
        try:
            while (left := within - clock.now()) > 0:
                wire.settimeout(left)
                said = wire.recv()
                if isinstance(said, bytes) and said[:1] == bytes([ENDED]):
                    return _status(json.loads(said[1:])), clock.now()
                if not said:
                    raise Lost(f"{what}: cut off before its end")
        except WebSocketTimeoutException:
            pass
    raise Silent(f"{what}: has not ended in time") from TimeoutError()


@contextmanager
def _connected(settings: Settings, path: str) -> Iterator[WebSocket]:
    auth: dict[str, Any] = dict(settings.auth_settings())
    wire = create_connection(
        f"ws{settings.host.removeprefix('http')}{path}",
        timeout=CONNECT,
        header={one["key"]: one["value"] for one in auth.values()},
        subprotocols=[PROTOCOL],
        sslopt=_trust(settings),
        suppress_origin=True,
        **_way(settings),
    )
    try:
        yield wire
    finally:
        wire.shutdown()  # type: ignore[no-untyped-call]


def _way(settings: Settings) -> dict[str, Any]:
    """Through the proxy that the client library takes, or past any that the environment names.

    The environment is asked unless there is a proxy, and a list of who goes past it.
    """
    through = proxy_of(settings)
    server, proxy = urlsplit(settings.host), urlsplit(through or settings.host)
    who = (unquote(proxy.username or ""), unquote(proxy.password or ""))
    return {
        "http_proxy_host": proxy.hostname,
        "http_proxy_port": proxy.port or HTTP_PORT,
        "http_proxy_auth": who if proxy.username else None,
        "http_no_proxy": [NOBODY if through else server.hostname],
    }


def _trust(settings: Settings) -> dict[str, Any]:
    """Whom to believe, and as whom to speak, as the client library would."""
    said: dict[str, Any] = {
        "certfile": settings.cert_file,
        "keyfile": settings.key_file,
        "server_hostname": settings.tls_server_name,
        "check_hostname": settings.assert_hostname,
        "ca_certs": settings.ssl_ca_cert,  # None: as the system believes
    }
    if not settings.verify_ssl:
        said |= {"cert_reqs": ssl.CERT_NONE, "check_hostname": False}
    return {name: value for name, value in said.items() if value is not None}


def _status(said: Json) -> int:
    """The exit status that a Status tells of (pkg/kubelet/cri/streaming: NonZeroExitCode)."""
    match said:
        case {"status": "Success"}:
            return 0
        case {"details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}:
            return int(code)
        case _:
            raise Refused(FAILED, str(said.get("reason", "")), str(said.get("message", "")))


@contextmanager
def _losses(what: str) -> Iterator[None]:
    """What can go wrong on the way, as for any request."""
    try:
        yield
    except WebSocketBadStatusException as error:
        accepted(error.status_code, error.resp_body or b"")
        raise Lost(f"{what}: {error}") from error
    except (WebSocketException, OSError, ValueError) as error:
        raise Lost(f"{what}: {type(error).__name__}: {error}") from error
