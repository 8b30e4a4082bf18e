"""A manifest as rules see it: pods, containers, probes; odd values are as if they were not there.

An API server refuses what is odd; a linter only has to live through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chaos.values import Json

LONGEST = 4096  # characters of a command: patterns are looked for in it, at n x n in the worst case
LARGEST = 2**63 - 1  # of Kubernetes' numbers
PORT = 5  # digits of one

# The five numbers of a probe that names none; of all but the delay 0 means this, too (oracle L7).
NUMBERS = {
    "initialDelaySeconds": 0,
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "failureThreshold": 3,
}
ACTIONS = ("httpGet", "tcpSocket", "grpc", "exec")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
PODS = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
TEMPLATE = "spec.template.spec"


def mapping(value: object) -> Json:
    """A mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A whole number, if it is one that Kubernetes can hold."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) <= LARGEST else None


def reached(value: object, path: str) -> object:
    """What is at the end of a path of names."""
    for name in path.split("."):
        value = mapping(value).get(name)
    return value


@dataclass(frozen=True)
class Probe:
    """A probe that does something: its kind, its field's path, and what is written there."""

    kind: str
    path: str
    said: Json

    @property
    def action(self) -> str:
        """How it asks: httpGet, tcpSocket, grpc or exec."""
        return next(name for name in ACTIONS if isinstance(self.said.get(name), dict))

    @property
    def asks(self) -> Json:
        """What it asks, as it is written."""
        return mapping(self.said[self.action])

    @property
    def kills(self) -> bool:
        """Whether its failure ends the container: a readiness probe's only ends the traffic."""
        return self.kind != "readinessProbe"

    def number(self, name: str) -> int:
        """One of its numbers, in seconds or times, by its field."""
        return whole(self.said.get(name)) or NUMBERS[name]

    @property
    def patience(self) -> int:
        """Seconds from the first failure to the last, and one period: n x P (oracle 2.2)."""
        return self.number("periodSeconds") * self.number("failureThreshold")

    @property
    def script(self) -> str:
        """The words of an exec probe as one text, as much as anybody would write."""
        return " ".join(self.command)[:LONGEST]

    @property
    def command(self) -> list[str]:
        """The words of an exec probe; of another there are none."""
        words = listed(self.asks.get("command")) if self.action == "exec" else []
        return [text(word) for word in words]


@dataclass(frozen=True)
class Container:
    """A container that runs as long as its pod: one of `containers`, or a sidecar."""

    path: str
    said: Json

    @property
    def name(self) -> str:
        """What it is called, or where it is written."""
        return text(self.said.get("name")) or self.path.rpartition(".")[2]

    @cached_property
    def probes(self) -> Mapping[str, Probe]:
        """Its probes that do something, by their kind."""
        found = {kind: mapping(self.said.get(kind)) for kind in PROBES}
        return {
            kind: Probe(kind, f"{self.path}.{kind}", said)
            for kind, said in found.items()
            if any(isinstance(said.get(name), dict) for name in ACTIONS)
        }

    @property
    def ports(self) -> Mapping[str, int | None]:
        """The ports that it declares: by their names, or by their numbers as texts."""
        declared = [mapping(one) for one in listed(self.said.get("ports"))]
        numbers = [(text(one.get("name")), whole(one.get("containerPort"))) for one in declared]
        return dict(numbers) | {str(number): number for _, number in numbers}


@dataclass(frozen=True)
class Manifest:
    """An object that has pods, or is one.

    `at_least` is the minReplicas of a HorizontalPodAutoscaler that was read with it.
    """

    said: Json
    kind: str
    name: str
    at_least: int | None = None

    @property
    def path(self) -> str:
        """The path of its pods' spec."""
        return PODS.get(self.kind, TEMPLATE)

    @property
    def pod(self) -> Json:
        """Its pods' spec."""
        return mapping(reached(self.said, self.path))

    @property
    def metadata(self) -> Json:
        """Its own metadata, not its pods'."""
        return mapping(self.said.get("metadata"))

    @property
    def annotations(self) -> Json:
        """Its own annotations, not its pods'."""
        return mapping(self.metadata.get("annotations"))

    @property
    def owned(self) -> bool:
        """Whether a controller made it."""
        owners = listed(self.metadata.get("ownerReferences"))
        return any(mapping(owner).get("controller") is True for owner in owners)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The containers that run as long as a pod does: an init container ends by itself."""
        return (*self._listed("containers"), *self._sidecars())

    @property
    def probes(self) -> Iterator[tuple[Container, Probe]]:
        """Every probe, with its container."""
        for container in self.containers:
            yield from ((container, probe) for probe in container.probes.values())

    def _sidecars(self) -> Iterator[Container]:
        for one in self._listed("initContainers"):
            if one.said.get("restartPolicy") == "Always":
                yield one

    def _listed(self, field: str) -> Iterator[Container]:
        for number, said in enumerate(listed(self.pod.get(field))):
            if isinstance(said, dict):
                yield Container(f"{self.path}.{field}[{number}]", said)


def port_of(probe: Probe, container: Container) -> int | str | None:
    """The port that a probe asks: its number, or a name that its container does not declare."""
    said = probe.asks.get("port")
    name = text(said)
    if name.isascii() and name.isdigit():
        return int(name) if len(name) <= PORT else None
    return container.ports.get(name) or name if name else whole(said)


def program(command: list[str]) -> str:
    """The name of the program that a command runs."""
    return command[0].rpartition("/")[2] if command else ""
