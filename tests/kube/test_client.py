"""The client against a server of our own on loopback: real sockets, scripted answers."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
import urllib3
from deadlines import LONG
from kubernetes.client import Configuration

from chaos.clock import seconds
from chaos.errors import BadManifest, NoCluster
from chaos.kube.client import Client, configuration
from chaos.kube.wire import Lines
from chaos.kube.witness import PykubeWitness
from chaos.recording.ports import Lost, Refused, Silent

pytestmark = pytest.mark.loopback

Answer = Callable[[BaseHTTPRequestHandler], None]
STATUS = {"kind": "Status", "apiVersion": "v1", "reason": "Invalid", "message": "it is wrong"}


class Stub(ThreadingHTTPServer):
    """Answers each request with the next scripted answer."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def client(self) -> Client:
        return Client(self.settings)

    @property
    def settings(self) -> Configuration:
        settings = Configuration(host=f"http://127.0.0.1:{self.server_port}")
        settings.api_key["BearerToken"] = "Bearer secret"
        settings.retries = False
        return settings


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        self.server.answers.pop(0)(self)

    do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def says(what: object, status: int = 200) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def streams(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for chunk in chunks:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.write(end)
        handler.close_connection = True

    return answer


def holds(released: threading.Event) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"2\r\n{\n\r\n")
        released.wait(LONG)
        handler.close_connection = True

    return answer


def mute(released: threading.Event) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        released.wait(LONG)
        handler.close_connection = True

    return answer


def test_a_watch_yields_lines_however_they_are_cut(stub: Stub) -> None:
    stub.answers = [streams(b'{"a"', b':1}\n{"b":2}\n{', b'"c":3}\n')]
    lines = stub.client.watch("/api/v1/pods", "17")
    assert list(lines) == [b'{"a":1}', b'{"b":2}', b'{"c":3}']
    lines.close()
    lines.close()
    (_, path, headers, _) = stub.requests[0]
    assert path.startswith("/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=17")
    assert headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("answer", [streams(b'{"a"'), streams(b'{"a":1}\n', end=b"")])
def test_a_watch_that_breaks_off_is_lost(stub: Stub, answer: Answer) -> None:
    stub.answers = [answer]
    lines = stub.client.watch("/pods", "1")
    with pytest.raises(Lost, match="/pods"):
        list(lines)
    lines.close()


class Response:
    """An answer of two lines, that says whether it was let go of."""

    closed = False

    def stream(self, amount: int) -> Iterator[bytes]:
        del amount
        yield from (b'{"a":1}\n', b'{"b":2}\n')

    def shutdown(self) -> None:
        """Nobody is reading."""

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("read", [0, 1, 2])
def test_who_reads_no_more_lets_go_of_the_socket(read: int) -> None:
    response = Response()
    lines = Lines(cast("urllib3.BaseHTTPResponse", response), "/x", lambda: None)

    for _ in itertools.islice(lines, read):
        pass
    lines.close()

    assert response.closed


def test_a_watch_of_a_past_that_is_gone_is_refused(stub: Stub) -> None:
    stub.answers = [says(STATUS | {"reason": "Expired"}, 410)]
    with pytest.raises(Refused, match="410 Expired: it is wrong"):
        stub.client.watch("/pods", "1")


def test_close_wakes_the_reader_of_a_quiet_watch(stub: Stub) -> None:
    released, heard = threading.Event(), threading.Event()
    stub.answers = [holds(released)]
    lines = stub.client.watch("/pods", "1")

    def read() -> None:
        with suppress(Lost):
            for _ in lines:
                heard.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert heard.wait(LONG)
    lines.close()
    reader.join(LONG)
    assert not reader.is_alive()
    released.set()


def test_the_verbs_and_their_paths(stub: Stub) -> None:
    stub.answers = [says({"ok": 1})] * 4 + [says({})]
    client = stub.client
    assert client.get("/x") == {"ok": 1}
    client.create("/x", {"a": 1})
    client.apply("/x/y", {"a": 2})
    client.patch("/x/y", {"a": 3})
    client.delete("/x/y", grace=0)
    told = [(method, path, body) for method, path, _, body in stub.requests]
    apply = "/x/y?fieldManager=pytest-chaos&fieldValidation=Strict&force=true"
    assert told == [
        ("GET", "/x", b""),
        ("POST", "/x", b'{"a": 1}'),
        ("PATCH", apply, b'{"a": 2}'),
        ("PATCH", "/x/y?fieldManager=pytest-chaos", b'{"a": 3}'),
        ("DELETE", "/x/y?propagationPolicy=Background&gracePeriodSeconds=0", b""),
    ]
    kinds = [headers["Content-Type"] for _, _, headers, _ in stub.requests]
    assert kinds[2:4] == ["application/apply-patch+yaml", "application/merge-patch+json"]
    client.close()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            '.env[name="P"].value: expected string, got &value.valueUnstructured{Value:5432}',
            '.env[name="P"].value: expected string, got a value of another type',
        ),
        (
            '.x: expected string, got &value.valueUnstructured{Value:map[a:"b}"]}\n.y: wrong',
            ".x: expected string, got a value of another type\n.y: wrong",
        ),
        ("expected string, got nothing", "expected string, got nothing"),
    ],
)
def test_a_value_that_is_refused_for_its_type_is_not_repeated(
    stub: Stub, said: str, told: str
) -> None:
    """It may be a password of a container's `env`, written as a number."""
    status = json.dumps({"kind": "Status", "apiVersion": "v1", "message": said}).encode()
    stub.answers = [says(status, 400), says(status, 500)]  # a server-side apply says 500

    with pytest.raises(BadManifest) as refused:
        stub.client.apply("/x", {})
    with pytest.raises(Refused) as failed:
        stub.client.apply("/x", {})

    assert str(refused.value) == failed.value.message == told


def test_refusals_carry_the_apis_own_words(stub: Stub) -> None:
    stub.answers = [
        says(STATUS, 422),
        says(STATUS, 503),
        says(STATUS, 404),
        says(b"not json", 404),
        says(STATUS, 409),
    ]
    client = stub.client
    with pytest.raises(BadManifest, match=r"^it is wrong$"):
        client.apply("/x", {})
    with pytest.raises(Refused, match="503 Invalid: it is wrong"):
        client.apply("/x", {})
    client.delete("/x")
    with pytest.raises(Refused, match="404: not json"):
        client.get("/x")
    with pytest.raises(Refused, match="409"):
        client.delete("/x")
    client.close()


MISTYPED = """failed to create typed patch object (ns/web; apps/v1, Kind=Deployment): errors:
  .spec.template.spec.containers[name="app"].ports: expected list, got &{3}
  .spec.template.spec.containers[name="a: b"].imag: field not declared in schema"""


def test_a_field_that_no_schema_has_is_the_manifest_s_fault_though_the_api_server_says_500(
    stub: Stub,
) -> None:
    status = {"kind": "Status", "apiVersion": "v1", "message": MISTYPED}
    stub.answers = [says(status, 500)]

    with pytest.raises(BadManifest) as refused:
        stub.client.apply("/x", {})
    assert refused.value.causes == (
        (
            'spec.template.spec.containers[name="app"].ports',
            "expected list, got a value of another type",
        ),
        (
            'spec.template.spec.containers[name="a: b"].imag',
            "field not declared in schema",
        ),
    )


def test_a_single_field_that_no_schema_has_is_a_cause_too(stub: Stub) -> None:
    said = "failed to create typed patch object (/web; /v1, Kind=Pod): .spec.x: not in schema"
    stub.answers = [says({"kind": "Status", "apiVersion": "v1", "message": said}, 500)]

    with pytest.raises(BadManifest) as refused:
        stub.client.apply("/x", {})
    assert refused.value.causes == (("spec.x", "not in schema"),)


def test_the_fields_that_are_invalid_are_kept_with_their_reasons(stub: Stub) -> None:
    causes = [
        {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
        {"reason": "FieldValueInvalid", "message": "no field is named"},
    ]
    stub.answers = [says(STATUS | {"details": {"causes": causes}}, 422)]

    with pytest.raises(BadManifest) as refused:
        stub.client.apply("/x", {})
    assert refused.value.causes == (("spec.a", "Required value"),)


@pytest.mark.parametrize(
    "details", [3, [], {"causes": 3}, {"causes": [3, {}, {"field": 3, "message": "why"}]}]
)
def test_details_that_are_none_are_not_made_into_causes(stub: Stub, details: object) -> None:
    stub.answers = [says(STATUS | {"details": details}, 422)]

    with pytest.raises(BadManifest, match=r"^it is wrong$") as refused:
        stub.client.apply("/x", {})
    assert refused.value.causes == ()


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_server_that_is_not_well_says_nothing_of_a_manifest(stub: Stub, status: int) -> None:
    stub.answers = [says(STATUS, status), says(STATUS, status)]

    with pytest.raises(Refused):
        stub.client.apply("/x", {})
    with pytest.raises(Refused):
        stub.client.make("/x", {})


def test_a_new_object_is_posted_and_one_that_is_there_is_no_bad_manifest(stub: Stub) -> None:
    stub.answers = [says({"a": 1}), says(STATUS, 409), says(STATUS, 422)]
    client = stub.client

    assert client.make("/x", {"b": 2}) == {"a": 1}
    with pytest.raises(Refused, match="409"):
        client.make("/x", {})
    with pytest.raises(BadManifest, match="it is wrong"):
        client.make("/x", {})
    method, path, _, body = stub.requests[0]
    assert (method, json.loads(body)) == ("POST", {"b": 2})
    assert path == "/x?fieldManager=pytest-chaos&fieldValidation=Strict"


def test_a_trial_is_a_dry_run(stub: Stub) -> None:
    stub.answers = [says({}), says({})]
    stub.client.apply("/x", {}, trial=True)
    stub.client.make("/x", {}, trial=True)

    assert all(path.endswith("&dryRun=All") for _, path, _, _ in stub.requests)


IMMUTABLE = 'Pod "db-0" is invalid: metadata.uid: Invalid value: "u1": field is immutable'


@pytest.mark.parametrize(("told", "status"), [(IMMUTABLE, 409), ("metadata.labels: no", 422)])
def test_a_patch_of_another_object_of_the_name_is_a_conflict(
    stub: Stub, told: str, status: int
) -> None:
    said = {"kind": "Status", "apiVersion": "v1", "reason": "Invalid", "message": told}
    stub.answers = [says(json.dumps(said).encode(), 422)]

    with pytest.raises(Refused, match=told) as refused:
        stub.client.patch("/x", {"metadata": {"uid": "u1"}})

    assert refused.value.status == status


@pytest.mark.parametrize("answer", [says(b"<html>"), says([1])])
def test_what_is_no_json_object_is_no_answer(stub: Stub, answer: Answer) -> None:
    stub.answers = [answer]
    client = stub.client
    with pytest.raises(Lost, match="not"):
        client.get("/x")
    client.close()


def test_a_pods_own_error_is_its_answer_and_the_apis_is_a_refusal(stub: Stub) -> None:
    stub.answers = [says(b"ill", 500), says(STATUS, 503)]
    client = stub.client
    assert client.proxy("ns/web:8080", "GET", "/", within=LONG) == (500, b"ill")
    with pytest.raises(Refused):
        client.proxy("ns/web:8080", "GET", "/health", within=LONG)
    assert stub.requests[1][1] == "/api/v1/namespaces/ns/pods/web:8080/proxy/health"
    client.close()


def test_a_hung_app_costs_its_deadline_and_no_later_request(stub: Stub) -> None:
    released = threading.Event()
    stub.answers = [says({}), mute(released), says({"fine": True})]
    client = stub.client
    client.get("/x")
    with pytest.raises(Silent, match="no answer in time"):
        client.proxy("ns/web:8080", "GET", "/", within=seconds(0.2))
    assert client.get("/x") == {"fine": True}
    released.set()
    client.close()


def test_nobody_there_is_told_at_once() -> None:
    with pytest.raises(Lost, match="no answer"):
        Client(_nobody()).get("/x")


def test_the_witness_lists_over_its_own_connection(stub: Stub) -> None:
    pod = {"metadata": {"name": "p", "resourceVersion": "4"}}
    whole = {"metadata": {"resourceVersion": "9"}, "items": [pod]}
    stub.answers = [says(whole), says(whole), says(whole | {"items": None})]
    witness = PykubeWitness(stub.settings, "ns")
    shown = witness.look()
    assert [path for _, path, _, _ in stub.requests] == [
        "/api/v1/namespaces/ns/pods",
        "/api/v1/nodes",
        "/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices",
    ]
    assert shown["pod"].items == (pod,)
    assert (shown["endpoints"].items, shown["endpoints"].version) == ((), "9")
    assert {headers["authorization"] for _, _, headers, _ in stub.requests} == {"Bearer secret"}
    witness.close()


def test_the_witness_says_why_it_cannot_look(stub: Stub) -> None:
    stub.answers = [says(STATUS, 403), says(b"<html>")]
    witness = PykubeWitness(stub.settings, "ns")
    with pytest.raises(Refused, match="403: the witness may not list pods"):
        witness.look()
    with pytest.raises(Lost, match="no list of pods"):
        witness.look()
    witness.close()
    with pytest.raises(Lost, match="refused"):
        PykubeWitness(_nobody(), "ns").look()


def test_a_kubeconfig_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(NoCluster, match="nope"):
        configuration(tmp_path / "nope")
    broken = tmp_path / "broken"
    broken.write_text("apiVersion: v1\n")
    with pytest.raises(NoCluster, match="no context 'worker'"):
        configuration(broken, "worker")


def test_a_context_of_a_kubeconfig(tmp_path: Path) -> None:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "other",
    }
    (tmp_path / "config").write_text(json.dumps(config))
    settings = configuration(tmp_path / "config", "x")
    assert settings.host == "https://10.0.0.1:6443"
    assert urllib3.Retry.from_int(settings.retries).total is False


def _nobody() -> Configuration:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as gone:
        settings = Configuration(host=f"http://127.0.0.1:{gone.server_port}")
    settings.retries = False
    return settings
