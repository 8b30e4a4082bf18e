"""The ports: the cluster as faults and scenarios see it. What cannot be said here cannot be done.

Small enough that the fake in `chaos.testing` can keep every promise; one contract suite holds
the fake and the real clusters to them. What the fake has not (programs, node objects) it refuses
with CannotRehearse.
"""

from __future__ import annotations

from typing import Literal, Protocol, overload

from chaos.clock import Seconds
from chaos.history.facts import Answered
from chaos.history.looked import Checked, Getting, Got, Inspected, Sounded, Sounding
from chaos.history.timers import Timers
from chaos.workloads import Spec
from chaos.workloads.admitted import Stand, Workload
from chaos.workloads.wires import Toxic

Peer = Literal["everything", "control plane"]
"""Whom a node's cable is cut off from."""
OneWay = Literal["", "sent", "received"]
"""What is lost on a cut cable: all, only what the node sends, or only what is sent to it."""


class Program(Protocol):
    """One program of the cluster."""

    def stop(self) -> None:
        """End it as a crash would; it stays ended. Twice is once."""

    def start(self) -> None:
        """Start it; it runs when this returns, and answers if it serves anybody. Twice is once."""

    def freeze(self) -> None:
        """Stop it where it stands: connections stay, nothing is answered. Twice is once.

        NoSuchTarget when it does not run.
        """

    def thaw(self) -> None:
        """Let it go on where it stood. Twice is once; nothing to do when it has ended."""

    def trouble(self) -> str:
        """Why it does no work, asked anew; empty when it runs, and answers if it serves."""


class RunningContainer(Protocol):
    """Hands on a container from outside: what runs in it need not know of them.

    What they do to it ends with it: the container that the kubelet starts next is as it should be.
    """

    def stop(self) -> None:
        """Stop all its processes (SIGSTOP); they are stopped when this returns. Twice is once."""

    def resume(self) -> None:
        """Let its stopped processes go on (SIGCONT). Twice is once."""

    def signal(self, number: int) -> None:
        """Send its main process a signal, which acts as one of the node's own does."""

    def fill(self, *, mib_per_second: float, up_to_mib: float | None, term: Seconds) -> None:
        """Have memory on its account grow, up to its limit or to this much; it does on return.

        What is kept there goes when `term` is over, with the container, or by `drain`. ChaosError
        for a container without a limit, if none is given.
        """

    def drain(self) -> None:
        """Give that memory back. Twice is once."""

    def allow(self, cpus: float | None) -> None:
        """Let it use so many CPUs at most, at least 0.01; None for all that there are."""

    def spoil(self, program: str) -> None:
        """Have a program that is run in it fail (exit 1), by its path or its name. Twice is once.

        NoSuchTarget when it has none of that name. What runs already goes on.
        """

    def restore(self) -> None:
        """Have its programs be as they were. Twice is once."""


class Machine(Protocol):
    """What a node runs on."""

    def power_off(self) -> None:
        """Pull the plug: everything on it stops at once. Twice is once."""

    def power_on(self) -> None:
        """Boot it again, same identity and disks. Twice is once."""

    def freeze(self) -> None:
        """Stop all of it where it stands, at once, as a paused virtual machine. Twice is once.

        NoSuchTarget when it is off.
        """

    def thaw(self) -> None:
        """Let it go on where it stood. Twice is once; nothing to do when it is off."""

    def cut(self, peer: Peer, one_way: OneWay = "") -> None:
        """Lose what goes over its cable, on or off, until it is joined. Twice is once."""

    def join(self, peer: Peer, one_way: OneWay = "") -> None:
        """End such a cut; others stay. Twice is once."""

    def fill_disk(self) -> None:
        """Leave no byte of its disk free. Twice is once; CannotHere if that is somebody else's."""

    def empty_disk(self) -> None:
        """Free what was filled. Twice is once."""

    def program(self, name: str) -> Program:
        """Its kubelet or containerd; NoSuchTarget names those there are."""

    def container(self, pod: Stand, name: str) -> RunningContainer:
        """A pod's container of that name, its only one for an empty name, if it runs here.

        NoSuchTarget names those that do.
        """


class Cluster(Protocol):
    """What scenarios run workloads on, and faults hurt.

    What names a pod or a node that is gone raises NoSuchTarget. `term` is how long an order that
    does not say so itself is in force, if nobody heals.
    """

    term: Seconds

    @overload
    def run(self, spec: Spec, /, *, within: Seconds = ...) -> Workload: ...

    @overload
    def run(
        self, spec: Spec, second: Spec, /, *rest: Spec, within: Seconds = ...
    ) -> tuple[Workload, ...]: ...

    def run(self, *specs: Spec, within: Seconds = ...) -> Workload | tuple[Workload, ...]:
        """Run one workload or several, and return when all their pods are ready.

        BadManifest when one is refused, before any is made; NotSteady when they do not become ready
        in time, 60 s unless `within` says another.
        """

    @property
    def timers(self) -> Timers:
        """The live cluster's settings that windows are made of, as its programs say."""

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload of the scenario so far."""

    @property
    def ready_nodes(self) -> tuple[str, ...]:
        """The names of the nodes that are Ready, as last seen."""

    @property
    def control_planes(self) -> tuple[str, ...]:
        """The names of the Ready nodes that carry a control plane; none where it is no node."""

    def claim(self, node: str, *, lasting: Seconds) -> None:
        """Keep a node for this run, at least for so long; ChaosError says whose it is."""

    def release(self, node: str) -> None:
        """Give a node back; one that is not ours stays whose it is. Twice is once."""

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget names those there are."""

    def control_plane(self, name: str) -> Program:
        """etcd, kube-apiserver, kube-controller-manager or kube-scheduler; else NoSuchTarget."""

    def check(self, what: str) -> Checked:
        """Look whether a program works, and write it down: etcd, worker1/kubelet."""

    def inspect(self, *pods: Stand) -> tuple[Inspected, ...]:
        """Look which of the pods' containers run on their nodes, and how; write it down."""

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order and return when it has taken it; NoSuchTarget if it is gone."""

    def soothe(self, *pods: Stand) -> None:
        """Tell patients to be well again; nothing to do for one that is gone or does not run.

        ChaosError, when all were told, names those that did not hear.
        """

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, all at once, on both their ports; write the answers down."""

    def poison(self, pod: Stand, wire: str, toxic: Toxic, **numbers: int) -> None:
        """Put a toxic on one of a pod's wires, in toxiproxy's units; NoSuchTarget without one."""

    def cure(self, wire: str, toxic: Toxic, *pods: Stand) -> None:
        """Take a toxic off a wire of each pod; nothing to do for one that is gone.

        Twice is once. ChaosError, when all were tried, names those that still have it.
        """

    def sound(self, *wires: Sounding) -> tuple[Sounded, ...]:
        """Send a request over each wire, all at once; write down how it went."""

    def get(self, *paths: Getting) -> tuple[Got, ...]:
        """Ask pods for paths, or run commands, as their probes do, all at once; write it down."""

    def delete(self, pod: Stand, *, grace: Seconds | None = None) -> None:
        """Delete a pod with its own grace period or with this one; 0 waits for nobody."""

    def scale(self, app: Workload, replicas: int) -> None:
        """Ask an app's controller for this number of pods."""

    def label(self, pod: Stand, name: str, value: str | None) -> None:
        """Give a pod a label, or take it off (None)."""

    def taint(self, node: str, taint: str) -> None:
        """Put a taint, written key=value:effect, on a node. Twice is once."""

    def untaint(self, node: str, taint: str) -> None:
        """Take a taint off a node. Twice is once."""

    def forget(self, node: str) -> None:
        """Delete a node's object; its machine runs on."""

    def remember(self, node: str) -> None:
        """Have a forgotten node register again; nothing to do when it is known."""

    def add_node(self, node: str) -> None:
        """Add a node of this name; it is Ready when this returns."""

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so, machine and object; nothing to do for others."""


class Confirmer(Protocol):
    """Who can make the recorder look again."""

    def confirm(self) -> str:
        """Look once more, over another connection, and vouch for the present if all was seen.

        Why not, or nothing.
        """
