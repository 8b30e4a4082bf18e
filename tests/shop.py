"""A shop's manifests, as users have them: what is tested is what is changed in them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from chaos.grade.app import App, app

Json = dict[str, Any]

PROBE: Json = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1}


def container(**changes: object) -> Json:
    """A container with all that a good one has; None takes a field away."""
    whole: Json = {
        "name": "api",
        "ports": [{"name": "http", "containerPort": 8080}],
        "livenessProbe": PROBE | {"failureThreshold": 2},
        "readinessProbe": PROBE | {"failureThreshold": 2},
        "startupProbe": PROBE | {"failureThreshold": 4},
        "resources": {"limits": {"memory": "64Mi"}},
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def workload(
    kind: str = "Deployment", name: str = "web", replicas: int = 2, **changes: object
) -> Json:
    """A workload of one container."""
    labels = {"shop": name}
    pod: Json = {"metadata": {"labels": labels}, "spec": {"containers": [container(**changes)]}}
    if kind == "Pod":
        return {
            "apiVersion": "v1",
            "kind": kind,
            **pod,
            "metadata": {"name": name, "labels": labels},
        }
    pod["spec"]["terminationGracePeriodSeconds"] = 2
    spec: Json = {"selector": {"matchLabels": labels}, "template": pod}
    if kind != "DaemonSet":
        spec["replicas"] = replicas
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def service(name: str = "web", of: str = "web", **changes: object) -> Json:
    """What leads to it."""
    spec = {"selector": {"shop": of}, "ports": [{"port": 80, "targetPort": "http"}], **changes}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def written(*objects: Mapping[str, Any]) -> bytes:
    """Manifests as a file holds them."""
    return yaml.safe_dump_all(objects).encode()


def app_of(*objects: Mapping[str, Any]) -> App:
    """The app in these objects."""
    return app(["-"], [], io.BytesIO(written(*objects)))


def laid(folder: Path, *objects: Mapping[str, Any]) -> Path:
    """A file of them, called shop.yaml."""
    file = folder / "shop.yaml"
    file.write_bytes(written(*objects))
    return file
