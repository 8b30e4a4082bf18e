"""From a spec to what stands: where its pods are, and what is special about its patients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from chaos.clock import seconds
from chaos.entry import Container, NodeName, Pod, Stand, Uid, Workload
from chaos.kube.parse import probe_from, tolerance_from
from chaos.testing.patient import FakePod
from chaos.workloads import Json, Spec

MIB = {"Mi": 1.0, "Gi": 1024.0, "M": 1e6 / 2**20, "G": 1e9 / 2**20}  # the ends of a quantity
HOST = "kubernetes.io/hostname"


def workload_of(spec: Spec, nodes: list[str]) -> Workload:
    """The workload as it stands once all its pods are ready, on the nodes it may be on."""
    pod = _pod(spec)
    container = pod["containers"][0]
    return Workload(
        name=spec.name,
        kind=spec.kind,
        uid=Uid(f"uid-{spec.name}"),
        stands=tuple(_stands(spec, nodes)),
        liveness=probe_from(container.get("livenessProbe")),
        readiness=probe_from(container.get("readinessProbe")),
        startup=probe_from(container.get("startupProbe")),
        grace=float(pod["terminationGracePeriodSeconds"]),
        restart_policy=str(pod["restartPolicy"]),
        tolerance=tolerance_from(pod),
    )


def patients_of(app: Workload, spec: Spec | None = None) -> Iterator[FakePod]:
    """A fake pod for each that stands, told what the spec tells it at its start."""
    for stand in app.stands:
        pod = FakePod(standing(app, stand), app)
        if spec is not None:
            pod.memory_limit = _memory(spec)
            for order in _orders(spec):
                pod.obey(str(order.pop("do")), order, seconds(0))
        yield pod


def standing(app: Workload, stand: Stand) -> Pod:
    """A pod as it stands, ready, its container never restarted."""
    return Pod(
        uid=stand.uid,
        name=stand.name,
        workload=app.name,
        node=stand.node,
        ready=True,
        containers=(Container("app", id=f"{stand.uid}-0"),),
        namespace=stand.namespace,
        owner="" if app.kind == "Pod" else app.kind,
    )


def _stands(spec: Spec, nodes: list[str]) -> Iterator[Stand]:
    where = _where(spec, nodes)
    most = len(where) if spec.kind == "DaemonSet" else int(spec.manifest["spec"].get("replicas", 1))
    alone = spec.kind == "Pod"
    for number, node in enumerate(islice(cycle(where), most)):
        name = spec.name if alone else f"{spec.name}-{number}"
        yield Stand(Uid(f"uid-{name}"), name, NodeName(node), "default")


def _where(spec: Spec, nodes: list[str]) -> list[str]:
    """The nodes it is pinned to; else all, the one it would like best first."""
    pod = _pod(spec)
    pinned = pod.get("nodeName") or pod.get("nodeSelector", {}).get(HOST)
    liked = json.dumps(pod.get("affinity", {}))
    return [pinned] if pinned else sorted(nodes, key=lambda node: f'"{node}"' not in liked)


def _pod(spec: Spec) -> Json:
    inside = spec.manifest["spec"]
    found: Json = inside["template"]["spec"] if "template" in inside else inside
    return found


def _memory(spec: Spec) -> float | None:
    """The limit in MiB."""
    limits = _pod(spec)["containers"][0].get("resources", {}).get("limits", {})
    text = str(limits.get("memory", ""))
    unit = next((unit for unit in MIB if text.endswith(unit)), "")
    return float(text.removesuffix(unit)) * MIB[unit] if unit else None


def _orders(spec: Spec) -> list[dict[str, Any]]:
    variables = _pod(spec)["containers"][0].get("env", [])
    told = (v["value"] for v in variables if v["name"] == "PATIENT_ORDERS")
    orders: list[dict[str, Any]] = json.loads(next(told, "[]"))
    return orders
