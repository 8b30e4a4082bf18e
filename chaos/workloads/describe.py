"""A probe as `kubectl describe` prints it (kubectl's DescribeProbe, in pkg/describe).

    http-get http://:8080/health delay=0s timeout=1s period=10s #success=1 #failure=3

An empty host is the pod's own address. From 1.37 on kubectl spells the last two out (kubernetes
pull request 140015): successThreshold=1 failureThreshold=3.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from chaos.workloads.admitted import Probe

How = Literal["http-get", "tcp-socket", "exec", "grpc", "unknown"]

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
    return f"{probe.how} {probe.target}" if probe.how != "unknown" else "unknown"


def mechanism(raw: dict[str, Any]) -> tuple[How, str]:
    """How a probe of a pod's spec asks, and what."""
    match raw:
        case {"exec": dict(action)}:
            return "exec", f"[{' '.join(map(str, action.get('command') or ()))}]"
        case {"httpGet": dict(get)}:
            return "http-get", _url(get)
        case {"tcpSocket": {"port": port, **rest}}:
            return "tcp-socket", f"{rest.get('host') or ''}:{port}"
        case {"grpc": {"port": port, **rest}}:
            return "grpc", f"<pod>:{port} {rest.get('service') or ''}"
        case _:
            return "unknown", ""


def _url(get: dict[str, Any]) -> str:
    host, path = str(get.get("host") or ""), quote(str(get.get("path") or ""), safe=PLAIN)
    if ":" in host or "%" in host:  # an IPv6 address: Go's net.JoinHostPort
        host = f"[{host}]"
    scheme = str(get.get("scheme") or "HTTP").lower()
    slash = "" if path.startswith("/") or not path else "/"
    return f"{scheme}://{host}:{get.get('port', '')}{slash}{path}"
