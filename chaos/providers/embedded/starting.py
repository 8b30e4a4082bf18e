"""The order in which a cluster comes up: what may run at once does, what must wait does not poll.

The nodes boot while the API server starts; kubelets begin as soon as it answers; the controllers
only when it is healthy, since earlier they would look for it in steps of a second. That is a
second and more after it answers: it lets a second go by before it looks at its roles.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import inotify, seed, snapshots
from chaos.providers.embedded.api import Api
from chaos.providers.embedded.bootstrap import Bootstrap
from chaos.providers.embedded.cgroup import group_of
from chaos.providers.embedded.control_plane import ControlPlane
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.machine import EmbeddedMachine
from chaos.providers.embedded.patience import PHASE
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.profile import Profile
from chaos.providers.embedded.program import Program
from chaos.providers.embedded.switch import Switch

EAGER = seconds(0.02)
HANDS = 4  # nodes that are laid out at once; more only fight for the cores


def found(home: Home, *, assets: Path, images: Sequence[seed.Image], profile: Profile) -> Plan:
    """Decide what the cluster is made of, and take its place on the machine."""
    group = group_of(home.name)
    group.branch()
    way = snapshots.way(home.nodes)
    with concurrent.futures.ThreadPoolExecutor(1) as hand:
        planted = hand.submit(
            seed.plant, images, way=way, assets=assets, home=home, group=group.child("seed")
        )
        block = Switch(home.name).start(assets=assets)
        plan = Plan(home.name, block, assets, planted.result(), profile, way)
    plan.save()
    return plan


def start(plan: Plan, *, numbers: Sequence[int], say: Callable[[str], None]) -> None:
    """Start all of it; return when pods can be run."""
    machines = [EmbeddedMachine(plan, number) for number in numbers]
    plane, first = ControlPlane(plan), Bootstrap(plan)
    _open_the_door(plane)
    say("network, keys, etcd and API server started")
    with contextlib.closing(Api(plan, lasting=True)) as api:
        _boot_all(machines, plane, first, api, say)
        _start_controllers(plane, api)
        say("controllers and scheduler started")
        _await_nodes(machines, api)
        say("nodes Ready")
        _await_work(plane, api)
    first.keep()
    for machine in machines:
        machine.start_proxy()
    say("ready")


def added(machine: EmbeddedMachine, *, guest: bool = False) -> EmbeddedMachine:
    """Lay out and boot one more node; return when it is Ready."""
    inotify.left_for(1, plane=False)
    machine.prepare(guest=guest)
    machine.power_on()
    await_that(
        lambda: machine.name in Api(machine.plan).ready_nodes(),
        f"{machine.name} Ready",
        [machine.process("kubelet")],
    )
    return machine


def await_that(condition: Callable[[], bool], what: str, programs: Sequence[Program]) -> None:
    """Wait for it; give up when one of the programs that are to bring it about is gone."""
    for _ in range(int(PHASE)):
        if poll(condition, within=seconds(1), every=EAGER):
            return
        for program in programs:
            program.must_live()
    raise NoCluster(f"no {what} in {PHASE:g} s: {programs[-1].last_words()}")


def _open_the_door(plane: ControlPlane) -> None:
    plane.prepare()
    plane.start("etcd")
    plane.certify()
    plane.start("kube-apiserver")


def _boot_all(
    machines: Sequence[EmbeddedMachine],
    plane: ControlPlane,
    first: Bootstrap,
    api: Api,
    say: Callable[[str], None],
) -> None:
    """Boot the nodes while the API server starts; their kubelets begin as soon as it answers."""
    with concurrent.futures.ThreadPoolExecutor(HANDS) as hands:
        laid = hands.submit(first.lay)
        boots = [hands.submit(_boot, machine) for machine in machines]
        plane.invite()
        await_that(api.serves, "answer of the API server", plane.programs("etcd", "kube-apiserver"))
        laid.result()
        say("API server answers")
        for machine, boot in zip(machines, boots, strict=True):
            boot.result()
            machine.start_kubelet()
    say(f"{len(machines)} nodes booted, kubelets started")


def _start_controllers(plane: ControlPlane, api: Api) -> None:
    await_that(api.is_healthy, "healthy API server", plane.programs("etcd", "kube-apiserver"))
    plane.start("kube-controller-manager")
    plane.start("kube-scheduler")


def _await_nodes(machines: Sequence[EmbeddedMachine], api: Api) -> None:
    names = {machine.name for machine in machines}
    kubelets = [machine.process("kubelet") for machine in machines]
    await_that(lambda: api.ready_nodes() >= names, f"{len(names)} nodes Ready", kubelets)


def _await_work(plane: ControlPlane, api: Api) -> None:
    await_that(api.is_ready, "default ServiceAccount", plane.programs("kube-controller-manager"))


def _boot(machine: EmbeddedMachine) -> None:
    machine.prepare()
    machine.boot()
