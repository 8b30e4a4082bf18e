"""From a spec to what stands: where its pods are, and what their patients are told first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from chaos.clock import seconds
from chaos.errors import BadManifest, NoSuchTarget, one_line
from chaos.history.facts import Container, Pod
from chaos.kube.podspec import UNREACHABLE, workload_from
from chaos.testing.machine import EVICTED
from chaos.testing.patient import FakePod
from chaos.values import Json
from chaos.workloads import Spec, meta_of, pod_of
from chaos.workloads.admitted import DESK, NodeName, Stand, Uid, Workload
from chaos.workloads.pods import at_first
from chaos.workloads.wires import wires_of

HOST = "kubernetes.io/hostname"
OWNERS = {"Pod": "", "StaticPod": "Node"}  # every other workload's pods are its own here


def workload_of(spec: Spec, nodes: list[str]) -> Workload:
    """The workload as it stands once all its pods are ready, on the nodes it may be on."""
    stands = tuple(_stands(spec, nodes))
    return workload_from(spec, Uid(f"uid-{spec.name}"), stands, _admitted(spec))


def patients_of(app: Workload, spec: Spec | None = None) -> Iterator[FakePod]:
    """A fake pod for each that stands, told what the spec tells it at its start."""
    for stand in app.stands:
        pod = FakePod(standing(app, stand), _ailing(app))
        if spec is not None:
            pod.memory_limit = pod.app.meant.memory
            pod.wires = {w["name"]: {} for w in wires_of(meta_of(spec.manifest).get("annotations"))}
            said = _written(spec, pod.who)
            pod.kept = frozenset(mount["mountPath"] for mount in said.get("volumeMounts") or ())
            for order in _orders(said):
                pod.obey(str(order.pop("do")), order, seconds(0))
        yield pod


def made(spec: Spec | Workload, nodes: list[str]) -> tuple[Workload, list[FakePod]]:
    """What a spec says that stands; the words for what is wrong with it are an API server's.

    A workload stands as it says itself.
    """
    if isinstance(spec, Workload):
        return spec, [*patients_of(spec)]
    try:
        app = workload_of(spec, nodes)
        return app, list(patients_of(app, spec))
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        if not spec.origin:
            raise
        why = f"{type(error).__name__}: {one_line(error)}"
        raise BadManifest(f"{spec.origin}: {spec.kind}/{spec.name} is not sound: {why}") from error


def standing(app: Workload, stand: Stand) -> Pod:
    """A pod as it stands, ready, its container never restarted."""
    return Pod(
        uid=stand.uid,
        name=stand.name,
        workload=app.name,
        node=stand.node,
        ready=True,
        containers=tuple(_containers(app, stand)),
        namespace=stand.namespace,
        owner=OWNERS.get(app.kind, app.kind),
    )


def _containers(app: Workload, stand: Stand) -> Iterator[Container]:
    for number, spec in enumerate(app.containers):
        ending = spec.name if number else "0"
        yield Container(spec.name or "app", id=f"{stand.uid}-{ending}")


def _stands(spec: Spec, nodes: list[str]) -> Iterator[Stand]:
    where = _where(spec, nodes)
    most = len(where) if spec.kind == "DaemonSet" else at_first(spec.kind, spec.manifest)
    for number, node in enumerate(islice(cycle(where), most)):
        ending = {"Pod": "", "StaticPod": f"-{node}"}.get(spec.kind, f"-{number}")
        name = f"{spec.name}{ending}"
        yield Stand(Uid(f"uid-{name}"), name, NodeName(node), "default")


def _admitted(spec: Spec) -> Json:
    """The pod with the tolerations that an API server, or the DaemonSet controller, gives it."""
    pod = pod_of(spec.manifest)
    said = pod.get("tolerations", [])
    free = {"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute"}
    for_a_while = free | {"tolerationSeconds": EVICTED}
    if spec.kind == "DaemonSet":
        return pod | {"tolerations": [free, *said]}
    asked = any(t.get("key") in {UNREACHABLE, None} for t in said)
    return pod if asked else pod | {"tolerations": [*said, for_a_while]}


def _where(spec: Spec, nodes: list[str]) -> list[str]:
    """The nodes it is pinned to; else all, the one it would like best first."""
    pod = pod_of(spec.manifest)
    if spec.kind == "StaticPod" and pod["nodeName"] not in nodes:
        there = ", ".join(nodes)
        raise NoSuchTarget(f"no machine is under {pod['nodeName']!r}; there are {there}")
    pinned = pod.get("nodeName") or pod.get("nodeSelector", {}).get(HOST)
    liked = json.dumps(pod.get("affinity", {}))
    return [pinned] if pinned else sorted(nodes, key=lambda node: f'"{node}"' not in liked)


def _ailing(app: Workload) -> Workload:
    """It, with the container meant that can fall ill: the patient, or the first."""
    if len(app.containers) == 1:
        return app
    ours = (spec.name for spec in app.containers if spec.desk == DESK)
    return app.container(next(ours, app.containers[0].name))


def _written(spec: Spec, name: str) -> Json:
    """A container as it was written."""
    pod = pod_of(spec.manifest)
    every: list[Json] = [*pod["containers"], *(pod.get("initContainers") or ())]
    return next(container for container in every if container["name"] == name)


def _orders(container: Json) -> list[dict[str, Any]]:
    variables = container.get("env") or ()
    told = (v["value"] for v in variables if v["name"] == "PATIENT_ORDERS")
    orders: list[dict[str, Any]] = json.loads(next(told, "[]"))
    return orders
