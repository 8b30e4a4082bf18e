"""Pods as other people write them, drawn by a seed: handlers, numbers, containers, graces, delays.

    pods = drawn(seed=1, count=300)
    batches = cut(pods, size=16)

What is drawn is what the API server takes, and what a patient can be asked; nothing is left out
because a window is hard to tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Json = dict[str, Any]

IMAGE = "localhost/chaos/patient:1"
MAIN, GRPC, BESIDE = 8080, 8082, 9080  # the ports of a patient, and the first of a second one
PORTS = ("PATIENT_PORT", "PATIENT_REPORT_PORT", "PATIENT_GRPC_PORT")
KINDS = ("Deployment",) * 5 + ("StatefulSet",) * 2 + ("ReplicaSet",) + ("Pod",) * 3
HANDLERS = ("httpGet",) * 5 + ("tcpSocket",) * 3 + ("exec",) * 2 + ("grpc",) * 2
MEMORY = 128  # MiB; a patient has 12 of its own, and a leak takes 32 a second
ALWAYS = ("crash", "killed", "hang", "refusing", "deleted", "node")  # what fits any pod
TWINS = 4  # one pod in so many has a twin that nothing is done to


@dataclass(frozen=True)
class Pod:
    """A pod: of whom it is, its spec, and the faults that fit it."""

    name: str
    kind: str
    spec: Json
    serves: bool
    fits: tuple[str, ...] = ()

    @property
    def manifest(self) -> list[Json]:
        """Its documents, as somebody may have written them."""
        labels = {"app": self.name}
        meta: Json = {"name": self.name}
        template = {"metadata": {"labels": labels}, "spec": self.spec}
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": MAIN}]},
        }
        owned: Json = {"selector": {"matchLabels": labels}, "template": template}
        if self.kind == "StatefulSet":
            owned["serviceName"] = self.name
        own: Json = {"apiVersion": "apps/v1", "kind": self.kind, "metadata": meta, "spec": owned}
        if self.kind == "Pod":
            named = meta | {"labels": labels}
            own = {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": self.spec}
        return [own, service] if self.serves else [own]

    @property
    def twin(self) -> Pod:
        """The same, to be left alone."""
        return Pod(f"{self.name}-twin", self.kind, self.spec, self.serves)


@dataclass(frozen=True)
class Batch:
    """Pods to be hurt by one fault at once, and twins of some of them."""

    number: int
    fault: str
    pods: tuple[Pod, ...]

    @property
    def twins(self) -> tuple[Pod, ...]:
        """Those that nothing is done to."""
        return tuple(pod.twin for pod in self.pods[::TWINS])


def drawn(seed: int, count: int) -> list[Pod]:
    """So many pods, the same ones for the same seed."""
    chance = Random(seed)
    return [_pod(chance, f"p{number:03}") for number in range(count)]


def cut(pods: Sequence[Pod], size: int) -> Iterator[Batch]:
    """Every pod with every fault that fits it, so many of one fault at once."""
    faults = dict.fromkeys(fault for pod in pods for fault in pod.fits)
    number = 0
    for fault in faults:
        fitting = [pod for pod in pods if fault in pod.fits]
        for start in range(0, len(fitting), size):
            number += 1
            yield Batch(number, fault, tuple(fitting[start : start + size]))


def _pod(chance: Random, name: str) -> Pod:
    app: Json = _patient("app", MAIN)
    app["ports"] = [{"name": "main", "containerPort": MAIN}]
    for probe, often in (("liveness", 0.9), ("readiness", 0.5), ("startup", 0.25)):
        if chance.random() < often:
            app[f"{probe}Probe"] = _probe(chance, probe)
    if chance.random() < 0.3:
        app["resources"] = {"limits": {"memory": f"{MEMORY}Mi"}}
    grace = chance.choice((0, 1, 2, 3, 5, 8))
    if chance.random() < 0.2 and grace > 1:  # the API server wants a sleep to be shorter
        app["lifecycle"] = {"preStop": {"sleep": {"seconds": chance.randrange(1, grace)}}}
    spec: Json = {
        "terminationGracePeriodSeconds": grace,
        "enableServiceLinks": False,
        "containers": [app],
        "tolerations": _tolerations(chance.choice((0, 2, 4))),
    }
    _accompany(chance, spec)
    return Pod(name, chance.choice(KINDS), spec, "readinessProbe" in app, tuple(_fits(app)))


def _accompany(chance: Random, spec: Json) -> None:
    """What else is in the pod: nothing, a second app, a native sidecar, what comes first."""
    who = chance.random()
    if who < 0.2:
        spec["containers"].append(_patient("beside", BESIDE) | {"livenessProbe": _watched(BESIDE)})
    elif who < 0.3:
        spec["initContainers"] = [_patient("beside", BESIDE) | {"restartPolicy": "Always"}]
    elif who < 0.5:
        first = {"name": "first", "image": IMAGE, "imagePullPolicy": "Never"}
        spec["initContainers"] = [first | {"command": ["sleep", chance.choice("123")]}]


def _patient(name: str, port: int) -> Json:
    env = [{"name": key, "value": str(port + i)} for i, key in enumerate(PORTS)]
    env.append({"name": "PATIENT_ORDERS", "value": json.dumps([{"do": "grpc"}])})
    return {"name": name, "image": IMAGE, "imagePullPolicy": "Never", "env": env}


def _watched(port: int) -> Json:
    return {"httpGet": {"path": "/health", "port": port}, "periodSeconds": 1, "failureThreshold": 3}


def _probe(chance: Random, which: str) -> Json:
    probe: Json = {
        "periodSeconds": chance.choice((1, 1, 2, 3, 5)),
        "timeoutSeconds": chance.choice((1, 1, 2, 3)),
        "failureThreshold": chance.choice((1, 2, 2, 3)),
    }
    handler = chance.choice(HANDLERS)
    probe[handler] = _handler(chance, handler)
    if which == "startup":
        return probe | {"failureThreshold": 30, "periodSeconds": chance.choice((1, 2))}
    if chance.random() < 0.4:
        probe["initialDelaySeconds"] = chance.choice((1, 3, 6))
    if which == "readiness":
        return probe | {"successThreshold": chance.choice((1, 1, 2, 3))}
    if chance.random() < 0.25:
        probe["terminationGracePeriodSeconds"] = chance.choice((1, 3, 6))
    return probe


def _handler(chance: Random, handler: str) -> Json:
    port = chance.choice((MAIN, "main"))
    match handler:
        case "httpGet":
            path = chance.choice(("/health", "/health", "/health?all=1", "/"))
            asked: Json = {"path": path, "port": port}
            headers = [{"name": "X-Probe", "value": "kubelet"}]
            return asked | ({"httpHeaders": headers} if chance.random() < 0.2 else {})
        case "tcpSocket":
            return {"port": port}
        case "exec":
            return {"command": ["patient-check"]}
        case _:
            return {"port": GRPC}


def _tolerations(span: int) -> list[Json]:
    away = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    common = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": span}
    return [{"key": key} | common for key in away]


def _fits(app: Json) -> Iterator[str]:
    """The faults that can be done to it. What a probe does not see of one is to be told, too."""
    yield from ALWAYS
    probes = [app[key] for key in ("livenessProbe", "readinessProbe") if key in app]
    asked = {key for probe in probes for key in probe if key in HANDLERS}
    if "httpGet" in asked:
        yield from ("health", "deadlock", "late", "late-ill", "headers")
    if "exec" in asked:
        yield from ("check", "check-soon", "check-late")
    if "grpc" in asked:
        yield from ("grpc", "grpc-silent")
    if "resources" in app:
        yield "leak"
