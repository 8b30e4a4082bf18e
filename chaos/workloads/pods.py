"""The pod of a workload: what can be said of it, and its spec as the API server gets it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TypedDict

from chaos.clock import Seconds
from chaos.values import Json
from chaos.workloads.probes import BESIDE, MAIN, SECOND, whole
from chaos.workloads.wires import spliced

LABEL = "pytest-chaos/workload"
LEAVE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
HOST = "kubernetes.io/hostname"
FOREVER = Seconds(math.inf)


class PodOptions(TypedDict, total=False):
    """What can be said of any workload. Without `image` it is the patient.

    `tolerance` is of a node that is gone, `tolerates` of NoExecute taints by their keys; `FOREVER`
    is for ever. `keep` is a folder that outlives the container, with the pod (an emptyDir).
    `links` are variables with the addresses of services that are there before it, like
    BACKEND_SERVICE_HOST. `spread` puts one pod on each node before a second on any. `beside` is a
    second container of the pod, called that, with what of these options a container has of its own:
    where the first's patient has the ports 8080 to 8082, its has 9080 to 9082. `port` is the app's
    own, and its service's. `through` names what the app reaches through toxiproxy, by host:port: to
    `{"db": "db:5432"}` lead DB_HOST and DB_PORT.
    """

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
    tolerates: Mapping[str, Seconds]
    keep: str
    env: Mapping[str, str]
    spread: bool
    service: bool
    links: bool
    beside: PodOptions
    through: Mapping[str, str]
    probes_through_proxy: bool
    port: int


def labels(name: str) -> dict[str, str]:
    """How a workload's pods are known in a history."""
    return {LABEL: name}


def pod_of(manifest: Json) -> Json:
    """The part of a workload's manifest that is its pods' spec."""
    spec: Json = manifest["spec"]
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    return (spec.get("template") or {}).get("spec") or spec


def meta_of(manifest: Json) -> Json:
    """The part of a workload's manifest that is its pods' metadata."""
    spec: Json = manifest["spec"]
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    found: Json = (spec.get("template") or manifest).get("metadata") or {}
    return found


def at_first(kind: str, manifest: Json) -> int:
    """How many pods it has at first, wherever there is room; a DaemonSet's are the nodes' matter.

    A count that is null is left out: somebody else decides, and until then it is 1.
    """
    said = manifest["spec"]
    match kind:
        case "CronJob":  # until its time comes
            return 0
        case "Pod" | "StaticPod":
            return 1
        case "Job":
            parallel = 0 if said.get("suspend") else _count(said, "parallelism", 1)
            return min(parallel, _count(said, "completions", parallel))  # without: all at once
        case _:
            return _count(said, "replicas", 1)


def _count(said: Json, field: str, usual: int) -> int:
    count = said.get(field)
    return usual if count is None else int(count)


def template(name: str, options: PodOptions) -> Json:
    """The pod: nothing in it that could keep a container from a restart (oracle: pitfall 22)."""
    spec: Json = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": options.get("links", False),
        "terminationGracePeriodSeconds": whole(options.get("grace", SECOND), "grace"),
        "restartPolicy": options.get("restart_policy", "Always"),
        "containers": [_container(options)],
    }
    if "beside" in options:
        _must_be_of_a_container(options["beside"])
        second = _container({**options["beside"], "env": _moved(options["beside"])})
        spec["containers"] += [second | {"name": "beside", "ports": [{"containerPort": BESIDE}]}]
    if tolerations := [*_tolerations(options)]:
        spec["tolerations"] = tolerations
    if "keep" in options:
        spec["volumes"] = [{"name": "keep", "emptyDir": {}}]
    if "on" in options:
        spec["nodeSelector"] = {HOST: options["on"]}
    if "prefer" in options:
        spec["affinity"] = {"nodeAffinity": _preference(options["prefer"])}
    if options.get("spread"):
        spec["topologySpreadConstraints"] = [_spread(name)]
    pod: Json = {"metadata": {"labels": labels(name)}, "spec": spec}
    probes = options.get("probes_through_proxy", False)
    return spliced(pod, options.get("through", {}), probes=probes)


def _must_be_of_a_container(beside: PodOptions) -> None:
    if wrong := {"through", "probes_through_proxy"} & {*beside}:
        raise ValueError(f"beside: {', '.join(sorted(wrong))} is of the pod's first container")


def _container(options: PodOptions) -> Json:
    """The app's container; an image that is not named is filled in by the cluster."""
    port = {"name": "main", "containerPort": options.get("port", MAIN)}
    container: Json = {"name": "app", "ports": [port]}
    for probe in ("liveness", "readiness", "startup"):
        if probe in options:
            container[f"{probe}Probe"] = options[probe]
    if "image" in options:
        container |= {"image": options["image"], "imagePullPolicy": "IfNotPresent"}
    if "command" in options:
        container["command"] = list(options["command"])
    if "memory" in options:
        container["resources"] = {"limits": {"memory": options["memory"]}}
    if "keep" in options:
        container["volumeMounts"] = [{"name": "keep", "mountPath": options["keep"]}]
    if variables := _variables(options):
        container["env"] = [{"name": name, "value": variables[name]} for name in variables]
    return container


def _variables(options: PodOptions) -> dict[str, str]:
    variables = dict(options.get("env", {}))
    if "orders" in options:
        orders = [dict(order) for order in options["orders"]]
        variables["PATIENT_ORDERS"] = json.dumps(orders)
    return variables


def _moved(options: PodOptions) -> dict[str, str]:
    """Two patients in one pod share its address: the second needs ports of its own."""
    ports = ("PATIENT_PORT", "PATIENT_REPORT_PORT", "PATIENT_GRPC_PORT")
    return {name: str(BESIDE + i) for i, name in enumerate(ports)} | dict(options.get("env", {}))


def _tolerations(options: PodOptions) -> Iterator[Json]:
    spans = dict(options.get("tolerates", {}))
    if "tolerance" in options:
        spans |= dict.fromkeys(LEAVE, options["tolerance"])
    for key, span in spans.items():
        toleration: Json = {"key": key, "operator": "Exists", "effect": "NoExecute"}
        if span != FOREVER:
            toleration["tolerationSeconds"] = whole(span, f"toleration of {key}")
        yield toleration


def _preference(node: str) -> Json:
    """A wish, not a demand: what is pinned to a node cannot be replaced on another."""
    term = {"key": HOST, "operator": "In", "values": [node]}
    wish = {"weight": 100, "preference": {"matchExpressions": [term]}}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}


def _spread(name: str) -> Json:
    """One each, on the nodes that pods may be on: a dead node's taint takes it out of the count."""
    return {
        "maxSkew": 1,
        "topologyKey": HOST,
        "whenUnsatisfiable": "DoNotSchedule",
        "nodeTaintsPolicy": "Honor",
        "labelSelector": {"matchLabels": labels(name)},
    }
