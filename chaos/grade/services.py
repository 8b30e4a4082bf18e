"""Which Service leads to which workload of an app: users come by it, and readiness decides on it.

A history knows a workload's service by the workload's name. One that is called otherwise gets a
twin of that name, which leads to the same pods.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from chaos.lint.views import mapping
from chaos.values import Json
from chaos.workloads import Spec, meta_of

HEADLESS = "None"


def served(workloads: tuple[Spec, ...], spaces: Mapping[str, str]) -> tuple[Spec, ...]:
    """Each with the service that leads to it beside it; all are beside the first, to come first.

    Of an app that has moved to a namespace of its own the pods call them as they were written.
    """
    first = workloads[0]
    there = [thing for thing in first.beside if thing["kind"] == "Service"]
    twins = [twin for spec in workloads for twin in _twins(spec, there)]
    calls = {thing["metadata"]["name"]: _names(thing, spaces) for thing in there}
    return tuple(
        dataclasses.replace(
            spec,
            beside=(*first.beside, *twins)
            if spec is first
            else tuple(_own(spec, [*there, *twins])),
            calls=calls,
        )
        for spec in workloads
    )


def _names(service: Json, spaces: Mapping[str, str]) -> tuple[str, ...]:
    """As a DNS would have it, for those of the namespace that it was written for."""
    name = service["metadata"]["name"]
    space = f"{name}.{spaces.get(name, 'default')}"
    return (name, space, f"{space}.svc", f"{space}.svc.cluster.local")


def service_of(spec: Spec) -> Json | None:
    """The service that leads to a workload, by its name; None where nothing does."""
    return next(iter(_own(spec, spec.beside)), None)


def has_address(service: Json) -> bool:
    """Whether a service has an address of its own, and a port."""
    said = mapping(service.get("spec"))
    return said.get("clusterIP") != HEADLESS and bool(said.get("ports"))


def _own(spec: Spec, services: list[Json] | tuple[Json, ...]) -> list[Json]:
    named = (s for s in services if s["kind"] == "Service" and s["metadata"]["name"] == spec.name)
    return [service for service in named if _leads(service, spec)]


def _twins(spec: Spec, services: list[Json]) -> list[Json]:
    """The twin of the first service that leads to it, if none has its name yet."""
    if any(service["metadata"]["name"] == spec.name for service in services):
        return []
    return [_twin(service, spec.name) for service in services if _leads(service, spec)][:1]


def _leads(service: Json, spec: Spec) -> bool:
    selector = mapping(mapping(service.get("spec")).get("selector"))
    return (
        bool(selector) and selector.items() <= mapping(meta_of(spec.manifest).get("labels")).items()
    )


def _twin(service: Json, name: str) -> Json:
    """Inside the cluster only: what of it is of one service alone is left out."""
    said = mapping(service["spec"])
    ports = [{k: v for k, v in port.items() if k != "nodePort"} for port in said.get("ports") or ()]
    spec = {"selector": said["selector"], "ports": ports}
    if said.get("clusterIP") == HEADLESS:
        spec["clusterIP"] = HEADLESS
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
