"""Probes as a pod's spec has them: what the kubelet asks, and the numbers it asks by.

deployment("web", liveness=http("/health", every=seconds(1), failures=2))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, Unpack

from chaos.clock import Seconds, seconds
from chaos.values import Json

MAIN = 8080  # the patient's own port; `DESK` is the one for orders and reports
GRPC = 8082  # the patient's gRPC health service
BESIDE = 9080  # the first of the same three ports of a second patient in the pod
SECOND = seconds(1)
NOW = seconds(0)


class Rhythm(TypedDict, total=False):
    """When a probe asks, and how long it puts up with what it hears. Once a second, twice.

    With `defaults=True` every number that is not said is left to Kubernetes (delay 0, timeout 1,
    period 10, #success 1, #failure 3).
    """

    every: Seconds
    failures: int
    successes: int
    timeout: Seconds
    delay: Seconds
    grace: Seconds
    defaults: bool


USUAL: Rhythm = {"every": SECOND, "failures": 2, "timeout": SECOND, "delay": NOW}
SPANS = {
    "every": "periodSeconds",
    "timeout": "timeoutSeconds",
    "delay": "initialDelaySeconds",
    "grace": "terminationGracePeriodSeconds",
}
COUNTS = {"failures": "failureThreshold", "successes": "successThreshold"}


def http(
    path: str = "/health",
    *,
    port: int | str = MAIN,
    host: str = "",
    headers: Mapping[str, str] | None = None,
    **rhythm: Unpack[Rhythm],
) -> Json:
    """A probe that wants a status from 200 to 399.

    `host` is another than the pod: an address, for kubelets do not know the names of services.
    """
    asked: Json = {"path": path, "port": port}
    if host:
        asked["host"] = host
    if headers:
        asked["httpHeaders"] = [{"name": name, "value": headers[name]} for name in headers]
    return {"httpGet": asked} | _numbers(rhythm)


def tcp(port: int | str = MAIN, **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants a connection: a hung app still gives it one."""
    return {"tcpSocket": {"port": port}} | _numbers(rhythm)


def exec_(*command: str, **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants a command in the container to exit 0."""
    return {"exec": {"command": list(command)}} | _numbers(rhythm)


def grpc(*, port: int = GRPC, service: str = "", **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants SERVING from grpc.health.v1; a `service` is asked about by its name."""
    return {"grpc": {"port": port, "service": service}} | _numbers(rhythm)


def whole(span: Seconds, what: str) -> int:
    """A span as Kubernetes takes it; ValueError when that would be another span."""
    if not span.is_integer() or span < 0:
        raise ValueError(f"{what}={span:g} s: Kubernetes takes whole seconds, not negative")
    return int(span)


def _numbers(rhythm: Rhythm) -> Json:
    """The numbers of a probe."""
    said: Json = {**rhythm} if rhythm.get("defaults") else {**USUAL, **rhythm}
    spans = {SPANS[name]: whole(said[name], name) for name in said if name in SPANS}
    return spans | {COUNTS[name]: said[name] for name in said if name in COUNTS}
