"""The cluster port on paper: whatever is done to it is only said, with the rights that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, overload

from chaos.clock import Seconds, seconds
from chaos.dryrun import rights
from chaos.dryrun.machines import Do, PaperMachine, PaperProgram
from chaos.errors import NoSuchTarget
from chaos.history.facts import Answered
from chaos.history.looked import Checked, Getting, Got, Inspected, Sounded, Sounding
from chaos.history.timers import Timers
from chaos.kube.kinds import Resource, promised, usual
from chaos.patient.parsing import UNTOLD
from chaos.ports.abilities import Abilities
from chaos.ports.cluster import Machine, Program
from chaos.ports.fault import TERM
from chaos.testing.specs import workload_of
from chaos.values import Json
from chaos.workloads import Spec
from chaos.workloads.admitted import Stand, Workload
from chaos.workloads.wires import Toxic

AT_ONCE = seconds(0)  # on paper
# Orders whose effect a command shows.
RUN_TO_SEE = frozenset({"exec_says", "grpc_says", "kill_child"})


class Hands(Protocol):
    """Who has hands on machines and programs; asked whether they are there, and nothing else."""

    def machine(self, node: str) -> object:
        """The machine under a node; NoSuchTarget, or CannotHere."""

    def control_plane(self, name: str) -> object:
        """One of the control plane's programs; NoSuchTarget, or CannotHere."""


@dataclass
class PaperCluster:
    """The `Cluster` of a dry run: real nodes' names, workloads as they would stand on them."""

    nodes: tuple[str, ...]
    timers: Timers
    hands: Hands
    do: Do
    control_planes: tuple[str, ...] = ()
    apps: list[Workload] = field(default_factory=list)
    term: Seconds = TERM
    guests: tuple[str, ...] = ()
    abilities: Abilities = field(default_factory=Abilities)
    kinds: Callable[[Json], Resource] = usual

    @property
    def ready_nodes(self) -> tuple[str, ...]:
        """The nodes."""
        return self.nodes

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload so far."""
        return tuple(self.apps)

    @overload
    def run(self, spec: Spec, /, *, within: Seconds = ...) -> Workload: ...

    @overload
    def run(
        self, spec: Spec, second: Spec, /, *rest: Spec, within: Seconds = ...
    ) -> tuple[Workload, ...]: ...

    def run(self, *specs: Spec, within: Seconds = AT_ONCE) -> Workload | tuple[Workload, ...]:
        """Say what would be run; the nodes that the scheduler would choose are guessed."""
        del within
        for spec in specs:
            self.abilities.admit_workload(spec)
        apps = tuple(self._run(spec) for spec in specs)
        self.apps.extend(apps)
        return apps[0] if len(apps) == 1 else apps

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget, or CannotHere, as the real one says."""
        if node not in self.guests:
            self.hands.machine(node)
        return PaperMachine(node, self.do)

    def control_plane(self, name: str) -> Program:
        """One of the control plane's programs."""
        self.hands.control_plane(name)
        return PaperProgram(name, self.do)

    def check(self, what: str) -> Checked:
        """Nothing is looked at."""
        return Checked(seconds(0), what, up=True, why="")

    def inspect(self, *pods: Stand) -> tuple[Inspected, ...]:
        """Nor here."""
        del pods
        return ()

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Say what a patient would be told."""
        told = ", ".join(f"{n}={'…' if n in UNTOLD else value}" for n, value in settings.items())
        seen = rights.RUN if order in RUN_TO_SEE else frozenset()
        self.do(f"tell {pod.name} on {pod.node}: {order}({told})", rights.TELL | seen)

    def soothe(self, *pods: Stand) -> None:
        """Say who would be told to be well."""
        for pod in pods:
            self.do(f"tell {pod.name} on {pod.node} to be well", rights.TELL)

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Nobody is asked."""
        del pods
        return ()

    def poison(self, pod: Stand, wire: str, toxic: Toxic, **numbers: int) -> None:
        """Say which wire would suffer."""
        told = ", ".join(f"{name}={number}" for name, number in numbers.items())
        self.do(f"put {toxic}({told}) on the wire {wire} of {pod.name}", rights.WIRES)

    def cure(self, wire: str, toxic: Toxic, *pods: Stand) -> None:
        """Say which wires would be well again."""
        for pod in pods:
            self.do(f"take {toxic} off the wire {wire} of {pod.name}", rights.WIRES)

    def sound(self, *wires: Sounding) -> tuple[Sounded, ...]:
        """No request is sent."""
        del wires
        return ()

    def get(self, *paths: Getting) -> tuple[Got, ...]:
        """Nor here."""
        del paths
        return ()

    def delete(self, pod: Stand, *, grace: Seconds | None = None) -> None:
        """Say what would be deleted."""
        how = "" if grace is None else f" with {grace:g} s of grace"
        self.do(f"delete pod {pod.name} on {pod.node}{how}", rights.DELETE)

    def scale(self, app: Workload, replicas: int) -> None:
        """Say what would be scaled."""
        self.do(f"scale {app.kind} {app} to {replicas}", rights.to_scale(app.kind))

    def label(self, pod: Stand, name: str, value: str | None) -> None:
        """Say what would be labelled."""
        how = f"take {name} off" if value is None else f"put {name}={value} on"
        self.do(f"{how} pod {pod.name}", rights.LABEL)

    def taint(self, node: str, taint: str) -> None:
        """Say what would be tainted."""
        self.do(f"taint {node} {taint}", rights.TAINT)

    def untaint(self, node: str, taint: str) -> None:
        """Say whose taint would be taken off."""
        self.do(f"take the taint {taint} off {node}", rights.TAINT)

    def forget(self, node: str) -> None:
        """Say whose object would be deleted."""
        self.do(f"delete node {node}", rights.FORGET)

    def remember(self, node: str) -> None:
        """Say who would register again."""
        self.do(f"have {node} register again", rights.FORGET)

    def add_node(self, node: str) -> None:
        """Say what would join."""
        if node in self.nodes:
            raise NoSuchTarget(f"there is a {node} already: choose another name for a new node")
        self.do(f"add a node {node}", ())
        self.nodes += (node,)
        self.guests += (node,)

    def remove_node(self, node: str) -> None:
        """Say what would leave."""
        if node in self.guests:
            self.do(f"take the node {node} away", ())
            self.nodes = tuple(name for name in self.nodes if name != node)

    def claim(self, node: str, *, lasting: Seconds) -> None:
        """Say what would be taken."""
        self.do(f"take the lease of {node} for {lasting:.0f} s", rights.CLAIM)

    def release(self, node: str) -> None:
        """Say what would be given back."""
        self.do(f"give the lease of {node} back", rights.CLAIM)

    def _run(self, spec: Spec) -> Workload:
        app = workload_of(spec, list(self.nodes))
        nodes = ", ".join(dict.fromkeys(stand.node for stand in app.stands))
        things, coming = (spec.manifest, *spec.beside), promised(spec.beside)

        def where(thing: Json) -> Resource:
            return coming.get((thing["apiVersion"], thing["kind"])) or self.kinds(thing)

        needed = {right for thing in things for right in rights.to_apply(thing, where(thing))}
        self.do(f"run {spec.kind} {spec.name}{nodes and f' (say, on {nodes})'}", needed)
        return app
