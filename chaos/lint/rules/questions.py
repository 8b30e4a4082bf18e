"""Rules about what a probe asks, and whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaos.lint.finding import Severity
from chaos.lint.rule import Seen, rule
from chaos.lint.views import Container, Manifest, Probe, listed, mapping, port_of, program, text

HERE = re.compile(r"localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|\$.*", re.IGNORECASE)
URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@'\"]*@)?(\[[^\]\s]*\]|[^\s:/?#'\"]+)")
CLIENTS = {"pg_isready", "psql", "mysql", "mysqladmin", "redis-cli"}
HOST = re.compile(r"(?:^|\s)(?:-h|--host)(?:\s+|=)([^\s'\";|&]+)")
SECRETS = {"authorization", "proxy-authorization", "cookie", "x-api-key"}
FILES = {"cat", "ls", "stat", "test", "[", "true", "echo", ":"}  # what asks no process anything
LIVENESS, READINESS = "livenessProbe", "readinessProbe"


@rule(
    "CH002",
    Severity.NOTE,
    claim=14,
    scenario="test_good_probes.py::test_a_health_path_sees_what_the_front_page_does_not",
)
def front_page(manifest: Manifest) -> Iterator[Seen]:
    """A liveness probe asks for `/` only.

    The front page may answer while a part of the app is dead: a status from 200 to 399 is all that
    the kubelet looks at (oracle L6).

    Fix: give the app a path of its own, as /health, that looks at the app's own parts.
    """
    for container, probe in manifest.probes:
        front = probe.action == "httpGet" and text(probe.asks.get("path")) in {"", "/"}
        if probe.kind == LIVENESS and front:
            what = f"the liveness probe of `{container.name}` asks for / only"
            yield Seen(f"{probe.path}.httpGet.path", what)


@rule(
    "CH003",
    Severity.WARNING,
    claim=5,
    scenario="test_ready.py::test_readiness_stops_the_traffic_and_liveness_restarts",
)
def liveness_is_readiness(manifest: Manifest) -> Iterator[Seen]:
    """Liveness and readiness ask the same, and liveness has no more patience.

    A readiness probe takes the traffic away until the app is well (oracle L4, control 2); a
    liveness probe that fails as soon restarts the app instead (L5): it never gets that time.

    Fix: let liveness ask less than readiness, or fail later: a higher failureThreshold.
    """
    for container in manifest.containers:
        live, ready = (container.probes.get(kind) for kind in (LIVENESS, READINESS))
        if not live or not ready or live.patience > ready.patience:
            continue
        if _question(live, container) == _question(ready, container):
            what = (
                f"both probes of `{container.name}` ask the same: it is restarted after"
                f" {live.patience} s, out of traffic after {ready.patience} s"
            )
            yield Seen(live.path, what)


@rule(
    "CH005",
    Severity.ERROR,
    claim=14,
    scenario="test_good_probes.py::test_a_probe_must_not_ask_somebody_else",
)
def somebody_else(manifest: Manifest) -> Iterator[Seen]:
    """A liveness or startup probe asks another host than the pod.

    No dependency checks: while the backend is down the frontend whose probe asks it is restarted
    again and again (oracle L9). An empty host is the pod's address (L7); 127.0.0.1 is the pod only
    for a command, or on the host's network.

    Fix: ask the app about itself; leave what it depends on to its readiness.
    """
    for container, probe in manifest.probes:
        for path, host in _hosts(probe, manifest) if probe.kills else ():
            what = f"the {probe.kind} of `{container.name}` asks {host}, not the pod itself"
            yield Seen(path, what)


@rule(
    "CH006",
    Severity.WARNING,
    claim=14,
    scenario="test_good_probes.py::test_a_probe_must_not_ask_somebody_else",
)
def undeclared_port(manifest: Manifest) -> Iterator[Seen]:
    """A liveness or startup probe asks a port that no container of its pod declares.

    It may be a dependency's, or nobody's: a connection that is refused is a failure (oracle L6),
    and so many of them a restart (L5). Where no container declares a port nothing is said.

    Fix: ask the app's own port, or declare this one in its container's ports.
    """
    declared = {port for container in manifest.containers for port in container.ports.values()}
    for container, probe in manifest.probes:
        port = port_of(probe, container)
        ours = not isinstance(port, int) or port in declared or bool(probe.asks.get("host"))
        if probe.kills and declared and not ours:
            what = f"the {probe.kind} of `{container.name}` asks port {port}: nobody declares it"
            yield Seen(f"{probe.path}.{probe.action}.port", what)


@rule(
    "CH007",
    Severity.ERROR,
    claim=9,
    scenario="test_probes.py::test_an_exec_probe_fails_on",
)
def unknown_name(manifest: Manifest) -> Iterator[Seen]:
    """A probe asks a port by a name that its container does not declare.

    A named port that is not found is an error, and an error is discarded: it never counts (oracle
    L6). The scenario shows the same of a command that cannot be started.

    Fix: name one of the container's own ports, or give the number.
    """
    for container, probe in manifest.probes:
        port = port_of(probe, container)
        if isinstance(port, str):
            what = f"the {probe.kind} of `{container.name}` asks port `{port}`, which it has not"
            yield Seen(f"{probe.path}.{probe.action}.port", what)


@rule(
    "CH014",
    Severity.WARNING,
    claim=14,
    scenario="test_good_probes.py::test_a_health_path_must_not_want_a_password",
)
def password(manifest: Manifest) -> Iterator[Seen]:
    """A liveness or startup probe brings a password.

    What wants one answers 401 or 403 as soon as it is another, and that is a failure, in a loop;
    the header is what makes it pass (oracle L9). Whether a path wants one that the probe does not
    bring cannot be seen here.

    Fix: ask a path that wants no password, and that tells nothing worth one.
    """
    for container, probe in manifest.probes:
        for path, header in _secrets(probe) if probe.kills else ():
            what = f"the {probe.kind} of `{container.name}` brings a password ({header})"
            yield Seen(path, what)


@rule(
    "CH015",
    Severity.NOTE,
    claim=8,
    scenario="test_probes.py::test_a_tcp_probe_does_not_notice_a_hang",
)
def open_port(manifest: Manifest) -> Iterator[Seen]:
    """A liveness probe only opens a connection.

    A hung process still gets its connections, as long as its listen backlog has room: HTTP and gRPC
    probes notice a hang, TCP probes do not (oracle L6).

    Fix: ask by httpGet or grpc where the app speaks one of them, or by a command that does.
    """
    for container, probe in manifest.probes:
        if probe.kind == LIVENESS and probe.action == "tcpSocket":
            what = f"the liveness probe of `{container.name}` only opens a port, as a hung app does"
            yield Seen(f"{probe.path}.tcpSocket", what)


@rule(
    "CH016",
    Severity.NOTE,
    claim=9,
    scenario="test_probes.py::test_an_exec_probe_succeeds_on_exit_0",
)
def asks_nobody(manifest: Manifest) -> Iterator[Seen]:
    """A liveness probe runs a command that asks no process.

    A command that exits 0 is success, whatever the app does: `cat file` does not detect a stopped
    main process (oracle L6).

    Fix: let the command ask the app, or look at how old the file is that the app touches.
    """
    for container, probe in manifest.probes:
        name = program(probe.command)
        if probe.kind == LIVENESS and name in FILES:
            what = f"the liveness probe of `{container.name}` runs `{name}`, which asks nobody"
            yield Seen(f"{probe.path}.exec.command", what)


def _question(probe: Probe, container: Container) -> object:
    """What a probe asks, so that two that ask the same are equal."""
    asks, port = probe.asks, port_of(probe, container)
    match probe.action:
        case "exec":
            return probe.command
        case "httpGet":
            scheme = text(asks.get("scheme")).upper() or "HTTP"
            where = text(asks.get("host")), text(asks.get("path")) or "/"
            return scheme, port, *where, repr(asks.get("httpHeaders") or [])
        case action:
            return action, port, text(asks.get("host")), text(asks.get("service"))


def _hosts(probe: Probe, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Whom a probe asks that is not its own pod, by the field that says so."""
    host = text(probe.asks.get("host"))
    if host and not (manifest.pod.get("hostNetwork") is True and HERE.fullmatch(host)):
        yield f"{probe.path}.{probe.action}.host", host
    said = probe.script
    known = CLIENTS & {program([word]) for word in re.findall(r"[^\s;|&()]+", said)}
    named = URL.findall(said) + (HOST.findall(said) if known else [])
    for other in dict.fromkeys(named):
        if not HERE.fullmatch(other):
            yield f"{probe.path}.exec.command", other


def _secrets(probe: Probe) -> Iterator[tuple[str, str]]:
    """The headers of a probe that say who it is, by the field that says so."""
    for number, header in enumerate(listed(probe.asks.get("httpHeaders"))):
        name = text(mapping(header).get("name"))
        if name.lower() in SECRETS:
            yield f"{probe.path}.httpGet.httpHeaders[{number}]", name
    for number, word in enumerate(probe.command):
        for name in SECRETS:
            if f"{name}:" in word.lower():
                yield f"{probe.path}.exec.command[{number}]", name
