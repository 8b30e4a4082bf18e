"""Manifests for the linter's tests: one that every rule is content with, and changes of it."""

from __future__ import annotations

import copy
import json
from typing import Any

from chaos.lint import Report, Source, lint

Json = dict[str, Any]

HEALTH: Json = {"httpGet": {"path": "/health", "port": 8080}}
APP: Json = {
    "name": "app",
    "ports": [{"name": "http", "containerPort": 8080}],
    "resources": {"limits": {"memory": "64Mi"}},
    "livenessProbe": HEALTH,
}
VERSIONS = {"Pod": "v1", "ReplicationController": "v1", "Job": "batch/v1", "CronJob": "batch/v1"}


def app(**changes: Any) -> Json:
    """A container; None takes a field out."""
    changed = copy.deepcopy(APP | changes)
    return {name: value for name, value in changed.items() if value is not None}


def live(**changes: Any) -> Json:
    """A container whose liveness probe has other numbers, or asks otherwise."""
    return app(livenessProbe=(HEALTH if not {*changes} & ASKS else {}) | changes)


ASKS = {"httpGet", "tcpSocket", "grpc", "exec"}


def runs(*command: str, **numbers: Any) -> Json:
    """A container whose liveness probe is a command."""
    return live(exec={"command": list(command)}, **numbers)


def of(kind: str, *containers: Json, spec: Json | None = None, **pod: Any) -> Json:
    """An object of a kind with these containers: its own fields, and its pods'."""
    pods = {"containers": list(containers)} | pod
    counted = kind in {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"}
    inner: Json = {"template": {"spec": pods}} | ({"replicas": 2} if counted else {})
    if kind == "Pod":
        inner = pods
    if kind == "CronJob":
        inner = {"jobTemplate": {"spec": inner}}
    inner |= spec or {}
    version = VERSIONS.get(kind, "apps/v1")
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, "spec": inner}


def web(*containers: Json, **pod: Any) -> Json:
    """A Deployment of two pods."""
    return of("Deployment", *(containers or (app(),)), **pod)


def linted(*values: Any) -> Report:
    """What is found in these documents."""
    return lint([Source("web.yaml", json.dumps(value).encode()) for value in values])


def found(*values: Any) -> list[str]:
    """The rules that speak of these documents, each as often as it does."""
    return [finding.rule for finding in linted(*values).findings]
