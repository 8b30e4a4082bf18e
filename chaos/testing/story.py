"""Histories by hand: what was seen, when, after a fault that is in force at moment 0.

web = pod("web-1")
aftermath = story(at(3, restarted(web)), gap(4, 5), stood=[web], end=20)
assert restarted_law(app_of(web), within=...).judge(aftermath).ruling is Ruling.HOLDS
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Literal

from chaos.clock import seconds
from chaos.history.facts import (
    Container,
    Endpoints,
    Entry,
    Gap,
    Lag,
    Node,
    Observed,
    Pod,
    Termination,
    Thing,
)
from chaos.history.history import History
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload
from chaos.workloads.containers import ContainerSpec

# What `app_of` and `having` change of a container; what both have is the workload's.
CONTAINED = {field.name for field in fields(ContainerSpec)} - {
    field.name for field in fields(Workload)
}


def story(*entries: Entry, stood: Iterable[Thing] = (), end: float) -> History:
    """What came after a fault, seen up to the moment `end`; `stood` is what stood before it."""
    return History.of(entries, end=seconds(end), opening=stood)


def at(moment: float, thing: Thing) -> Observed:
    """A sighting."""
    return Observed(seconds(moment), thing)


def gone(moment: float, thing: Thing) -> Observed:
    """The sighting of an end: the object is no more."""
    return Observed(seconds(moment), thing, gone=True)


def gap(start: float, end: float) -> Gap:
    """Nothing was seen from `start` to `end`."""
    return Gap(seconds(start), seconds(end), "the story says so")


def lag(start: float, end: float) -> Lag:
    """What is shown from `start` to `end` may have been so since `start`."""
    return Lag(seconds(start), seconds(end))


def container(name: str = "app", **changes: object) -> Container:
    """A running container, with `changes`; its id is `<name>-0`."""
    return replace(Container(name, id=f"{name}-0"), **changes)  # type: ignore[arg-type]


def pod(name: str, *, of: str = "", node: str = "worker1", **changes: object) -> Pod:
    """A ready pod of the workload `of` (else: what stands before the dash), with `changes`."""
    workload = of or name.rpartition("-")[0] or name
    plain = Pod(Uid(f"uid-{name}"), name, workload, NodeName(node), True, (container(),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def restarted(pod: Pod, *, code: int = 1, reason: str = "Error", **changes: object) -> Pod:
    """The pod, with its first container started once more; `changes` are the container's."""
    old = pod.containers[0]
    count = old.restarts + 1
    ended = Termination(old.id, code, reason)
    fresh = replace(old, id=f"{old.name}-{count}", restarts=count, state="running", last=ended)
    fresh = replace(fresh, ended=None, **changes)  # type: ignore[arg-type]
    return replace(pod, containers=(fresh, *pod.containers[1:]))


def node(
    name: str, *, ready: Literal["True", "False", "Unknown"] = "True", taint: str = ""
) -> Node:
    """A node, with a taint or without."""
    return Node(NodeName(name), ready, taints=(taint,) if taint else ())


def endpoints(
    service: str, *pods: Pod, slice_name: str = "", unready: tuple[Pod, ...] = ()
) -> Endpoints:
    """A slice of a service that sends traffic to these pods; it names the `unready` as well."""
    return Endpoints(
        slice_name or f"{service}-1",
        service,
        tuple(pod.uid for pod in pods),
        unready=tuple(pod.uid for pod in unready),
    )


def app_of(*pods: Pod, kind: str = "Deployment", **changes: object) -> Workload:
    """The workload that these pods are all of, as `cluster.run` would have returned it.

    `changes` are of the workload, or of its container `app`.
    """
    name = pods[0].workload
    stands = tuple(
        Stand(pod.uid, pod.name, pod.node or NodeName(""), pod.namespace) for pod in pods
    )
    containers = (ContainerSpec("app"),)
    return having(Workload(name, kind, Uid(f"uid-{name}"), stands, containers), **changes)


def having(app: Workload, **changes: object) -> Workload:
    """A workload with something changed: of itself, or of the container that is meant."""
    of_container = {name: changes.pop(name) for name in CONTAINED & {*changes}}
    if of_container:
        meant = app.meant
        changed = replace(meant, **of_container)  # type: ignore[arg-type]
        specs = tuple(changed if spec is meant else spec for spec in app.containers)
        app = replace(app, containers=specs)
    return replace(app, **changes)  # type: ignore[arg-type]
