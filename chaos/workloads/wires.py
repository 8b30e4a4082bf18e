"""Toxiproxy in an app's pod: what the app asks for, and what the kubelet asks it, goes through it.

    deployment("web", through={"db": "db:5432"})  # DB_HOST and DB_PORT lead to db through it
    deployment("web", liveness=http("/health"), probes_through_proxy=True)

It is a native sidecar (oracle: an init container that restarts, GA in 1.33): a liveness probe that
restarts the app leaves it alone. Its wires are an annotation of the pod, which it reads as a file
each time that it starts: it has them again when it was restarted, and has lost its toxics.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from chaos.values import Json
from chaos.workloads.containers import ProbeName

Toxic = Literal[
    "latency",
    "bandwidth",
    "slow_close",
    "timeout",
    "reset_peer",
    "slicer",
    "limit_data",
    "down",  # no toxic of toxiproxy's: the wire is switched off
]
Mishap = Literal["silent", "slow", "cut", "reset", "refused"]  # what may befall a probe
Way = Literal["", "http", "grpc"]  # how to speak on a wire; "" is as its far end's port suggests

IMAGE = "localhost/chaos/toxiproxy:1"
SIDECAR = "chaos-wires"
WIRES = "pytest-chaos/wires"
CONTROL = 8474  # toxiproxy's own default
FIRST = 20001  # of the wires' ports: under those that a kernel hands out (32768 and above)
MISHAPS: dict[Mishap, Toxic] = {
    "silent": "timeout",
    "slow": "latency",
    "cut": "limit_data",
    "reset": "reset_peer",
    "refused": "down",
}
PROBES: dict[ProbeName, int] = {"liveness": 20901, "readiness": 20902, "startup": 20903}
FOLDER, FILE = "/wires", "wires.json"
NAME = re.compile(r"[a-z]([-a-z0-9]{0,30}[a-z0-9])?")
UPSTREAM = re.compile(r"[^\s:/]+:[0-9]{1,5}")


def milliseconds(span: float) -> int:
    """A span as most toxics take it."""
    return round(span * 1000)


def microseconds(span: float) -> int:
    """A span as the slicer takes it."""
    return round(span * 1_000_000)


def spliced(template: Json, through: Mapping[str, str], *, probes: bool) -> Json:
    """A pod's template with toxiproxy in it; as it is when nothing is to go through that."""
    if not (through or probes):
        return template
    app = template["spec"]["containers"][0]
    ways = [_way(name, upstream, FIRST + i) for i, (name, upstream) in enumerate(through.items())]
    if ways:
        app["env"] = [*app.get("env", []), *_addresses(ways)]
    if probes:
        ways += [*_turned(app)]
    pod, meta = template["spec"], template["metadata"]
    meta["annotations"] = (meta.get("annotations") or {}) | {WIRES: json.dumps(ways)}
    pod["initContainers"] = [_sidecar(), *(pod.get("initContainers") or ())]
    pod["volumes"] = [*(pod.get("volumes") or ()), _volume()]
    return template


def wires_of(annotations: Mapping[str, str] | None) -> list[Json]:
    """The wires of a pod, as toxiproxy reads them; none where it has no such annotation."""
    said: list[Json] = json.loads((annotations or {}).get(WIRES, "[]"))
    return said


def _way(name: str, upstream: str, port: int) -> Json:
    if not NAME.fullmatch(name) or name in PROBES:
        raise ValueError(
            f"through={{{name!r}: ...}}: a wire's name is of a-z, 0-9 and -, at most 32 of them, "
            f"and none of {', '.join(PROBES)}"
        )
    if not UPSTREAM.fullmatch(upstream):
        raise ValueError(f"through={{{name!r}: {upstream!r}}}: where it leads is host:port")
    return _wire(name, port, upstream)


def _wire(name: str, port: int, upstream: str) -> Json:
    return {"name": name, "listen": f":{port}", "upstream": upstream, "enabled": True}


def _addresses(ways: list[Json]) -> Iterator[Json]:
    """The variables that send the app through its wires."""
    for way in ways:
        name = way["name"].upper().replace("-", "_")
        yield {"name": f"{name}_HOST", "value": "127.0.0.1"}
        yield {"name": f"{name}_PORT", "value": way["listen"].removeprefix(":")}


def _turned(app: Json) -> Iterator[Json]:
    """The app's probes sent through wires, but for those that connect to nothing, or elsewhere."""
    for name, port in PROBES.items():
        for how, asked in app.get(f"{name}Probe", {}).items():
            if how in {"httpGet", "tcpSocket", "grpc"} and not asked.get("host"):
                upstream = f"127.0.0.1:{_number(app, asked['port'])}"
                app[f"{name}Probe"] = app[f"{name}Probe"] | {how: asked | {"port": port}}
                yield _wire(name, port, upstream)


def _number(app: Json, port: int | str) -> int:
    """A container's port by its number, or by its name; ValueError when it has none."""
    named = {p.get("name"): int(p["containerPort"]) for p in app.get("ports", ())}
    if isinstance(port, int):
        return port
    if port not in named:
        there = ", ".join(str(name) for name in named if name) or "none"
        raise ValueError(f"the probe's port {port!r} is none of the container's: {there}")
    return named[port]


def _sidecar() -> Json:
    arguments = ["-host=0.0.0.0", f"-port={CONTROL}", f"-config={FOLDER}/{FILE}"]
    mount = {"name": SIDECAR, "mountPath": FOLDER, "readOnly": True}
    return {
        "name": SIDECAR,
        "image": IMAGE,
        "restartPolicy": "Always",
        "args": arguments,
        "volumeMounts": [mount],
    }


def _volume() -> Json:
    source = {"fieldPath": f"metadata.annotations['{WIRES}']"}
    return {"name": SIDECAR, "downwardAPI": {"items": [{"path": FILE, "fieldRef": source}]}}
