"""Workloads as runs and ledgers of before have stored them, read as what they are now.

A workload used to be its first container: that one's probes, limits and port stood beside its own
fields, a probe had what it asks as `kubectl describe` prints it, and a law named the container.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

ONCE = ("liveness", "readiness", "startup", "memory", "cpus")
URL = re.compile(r"(?P<scheme>\w+)://\[?(?P<host>[^/]*?)\]?:(?P<port>[^/:]*)(?P<path>/.*)?")


def upgraded(value: Any) -> Any:
    """Plain data with each workload in it as one of today."""
    match value:
        case list():
            return [upgraded(one) for one in value]
        case {"workload": dict(workload), "container": str(named), **rest}:
            return upgraded({"workload": workload | {"named": named}, **rest})
        case {"uid": str(), "stands": list()} if "containers" not in value:
            return _with_containers(value)
        case dict():
            return {key: upgraded(one) for key, one in value.items()}
        case _:
            return value


def _with_containers(workload: dict[str, Any]) -> dict[str, Any]:
    first = {name: workload[name] for name in ONCE if workload.get(name) is not None}
    for name in ("liveness", "readiness", "startup"):
        if name in first:
            first[name] = _probe(first[name])
    if (port := workload.get("port")) is not None:
        first["ports"] = [["", port]]
    rest = {key: one for key, one in workload.items() if key not in {*ONCE, "container", "port"}}
    return rest | {"containers": [{"name": workload.get("container", ""), **first}]}


def _probe(probe: dict[str, Any]) -> dict[str, Any]:
    rest = {key: one for key, one in probe.items() if key not in {"how", "target"}}
    asks = _handler(str(probe.get("how", "")), str(probe.get("target", "")))
    return rest | {"asks": asks and {"kind": probe["how"], **asks}}


def _handler(how: str, target: str) -> dict[str, Any] | None:
    host, _, rest = target.rpartition(":")
    match how:
        case "exec":
            return {"command": target.strip("[]").split()}
        case "http-get" if found := URL.fullmatch(target):
            said = {key: unquote(text or "") for key, text in found.groupdict().items()}
            return said | {"scheme": said["scheme"].upper(), "port": _port(said["port"])}
        case "tcp-socket":
            return {"host": host, "port": _port(rest)}
        case "grpc":
            port, _, service = rest.partition(" ")
            return {"port": _port(port), "service": service}
        case _:
            return None


def _port(text: str) -> int | str:
    return int(text) if text.isdigit() else text
