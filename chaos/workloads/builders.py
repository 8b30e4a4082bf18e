"""What can be run on a cluster: pure specs, of the patient unless another image is named.

    web = cluster.run(deployment("web", liveness=http("/health", every=seconds(1), failures=2)))

Every object is marked with `pytest-chaos/workload`, which is how its pods are known in a history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Unpack

from chaos.clock import Seconds, seconds
from chaos.patient.orders import BadOrder
from chaos.patient.parsing import parse
from chaos.values import Json
from chaos.workloads.admitted import Workload
from chaos.workloads.pods import PodOptions, labels, template
from chaos.workloads.probes import MAIN, http, whole

STAYS = {"operator": "Exists", "effect": "NoExecute"}  # what a kubelet gives its static pods
POSTGRES = "localhost/chaos/postgres:1"  # an image of a database that trusts everybody
OFTEN = seconds(0.1)  # between two requests of a visitor: ten a second, as from a few users
PATIENT = seconds(2)  # how long one of them waits
MOST = 20_000  # requests: half an hour of them
GROUPS = {"Pod": "v1", "ReplicationController": "v1", "Job": "batch/v1", "CronJob": "batch/v1"}


@dataclass(frozen=True, slots=True)
class Spec:
    """What is to be run: its manifest, those that it needs beside it, and where they were written.

    `lines` finds the line of a field, for the API server's complaints about it; `written` are those
    beside it, as they were found in a file, `namespace` is the one that a file is written for and
    the scenario's own takes over. `calls` are the services that its pods find in their hosts files:
    by name, what they are called there.
    """

    name: str
    kind: str
    manifest: Json
    beside: tuple[Json, ...] = ()
    origin: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    written: tuple[Spec, ...] = ()
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    namespace: str = ""


def deployment(name: str, *, replicas: int = 1, **options: Unpack[PodOptions]) -> Spec:
    """A Deployment: its pods are replaced, wherever there is room."""
    return _controlled("Deployment", name, {"replicas": replicas}, options)


def replica_set(name: str, *, replicas: int = 1, **options: Unpack[PodOptions]) -> Spec:
    """A ReplicaSet without a Deployment above it."""
    return _controlled("ReplicaSet", name, {"replicas": replicas}, options)


def replication_controller(name: str, *, replicas: int = 1, **options: Unpack[PodOptions]) -> Spec:
    """A ReplicationController, the ReplicaSet's forerunner."""
    selector = {"replicas": replicas, "selector": labels(name)}
    return _controlled("ReplicationController", name, selector, options)


def stateful_set(name: str, *, replicas: int = 1, **options: Unpack[PodOptions]) -> Spec:
    """A StatefulSet: at most one pod of a name, so a lost one is waited for."""
    spec = {"replicas": replicas, "serviceName": name}
    return _controlled("StatefulSet", name, spec, options)


def daemon_set(name: str, **options: Unpack[PodOptions]) -> Spec:
    """A DaemonSet: one pod a node, or one on the node that `on` names."""
    return _controlled("DaemonSet", name, {}, options)


def job(
    name: str,
    *,
    completions: int = 1,
    parallelism: int = 1,
    retries: int = 6,
    replacement: Literal["TerminatingOrFailed", "Failed"] = "TerminatingOrFailed",
    **options: Unpack[PodOptions],
) -> Spec:
    """A Job: its pods are to end well, and are tried again when they do not.

    `replacement` says when a pod that is being deleted is replaced: at once, or when it has ended.
    """
    spec = {
        "completions": completions,
        "parallelism": parallelism,
        "backoffLimit": retries,
        "podReplacementPolicy": replacement,
        "template": _ending(name, options),
    }
    return _spec("Job", name, spec, options)


def cron_job(
    name: str,
    *,
    schedule: str = "* * * * *",
    suspend: bool = False,
    concurrency: Literal["Allow", "Forbid", "Replace"] = "Allow",
    deadline: Seconds | None = None,
    **options: Unpack[PodOptions],
) -> Spec:
    """A CronJob: it has no pod until its time comes. A start later than `deadline` is skipped."""
    template = {"metadata": {"labels": labels(name)}, "spec": {"template": _ending(name, options)}}
    spec = {
        "schedule": schedule,
        "suspend": suspend,
        "concurrencyPolicy": concurrency,
        "jobTemplate": template,
    }
    if deadline is not None:
        spec["startingDeadlineSeconds"] = whole(deadline, "deadline")
    return _spec("CronJob", name, spec, options)


def bare_pod(name: str, **options: Unpack[PodOptions]) -> Spec:
    """A pod that nobody owns: `on` puts it on a node, past the scheduler."""
    return _pod(name, _bare(name, options), options)


def static_pod(name: str, **options: Unpack[PodOptions]) -> Spec:
    """A pod that only the kubelet of the node `on` knows; the API server is shown a mirror of it.

    Its manifest lies in a folder of the node, its mirror is called `<name>-<node>`.
    """
    if "on" not in options:
        raise ValueError(f"static_pod({name!r}): say which node it lies on: on=...")
    pod = _bare(name, options)
    pod["spec"] |= {"tolerations": [dict(STAYS)]}
    spec = _pod(name, pod, options)
    return Spec(name, "StaticPod", spec.manifest, spec.beside)


def visitor(  # noqa: PLR0913 - a load, all by name
    name: str,
    *,
    of: Workload,
    path: str = "/",
    every: Seconds = OFTEN,
    timeout: Seconds = PATIENT,
    at_most: int = MOST,
    **options: Unpack[PodOptions],
) -> Spec:
    """A bare pod that asks a running app's service again and again, as the app's users do.

    It is ready when it has been answered once. A request that has no answer within `timeout` has
    failed. Name a node that stays, `on=`: what is not told yet is lost with the pod.
    """
    address = of.name.upper().replace("-", "_")  # as the kubelet calls a service's variables
    order = {
        "do": "visit",
        "url": f"http://${address}_SERVICE_HOST:${address}_SERVICE_PORT{path}",
        "of": of.name,
        "every_seconds": every,
        "timeout_seconds": timeout,
        "at_most": at_most,
    }
    try:
        parse(order)
    except BadOrder as error:
        raise ValueError(f"visitor({name!r}): {error}") from None
    orders = (*options.get("orders", ()), order)
    told: PodOptions = {"readiness": http("/health"), **options, "links": True, "orders": orders}
    return bare_pod(name, **told)


def _bare(name: str, options: PodOptions) -> Json:
    pod = template(name, options)
    if "on" in options:
        del pod["spec"]["nodeSelector"]
        pod["spec"]["nodeName"] = options["on"]
    return pod


def _pod(name: str, pod: Json, options: PodOptions) -> Spec:
    spec = _spec("Pod", name, pod["spec"], options)
    spec.manifest["metadata"] |= pod["metadata"]
    return spec


def _ending(name: str, options: PodOptions) -> Json:
    """The pod of a Job, which is done when its container ends well."""
    policy = options.get("restart_policy", "Never")
    if policy not in {"Never", "OnFailure"}:
        raise ValueError(f"restart_policy={policy!r}: a Job's is Never or OnFailure")
    return template(name, {**options, "restart_policy": policy})


def _controlled(kind: str, name: str, spec: Json, options: PodOptions) -> Spec:
    selector = {"selector": {"matchLabels": labels(name)}}
    return _spec(kind, name, selector | spec | {"template": template(name, options)}, options)


def _spec(kind: str, name: str, spec: Json, options: PodOptions) -> Spec:
    group, meta = GROUPS.get(kind, "apps/v1"), {"name": name, "labels": labels(name)}
    manifest = {"apiVersion": group, "kind": kind, "metadata": meta, "spec": spec}
    return Spec(name, kind, manifest, _beside(name, options))


def _beside(name: str, options: PodOptions) -> tuple[Json, ...]:
    """Its service, if it has one."""
    if not options.get("service"):
        return ()
    port = options.get("port", MAIN)
    spec = {"selector": labels(name), "ports": [{"port": port, "targetPort": port}]}
    meta = {"name": name, "labels": labels(name)}
    return ({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec},)
