"""Commands in containers, over a WebSocket to a server of our own on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from deadlines import LONG
from kubernetes.client import Configuration

from chaos.clock import seconds
from chaos.kube import commands
from chaos.kube.commands import ended
from chaos.recording.ports import Lost, Refused, Silent

pytestmark = pytest.mark.loopback

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
OUT, ERR, STATUS = 1, 2, 3
CLOSE = 255  # no channel: the connection is closed as it should be
WELL = {"metadata": {}, "status": "Success"}
DENIED = {"kind": "Status", "apiVersion": "v1", "reason": "Forbidden", "message": "you may not"}


def failed(code: int) -> dict[str, object]:
    """What a kubelet says of a command that has ended so."""
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}


class Stub(ThreadingHTTPServer):
    """Says what it is told to, each piece on its channel; then it stays, or leaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pieces: list[tuple[int, object]] = []
        self.refusal = 0
        self.stays = threading.Event()
        self.begins = threading.Event()
        self.begins.set()
        self.asked = ""
        self.heads: dict[str, str] = {}
        self.led: list[tuple[str, str | None]] = []  # to whom it was a proxy, and for whom

    @property
    def settings(self) -> Configuration:
        settings = Configuration(host=f"http://127.0.0.1:{self.server_port}")
        settings.api_key["BearerToken"] = "Bearer secret"
        return settings


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_GET(self) -> None:
        self.server.asked, self.server.heads = self.path, dict(self.headers)
        self.server.begins.wait(LONG)
        if self.server.refusal:
            self._refuse()
            return
        key = hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + MAGIC).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(key).decode())
        self.send_header("Sec-WebSocket-Protocol", self.headers["Sec-WebSocket-Protocol"])
        self.end_headers()
        for channel, what in self.server.pieces:
            said = bytes([channel]) + (
                what if isinstance(what, bytes) else json.dumps(what).encode()
            )
            self.wfile.write(b"\x82\x7e" + len(said).to_bytes(2, "big") + said)
        self.server.stays.wait(LONG)
        self.close_connection = True

    def do_CONNECT(self) -> None:
        """Be a proxy that leads to nobody but ourselves."""
        self.server.led.append((self.path, self.headers["Proxy-Authorization"]))
        self.send_response(200)
        self.end_headers()

    def _refuse(self) -> None:
        body = json.dumps(DENIED).encode()
        self.send_response(self.server.refusal)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    server.stays.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stays.set()
    server.begins.set()
    server.shutdown()
    thread.join()
    server.server_close()


def run(stub: Stub, *command: str, within: float = LONG) -> int:
    words = command or ("patient-check",)
    code, took = ended(stub.settings, "ns/web-1", "app", words, within=seconds(within))
    assert 0 <= took <= within
    return code


@pytest.mark.parametrize(("status", "code"), [(WELL, 0), (failed(1), 1), (failed(137), 137)])
def test_a_command_ends_with_its_status(stub: Stub, status: object, code: int) -> None:
    stub.pieces = [(OUT, b"all is "), (ERR, b"well"), (STATUS, status)]

    assert run(stub) == code


def test_it_is_run_in_the_container_that_is_named_word_by_word(stub: Stub) -> None:
    stub.pieces = [(STATUS, WELL)]

    run(stub, "check", "--all of it", "&")

    asked = urlsplit(stub.asked)
    assert asked.path == "/api/v1/namespaces/ns/pods/web-1/exec"
    said = parse_qsl(asked.query)
    assert [value for name, value in said if name == "command"] == ["check", "--all of it", "&"]
    assert ("container", "app") in said
    assert stub.heads["authorization"] == "Bearer secret"
    assert stub.heads["Sec-WebSocket-Protocol"] == "v4.channel.k8s.io"


def test_what_cannot_be_run_is_refused(stub: Stub) -> None:
    why = {"status": "Failure", "reason": "InternalError", "message": "no such file"}
    stub.pieces = [(STATUS, why)]

    with pytest.raises(Refused, match="500 InternalError: no such file"):
        run(stub)


def test_who_may_not_is_refused(stub: Stub) -> None:
    stub.refusal = 403

    with pytest.raises(Refused, match="403 Forbidden: you may not"):
        run(stub)


def test_what_does_not_end_in_time_is_silent(stub: Stub) -> None:
    stub.stays.clear()
    stub.pieces = [(OUT, b"still at it")]

    with pytest.raises(
        Silent, match="patient-check in ns/web-1/app: has not ended in time"
    ) as told:
        run(stub, within=0.2)

    assert isinstance(told.value.__cause__, TimeoutError)  # by which it reads as "no answer"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([(OUT, b"all is ")], id="cut-off"),
        pytest.param([(OUT, b"all is "), (CLOSE, b"")], id="closed"),
        pytest.param([], id="nothing"),
        pytest.param([(STATUS, b"{")], id="no-json"),
    ],
)
def test_what_is_no_end_is_lost(stub: Stub, pieces: list[tuple[int, object]]) -> None:
    stub.pieces = pieces

    with pytest.raises(Lost, match="patient-check in ns/web-1/app"):
        run(stub)


def test_who_is_slow_to_begin_it_says_nothing_of_it(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no silence of the command's."""
    monkeypatch.setattr(commands, "CONNECT", 0.1)
    stub.begins.clear()

    with pytest.raises(Lost, match="patient-check in ns/web-1/app") as told:
        run(stub)

    assert not isinstance(told.value, Silent)


def test_where_nobody_listens_it_is_lost(stub: Stub) -> None:
    settings = stub.settings
    settings.host = "http://127.0.0.1:9"

    with pytest.raises(Lost):
        ended(settings, "ns/web-1", "app", ("patient-check",), within=seconds(LONG))


@pytest.mark.parametrize("who", ["", "me:se%20cret@"])
def test_it_takes_the_way_that_all_requests_take(stub: Stub, who: str) -> None:
    stub.pieces = [(STATUS, WELL)]
    settings = stub.settings
    settings.proxy = settings.host.replace("://", f"://{who}")
    settings.host = "http://cluster.invalid:6443"

    assert ended(settings, "ns/web-1", "app", ("true",), within=LONG)[0] == 0

    named = f"Basic {base64.b64encode(b'me:se cret').decode()}" if who else None
    assert stub.led == [("cluster.invalid:6443", named)]


def test_it_goes_past_a_proxy_that_is_not_for_this_server(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", stub.settings.host)
    monkeypatch.delenv("no_proxy", raising=False)
    stub.pieces = [(STATUS, WELL)]
    plain, spared = stub.settings, stub.settings
    plain.proxy = None
    spared.proxy, spared.no_proxy = "http://proxy.invalid:3128", "127.0.0.1"

    for settings in (plain, spared):
        assert ended(settings, "ns/web-1", "app", ("true",), within=LONG)[0] == 0

    assert stub.led == []
