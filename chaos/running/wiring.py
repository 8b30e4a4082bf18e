"""Which adapter goes in which port: a run's cluster, and each scenario's handles on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from chaos.clock import SystemClock, poll, seconds
from chaos.errors import ChaosError, one_line
from chaos.history.facts import Entry
from chaos.history.journal import Journal
from chaos.kube import namespaces
from chaos.kube.cluster import KubeCluster
from chaos.kube.parse import kinds
from chaos.kube.witness import PykubeWitness
from chaos.options import Options, unheeded
from chaos.ports.capability import Capability
from chaos.ports.inventory import Owner
from chaos.ports.provider import Provided
from chaos.providers import registry
from chaos.recording.ports import Lost, Refused
from chaos.recording.recorder import Recorder
from chaos.running.ground import Ground, archives, on
from chaos.running.mending import mend, switched, tell_notes
from chaos.running.session import Chaos

Say = Callable[[str], None]

GONE = seconds(60)  # for namespaces to end: their pods' grace, and the controllers' next look
OFTEN = seconds(0.2)


@dataclass(frozen=True)
class Scene:
    """One scenario's handles."""

    cluster: KubeCluster
    chaos: Chaos
    journal: Journal


@contextmanager
def provided(options: Options, say: Say) -> Iterator[Ground]:
    """The cluster of a run: what a dead run left is mended or removed first."""
    images = archives(options)
    _must_have_an_image(options)
    with (
        _found_or_made(options, say) as (there, ours),
        _used(on(there, options), say, lasting=not ours) as ground,
    ):
        for archive in images:
            there.load(archive)
            say(f"loaded onto every node: {one_line(', '.join(archive.names))}")
        yield ground


@contextmanager
def _found_or_made(options: Options, say: Say) -> Iterator[tuple[Provided, bool]]:
    """Who provides it, and whether it is ours: then it goes again, unless it is to be kept."""
    if not options.context:
        for name, whose in registry.owned(Owner.NOBODY):
            whose.take_down(name)
            say(f"removed cluster {name}, which a killed run had left")
    if not registry.is_new(options):
        there = registry.finder(options).find(options)
        _tell_unheeded(there, options, say)
        yield there, False
        return
    made = registry.maker(options).make(f"chaos-{os.getpid()}", options, say)
    try:
        yield made, True
    finally:
        if options.keep:
            made.keep()
            say(f"kept: export KUBECONFIG={made.kubeconfig}")
        else:
            made.down()


def _tell_unheeded(there: Provided, options: Options, say: Say) -> None:
    if wishes := unheeded(options, there.made_with):
        told = ", ".join(f"{what} {value}" for what, value in there.made_with.items())
        say(f"cluster {there.name} is as it was made ({told}): {', '.join(wishes)} is for new ones")


@contextmanager
def _used(ground: Ground, say: Say, *, lasting: bool = True) -> Iterator[Ground]:
    """A cluster that is ours for the block; one that is `lasting` is left as it was found."""
    with ground.ledger.held(say), switched(ground) if lasting else nullcontext():
        tell_notes(ground, say)
        mend(ground, lambda done: say(f"{done}, which a killed run had left"))
        yield ground
        if lasting and not poll(lambda: _left(ground), within=GONE, every=OFTEN):
            say(f"namespaces of ours are still on their way out after {GONE:g} s")


def _must_have_an_image(options: Options) -> None:
    if not options.image and Capability.IMAGES not in registry.chosen(options).can:
        raise ChaosError(
            f"context {options.context} has not the patient's image: put one where its nodes can"
            " pull it, and name it with --chaos-image"
        )


def _left(ground: Ground) -> bool:
    """Whether it is as before; no, while its API server does not say."""
    try:
        return namespaces.all_gone(ground.client, ground.site.holder)
    except (Lost, Refused):
        return False


@contextmanager
def staged(ground: Ground, keep: Callable[[Entry], None], say: Say) -> Iterator[Scene]:
    """A scenario's own namespace and recorder, on firm ground; both are gone when it is over."""
    journal = Journal(SystemClock(), keep)
    cluster = KubeCluster.in_new_namespace(ground.site, journal)
    witness = PykubeWitness(ground.client.settings, cluster.namespace)
    recorder = Recorder(ground.client, witness, journal, kinds(cluster.namespace))
    try:
        recorder.start()
        try:
            ground.footing.regain(journal, say)
            look_on = seconds(ground.options.look_on)
            chaos = Chaos(
                cluster,
                journal,
                recorder,
                ground.ledger,
                say,
                ground.radius,
                ground.abilities,
                look_on,
            )
            yield Scene(cluster, chaos, journal)
        finally:
            recorder.stop()
    finally:
        witness.close()
        cluster.leave()
