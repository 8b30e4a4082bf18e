"""What can be run on a cluster: pure specs, of the patient unless another image is named.

    web = cluster.run(deployment("web", liveness=http("/health", every=seconds(1), failures=2)))

Every object is marked with `pytest-chaos/workload`, which is how its pods are known in a history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from chaos.clock import Seconds, seconds

LABEL = "pytest-chaos/workload"
MAIN, DESK = 8080, 8081  # the patient's own port, and the one for orders and reports
LEAVE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
SECOND = seconds(1)
NOW = seconds(0)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spec:
    """What is to be run: its manifest, those that it needs beside it, and where they were written.

    `lines` finds the line of a field, for the API server's complaints about it.
    """

    name: str
    kind: str
    manifest: Json
    beside: tuple[Json, ...] = ()
    origin: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


class Options(TypedDict, total=False):
    """What can be said of any workload. Without `image` it is the patient."""

    liveness: Json
    readiness: Json
    startup: Json
    memory: str
    restart_policy: str
    on: str
    prefer: str
    grace: Seconds
    orders: tuple[Mapping[str, object], ...]
    command: tuple[str, ...]
    image: str
    tolerance: Seconds
    service: bool


class Rhythm(TypedDict, total=False):
    """When a probe asks, and how long it puts up with what it hears. Once a second, twice."""

    every: Seconds
    failures: int
    timeout: Seconds
    delay: Seconds
    grace: Seconds


def deployment(name: str, *, replicas: int = 1, **options: Unpack[Options]) -> Spec:
    """A Deployment: its pods are replaced, wherever there is room."""
    return _controlled("Deployment", name, {"replicas": replicas}, options)


def replica_set(name: str, *, replicas: int = 1, **options: Unpack[Options]) -> Spec:
    """A ReplicaSet without a Deployment above it."""
    return _controlled("ReplicaSet", name, {"replicas": replicas}, options)


def replication_controller(name: str, *, replicas: int = 1, **options: Unpack[Options]) -> Spec:
    """A ReplicationController, the ReplicaSet's forerunner."""
    selector = {"replicas": replicas, "selector": _labels(name)}
    return _controlled("ReplicationController", name, selector, options)


def stateful_set(name: str, *, replicas: int = 1, **options: Unpack[Options]) -> Spec:
    """A StatefulSet: at most one pod of a name, so a lost one is waited for."""
    spec = {"replicas": replicas, "serviceName": name}
    return _controlled("StatefulSet", name, spec, options)


def daemon_set(name: str, **options: Unpack[Options]) -> Spec:
    """A DaemonSet: one pod a node, or one on the node that `on` names."""
    return _controlled("DaemonSet", name, {}, options)


def job(name: str, *, retries: int = 6, **options: Unpack[Options]) -> Spec:
    """A Job: its pod is to end well, and is tried again when it does not."""
    pod = _template(name, {"restart_policy": "Never", **options})
    spec = {"backoffLimit": retries, "template": pod}
    return _spec("Job", name, spec, options)


def bare_pod(name: str, **options: Unpack[Options]) -> Spec:
    """A pod that nobody owns: `on` puts it on a node, past the scheduler."""
    spec = _template(name, options)["spec"]
    if "on" in options:
        del spec["nodeSelector"]
        spec["nodeName"] = options["on"]
    return _spec("Pod", name, spec, options)


def http(path: str = "/health", **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants a status below 400 from the app's main port."""
    return {"httpGet": {"path": path, "port": MAIN}} | _numbers(rhythm)


def tcp(port: int = MAIN, **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants a connection: a hung app still gives it one."""
    return {"tcpSocket": {"port": port}} | _numbers(rhythm)


def exec_(*command: str, **rhythm: Unpack[Rhythm]) -> Json:
    """A probe that wants a command in the container to exit 0."""
    return {"exec": {"command": list(command)}} | _numbers(rhythm)


def _numbers(rhythm: Rhythm) -> Json:
    """The numbers of a probe."""
    numbers = {
        "periodSeconds": _whole(rhythm.get("every", SECOND), "every"),
        "failureThreshold": rhythm.get("failures", 2),
        "timeoutSeconds": _whole(rhythm.get("timeout", SECOND), "timeout"),
        "initialDelaySeconds": _whole(rhythm.get("delay", NOW), "delay"),
    }
    if "grace" in rhythm:
        numbers["terminationGracePeriodSeconds"] = _whole(rhythm["grace"], "grace")
    return numbers


def _whole(span: Seconds, what: str) -> int:
    if not span.is_integer() or span < 0:
        raise ValueError(f"{what}={span:g} s: Kubernetes takes whole seconds, not negative")
    return int(span)


def _controlled(kind: str, name: str, spec: Json, options: Options) -> Spec:
    selector = {"selector": {"matchLabels": _labels(name)}}
    return _spec(kind, name, selector | spec | {"template": _template(name, options)}, options)


def _spec(kind: str, name: str, spec: Json, options: Options) -> Spec:
    group = {"Pod": "v1", "ReplicationController": "v1", "Job": "batch/v1"}.get(kind, "apps/v1")
    meta = {"name": name, "labels": _labels(name)}
    manifest = {"apiVersion": group, "kind": kind, "metadata": meta, "spec": spec}
    return Spec(name, kind, manifest, (_service(name),) if options.get("service") else ())


def _labels(name: str) -> dict[str, str]:
    return {LABEL: name}


def _service(name: str) -> Json:
    spec = {"selector": _labels(name), "ports": [{"port": MAIN, "targetPort": MAIN}]}
    meta = {"name": name, "labels": _labels(name)}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def _template(name: str, options: Options) -> Json:
    """The pod: nothing in it that could keep a container from a restart (oracle: pitfall 22)."""
    spec: Json = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _whole(options.get("grace", SECOND), "grace"),
        "restartPolicy": options.get("restart_policy", "Always"),
        "containers": [_container(options)],
    }
    if "tolerance" in options:
        spec["tolerations"] = _tolerations(_whole(options["tolerance"], "tolerance"))
    if "on" in options:
        spec["nodeSelector"] = {"kubernetes.io/hostname": options["on"]}
    if "prefer" in options:
        spec["affinity"] = {"nodeAffinity": _preference(options["prefer"])}
    return {"metadata": {"labels": _labels(name)}, "spec": spec}


def _container(options: Options) -> Json:
    """The app's container; an image that is not named is filled in by the cluster."""
    container: Json = {"name": "app", "ports": [{"containerPort": MAIN}]}
    for probe in ("liveness", "readiness", "startup"):
        if probe in options:
            container[f"{probe}Probe"] = options[probe]
    if "image" in options:
        container |= {"image": options["image"], "imagePullPolicy": "IfNotPresent"}
    if "command" in options:
        container["command"] = list(options["command"])
    if "memory" in options:
        container["resources"] = {"limits": {"memory": options["memory"]}}
    if "orders" in options:
        orders = json.dumps([dict(order) for order in options["orders"]])
        container["env"] = [{"name": "PATIENT_ORDERS", "value": orders}]
    return container


def _tolerations(span: int) -> list[Json]:
    return [
        {"key": k, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": span}
        for k in LEAVE
    ]


def _preference(node: str) -> Json:
    """A wish, not a demand: what is pinned to a node cannot be replaced on another."""
    term = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    wish = {"weight": 100, "preference": {"matchExpressions": [term]}}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}
