"""A probe as `kubectl describe` prints it (kubectl's DescribeProbe, in pkg/describe).

    http-get http://:8080/health delay=0s timeout=1s period=10s #success=1 #failure=3

An empty host is the pod's own address. From 1.37 on kubectl spells the last two out (kubernetes
pull request 140015): successThreshold=1 failureThreshold=3.
"""

from __future__ import annotations

from urllib.parse import quote

from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec, Grpc, Handler, HttpGet, TcpSocket

SPELT_OUT, THRESHOLDS = (1, 37), ("successThreshold", "failureThreshold")
PLAIN = "$&+,/:;=@-_.~"  # what Go's net/url leaves as it is in a path, beside letters and digits


def describe_probe(probe: Probe, *, kubectl: str = "1.37") -> str:
    """The whole line, without the word before it, as this version of kubectl prints it."""
    major, minor, *_ = kubectl.removeprefix("v").split(".")
    spelt_out = (int(major), int(minor)) >= SPELT_OUT
    success, failure = THRESHOLDS if spelt_out else ("#success", "#failure")
    return (
        f"{asked(probe)} delay={probe.delay:.0f}s timeout={probe.timeout:.0f}s"
        f" period={probe.period:.0f}s {success}={probe.successes} {failure}={probe.failures}"
    )


def asked(probe: Probe) -> str:
    """What it asks, without the numbers."""
    target = _target(probe.asks)
    return f"{probe.how} {target}" if target is not None else probe.how


def _target(handler: Handler | None) -> str | None:
    match handler:
        case Exec(command=command):
            return f"[{' '.join(command)}]"
        case HttpGet():
            return _url(handler)
        case TcpSocket(port=port, host=host):
            return f"{host}:{port}"
        case Grpc(port=port, service=service):
            return f"<pod>:{port} {service}"
        case None:
            return None


def _url(get: HttpGet) -> str:
    host, path = get.host, quote(get.path, safe=PLAIN)
    if ":" in host or "%" in host:  # an IPv6 address: Go's net.JoinHostPort
        host = f"[{host}]"
    slash = "" if path.startswith("/") or not path else "/"
    return f"{get.scheme.lower()}://{host}:{get.port}{slash}{path}"
