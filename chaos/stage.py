"""Which adapter goes in which port: a run's cluster, and each scenario's handles on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from chaos import images
from chaos.clock import SystemClock
from chaos.cluster import Machine
from chaos.clusters.embedded import assets
from chaos.clusters.embedded.cluster import EmbeddedCluster, leftovers, must_be_possible, take_down
from chaos.clusters.embedded.live import controller_flags
from chaos.clusters.embedded.profile import PROFILES
from chaos.entry import Entry
from chaos.errors import ChaosError
from chaos.history import Journal
from chaos.kube.client import Client, configuration
from chaos.kube.cluster import KubeCluster, remnants
from chaos.kube.parse import kinds
from chaos.kube.timers import timers
from chaos.kube.witness import PykubeWitness
from chaos.ledger import Ledger
from chaos.options import Options
from chaos.recorder import Recorder
from chaos.session import Chaos
from chaos.source import Lost, Refused
from chaos.windows import Timers

Say = Callable[[str], None]


class Ground(Protocol):
    """What a provider gives: a cluster, and hands on its machines."""

    @property
    def name(self) -> str:
        """The cluster's name, and its context's in the kubeconfig."""

    @property
    def kubeconfig(self) -> Path:
        """The way in."""

    @property
    def nodes(self) -> list[str]:
        """The names of its nodes."""

    def machine(self, node: str) -> Machine:
        """The machine under a node."""


@dataclass(frozen=True)
class Provider:
    """A run's cluster: its ground, a client, the patient's image and the ledger."""

    ground: EmbeddedCluster
    client: Client
    ledger: Ledger
    image: str
    versions: dict[str, str]

    @cached_property
    def timers(self) -> Timers:
        """How soon the live cluster notices a dead node; the first node that answers says it."""
        *others, last = self.ground.nodes
        flags = controller_flags(self.ground.plan)
        for node in others:
            with suppress(Lost, Refused):  # a node that a killed run left dead is still booting
                return timers(self.client, node, flags)
        return timers(self.client, last, flags)

    def machine(self, node: str) -> Machine:
        """The machine under a node."""
        return self.ground.machine(node)

    @property
    def pull_policy(self) -> str:
        """Our own images are on the nodes already; a user's may have to be fetched."""
        return "Never" if self.image == images.PATIENT else "IfNotPresent"


@dataclass(frozen=True)
class Scene:
    """One scenario's handles."""

    cluster: KubeCluster
    chaos: Chaos
    journal: Journal


@contextmanager
def provided(options: Options, say: Say) -> Iterator[Provider]:
    """The cluster of a run: what a dead run left is mended or removed first."""
    for name in leftovers():
        take_down(name)
        say(f"removed cluster {name}, which a killed run had left")
    ground, ours = _found_or_made(options, say)
    try:
        provider = _provider(ground, options)
        with provider.ledger.held():
            for healed in provider.ledger.heal_all(healer(provider)):
                say(f"healed {healed}, which a killed run had left armed")
            for namespace in remnants(provider.client):
                provider.client.delete(f"/api/v1/namespaces/{namespace}")
                say(f"deleted namespace {namespace}, which a killed run had left")
            yield provider
    finally:
        if ours and options.keep:
            ground.keep()
            say(f"kept: export KUBECONFIG={ground.kubeconfig}")
        elif ours:
            ground.down()


@contextmanager
def staged(provider: Provider, keep: Callable[[Entry], None], say: Say) -> Iterator[Scene]:
    """A scenario's own namespace and recorder; both are gone when it is over."""
    journal = Journal(SystemClock(), keep)
    cluster = KubeCluster.in_new_namespace(provider.client, provider, journal)
    witness = PykubeWitness(provider.client.settings, cluster.namespace)
    recorder = Recorder(provider.client, witness, journal, kinds(cluster.namespace))
    try:
        recorder.start()
        try:
            yield Scene(cluster, Chaos(cluster, journal, recorder, provider.ledger, say), journal)
        finally:
            recorder.stop()
    finally:
        witness.close()
        cluster.leave()


def healer(provider: Provider) -> KubeCluster:
    """A cluster port that can only heal: no namespace of its own, nobody reads its journal."""
    return KubeCluster(provider.client, provider, Journal(SystemClock()), namespace="default")


def healed_on(options: Options) -> list[str]:
    """Heal what a dead run left armed on a cluster that is there."""
    provider = _provider(EmbeddedCluster.find(options.cluster), options)
    with provider.ledger.held():
        return provider.ledger.heal_all(healer(provider))


def made(name: str, options: Options, say: Say) -> EmbeddedCluster:
    """A new embedded cluster."""
    must_be_possible()
    programs = assets.find(say)
    say(f"cluster {name}: control plane and {options.nodes} nodes coming up")
    clock = SystemClock()
    cluster = EmbeddedCluster.up(
        name,
        assets=programs,
        images=[images.pause(), images.patient()],
        nodes=options.nodes,
        profile=PROFILES[options.profile],
        say=say,
    )
    say(f"cluster {name}: ready after {clock.now():.1f} s")
    return cluster


def _found_or_made(options: Options, say: Say) -> tuple[EmbeddedCluster, bool]:
    if options.cluster in {"auto", "embedded"}:
        return made(f"chaos-{os.getpid()}", options, say), True
    if options.cluster == "kind":
        raise ChaosError("--chaos-cluster=kind is not there yet: use embedded (root on Linux)")
    return EmbeddedCluster.find(options.cluster), False


def _provider(ground: EmbeddedCluster, options: Options) -> Provider:
    client = Client(configuration(ground.kubeconfig, ground.name))
    version = client.get("/version")["gitVersion"]
    return Provider(
        ground=ground,
        client=client,
        ledger=Ledger(ground.plan.home.path / "ledger"),
        image=options.image or images.PATIENT,
        versions={"Kubernetes": version, "cluster": f"embedded, {len(ground.nodes)} nodes"},
    )
