"""A provider that makes nothing: it writes down what is asked of it, beside a stand-in API server.

It is as much as a new provider has to bring: this file, and a line in `chaos.providers.registry`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from chaos import seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.history.looked import Found
from chaos.options import Options
from chaos.ports.capability import Capability
from chaos.ports.cluster import Machine, Program
from chaos.ports.diagnosis import Diagnosis
from chaos.ports.inventory import Owner, Standing
from chaos.ports.provider import Archive, Blueprint, Say
from chaos.testing.apiserver import ApiServer
from chaos.values import Json
from chaos.windows import Timers

NODES = "/api/v1/nodes"
PROGRAMS = ("etcd",)
USUAL = Timers(
    lease=seconds(40), monitor_period=seconds(5), monitor_grace=seconds(50), eviction_rate=0.1
)


@dataclass
class Recorded:
    """A cluster of paper, and the hands on it. Whoever holds it is its harness."""

    name: str
    nodes: tuple[str, ...]
    folder: Path
    done: list[str] = field(default_factory=list)
    owner: Owner = Owner.HARNESS
    gone: bool = False
    server: ApiServer = field(default_factory=ApiServer)

    what, reachable, can = "recorded", False, frozenset({Capability.POWER, Capability.IMAGES})

    def __post_init__(self) -> None:
        self.server.up()
        for node in self.nodes:
            self.server.store.put(NODES, {"metadata": {"name": node, "uid": node}})
        self.kubeconfig.write_text(json.dumps(_kubeconfig(self.name, self.server.url)))

    @property
    def context(self) -> str:
        return self.name

    @property
    def kubeconfig(self) -> Path:
        return self.folder / f"{self.name}.kubeconfig"

    @property
    def ledger(self) -> Path:
        return self.folder / f"{self.name}.ledger"

    @property
    def made_with(self) -> Mapping[str, object]:
        return {"nodes": len(self.nodes)}

    @property
    def hands(self) -> Recorded:
        return self

    def controllers(self) -> list[str]:
        return ["kube-controller-manager"]

    def supply(self, image: str) -> tuple[str, str]:
        self.done.append(f"supply {image}")
        return image, "Never"

    def load(self, archive: Archive) -> None:
        self.done.append(f"load {archive.tar.name}")

    def machine(self, node: str) -> Machine:
        return cast("Machine", self._told(node, self.nodes))

    def control_plane(self, name: str) -> Program:
        return cast("Program", self._told(name, PROGRAMS))

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        self.machine(node)
        return ()

    def place(self, node: str, manifest: Json) -> None:
        self.machine(node)

    def displace(self, namespace: str) -> None:
        self.done.append("displace")

    def add_node(self, node: str) -> None:
        self.nodes += (node,)

    def remove_node(self, node: str) -> None:
        self.nodes = tuple(one for one in self.nodes if one != node)

    def keep(self) -> None:
        self.owner = Owner.KEPT

    def down(self) -> None:
        self.gone = True
        self.server.close()

    def _told(self, what: str, there: Sequence[str]) -> object:
        if what not in there:
            raise NoSuchTarget(f"there is no {what}: there are {', '.join(there)}")
        acts = ("power_off", "power_on", "stop", "start")
        return SimpleNamespace(**{act: partial(self.done.append, f"{act} {what}") for act in acts})


@dataclass
class Recorder:
    """The clusters of this process; `lacks` is why it can make none."""

    folder: Path
    name: str = "recorder"
    lacks: str = ""
    clusters: list[Recorded] = field(default_factory=list)

    can = Recorded.can

    def why_not(self) -> str:
        return self.lacks

    def find(self, options: Options) -> Recorded:
        for one in self._there(options.cluster):
            return one
        names = ", ".join(one.name for one in self.standing()) or "none"
        raise NoCluster(f"there is no cluster {options.cluster}; there are: {names}")

    def make(self, name: str, options: Options, say: Say) -> Recorded:
        if self._there(name):
            raise NoCluster(f"cluster {name} is there: choose another name")
        say(f"cluster {name}: written down")
        made = Recorded(name, self.blueprint(options).nodes, self.folder)
        self.clusters.append(made)
        return made

    def blueprint(self, options: Options) -> Blueprint:
        nodes = tuple(f"node{number}" for number in range(1, options.nodes + 1))
        return Blueprint(nodes, USUAL, PROGRAMS)

    def standing(self) -> list[Standing]:
        return [Standing(one.name, one.owner) for one in self.clusters if not one.gone]

    def take_down(self, name: str) -> None:
        for one in self._there(name):
            if one.owner is Owner.HARNESS:
                raise NoCluster(f"cluster {name} belongs to a harness that is running")
            one.down()

    def fetch(self, say: Say) -> Iterator[Path]:
        yield self.folder

    def examine(self) -> list[Diagnosis]:
        return [Diagnosis("paper", well=True, seen="here")]

    def _there(self, name: str) -> list[Recorded]:
        return [one for one in self.clusters if one.name == name and not one.gone]


def _kubeconfig(name: str, url: str) -> Json:
    return {
        "clusters": [{"name": name, "cluster": {"server": url}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
