"""A node: namespaces of its own, its own disk, and on it containerd, a kubelet and a kube-proxy."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.errors import NoSuchTarget
from chaos.options import MOST_NODES
from chaos.ports.cluster import OneWay, Peer
from chaos.providers.embedded import (
    bounded,
    containers,
    freezing,
    laying,
    node_files,
    static_pods,
    supplies,
)
from chaos.providers.embedded.blocks import PORT
from chaos.providers.embedded.cgroup import Group, container_processes
from chaos.providers.embedded.hands import Hands, of_name
from chaos.providers.embedded.node_programs import NodePrograms
from chaos.providers.embedded.partition import Partition
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.program import Program
from chaos.providers.embedded.service import Service
from chaos.providers.embedded.switch import Switch
from chaos.workloads.admitted import Stand

GUEST = "guest"  # a file on its disk
BOOTED = Path("run/up")  # a file in its memory: gone with its power
NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc")


@dataclass(frozen=True)
class EmbeddedMachine:
    """One node of an embedded cluster. It is known by its number; nothing of it is held here."""

    plan: Plan
    number: int

    @property
    def name(self) -> str:
        """The node's name in the cluster."""
        return f"worker{self.number}"

    @property
    def disk(self) -> Path:
        """What a power cut leaves."""
        return self.plan.home.nodes / self.name

    @property
    def address(self) -> str:
        """Where the node is reached."""
        return str(self.plan.block.node(self.number))

    @property
    def is_on(self) -> bool:
        """Whether its first process lives."""
        return self._programs.init is not None

    @classmethod
    def named(cls, plan: Plan, name: str) -> EmbeddedMachine:
        """The machine of a node, there or not; NoSuchTarget when no node can be called so."""
        number = name.removeprefix("worker")
        if not number.isdigit() or not 0 < int(number) <= MOST_NODES:
            raise NoSuchTarget(f"no node can be called {name!r}: worker1 to worker{MOST_NODES}")
        return cls(plan, int(number))

    @property
    def is_guest(self) -> bool:
        """Whether a fault brought it, and its healing takes it away."""
        return (self.disk / GUEST).exists()

    def prepare(self, *, guest: bool = False) -> None:
        """Lay out its disk: settings, keys, images."""
        if guest:
            self.disk.mkdir(parents=True)
            (self.disk / GUEST).touch()
        laying.out(
            self.plan, number=self.number, node=self.name, disk=self.disk, address=self.address
        )

    def boot(self) -> None:
        """Namespaces, network, containerd; the kubelet comes when the API answers."""
        self._group.branch()
        self._programs.group.leaf()
        init = Program("unshare", self._programs.group, self._programs.process("init").log)
        fork = ("--fork", "--mount-proc", "--kill-child", "sh", str(self.disk / "init"))
        init.start(["unshare", *NAMESPACES, *fork], assets=self.plan.assets)
        self._programs.wait(lambda: self.is_on, init, "the first process")
        pid = self._programs.running()
        self._partition.renew(pid)
        self._switch.plug(self.number, init=pid)
        booted = self._programs.root / "run/booted"
        self._programs.wait(booted.exists, init, "the end of the boot script")
        self._programs.start_containerd()
        supplies.stock(self.plan, self.disk, self.enter)
        (self._programs.root / BOOTED).touch()

    def start_kubelet(self) -> None:
        """Start the kubelet."""
        self._programs.start_kubelet()

    def start_proxy(self) -> None:
        """Start kube-proxy."""
        self._programs.start_proxy()

    def power_off(self) -> None:
        """Pull the plug: everything on it stops at once. Twice is once.

        The cable goes first: a dying process' kernel would say goodbye (FIN) on its connections,
        and a machine without power does not. Before that it counts as not booted: what is left by
        whoever is killed in the middle of this, `power_on` ends and boots anew.
        """
        if self.is_on:
            (self._programs.root / BOOTED).unlink(missing_ok=True)
        self._switch.cut(self.number)
        if init := self._programs.init:
            with contextlib.suppress(ProcessLookupError):
                os.kill(init, signal.SIGKILL)  # the kernel takes the whole pid namespace with it
        self._group.kill()
        self._switch.unplug(self.number)
        self._group.remove()

    def power_on(self) -> None:
        """Boot it again, same identity and disks. Twice is once."""
        if not self._has_booted:
            self.power_off()  # what a boot that was cut short left
            self.boot()
        self.start_kubelet()
        self.start_proxy()

    def freeze(self) -> None:
        """Stop all of it where it stands. Its kernel goes on: it takes calls for who is frozen."""
        if not self.is_on:
            raise NoSuchTarget(f"{self.name} is off: there is nothing to freeze")
        freezing.freeze(self._group)

    def thaw(self) -> None:
        """Let it go on where it stood. Twice is once; nothing to do when it is off."""
        freezing.thaw(self._group)
        self._programs.start_wanted()

    def cut(self, peer: Peer, one_way: OneWay = "") -> None:
        """Lose what goes over its cable, on or off, until it is joined. Twice is once."""
        self._partition.cut(peer, one_way, init=self._programs.init)

    def join(self, peer: Peer, one_way: OneWay = "") -> None:
        """End such a cut; others stay. Twice is once."""
        self._partition.join(peer, one_way, init=self._programs.init)

    def fill_disk(self) -> None:
        """Leave no byte of its kubelet's disk free, on or off; CannotHere if it is the host's."""
        bounded.fill(self.disk)

    def empty_disk(self) -> None:
        """Free what was filled. Twice is once."""
        bounded.empty(self.disk)

    def remove(self) -> None:
        """Take it away for good."""
        self.power_off()
        bounded.take_away(self.disk)
        shutil.rmtree(self.disk)

    def container_pids(self, uid: str, container_id: str) -> list[int]:
        """The host's ids of a container's processes, its own pid 1 first; none if not here."""
        return container_processes(self._group, uid, container_id.rpartition("//")[2])

    def containers(self, uid: str) -> tuple[Hands, ...]:
        """Hands on each of a pod's containers that run here: none when the machine is off."""
        if not self.is_on:
            return ()
        there = containers.running(self._group, uid=uid, root=self._programs.root)
        system, log = self._programs.group, self._programs.process("fill").log
        bundles = self._programs.root / containers.BUNDLES
        return tuple(
            Hands(self._group, system, log, uid, one, name, bundles / one / "rootfs")
            for one, name in there.items()
        )

    def container(self, pod: Stand, name: str) -> Hands:
        """Hands on the container of that name, the only one for an empty name; or NoSuchTarget."""
        return of_name(self.containers(pod.uid), pod, name)

    def place(self, manifest: dict[str, Any]) -> None:
        """Lay a static pod's manifest on its disk: its kubelet runs it. Twice is once."""
        static_pods.place(self.disk / node_files.STATIC, manifest)

    def displace(self, namespace: str) -> None:
        """Take a namespace's static pods off its disk: its kubelet ends them. Twice is once."""
        static_pods.displace(self.disk / node_files.STATIC, namespace)

    def program(self, name: str) -> Service:
        """Its kubelet, containerd or kube-proxy, to be ended and started."""
        return self._programs.service(name)

    def process(self, name: str) -> Program:
        """The process of its containerd, kubelet or kube-proxy."""
        return self._programs.process(name)

    def enter(self, *argv: str | Path) -> list[str | Path]:
        """A command as it is run inside the node."""
        return self._programs.enter(*argv)

    @property
    def _group(self) -> Group:
        return self.plan.group.child(self.name)

    @property
    def _programs(self) -> NodePrograms:
        return NodePrograms(self.plan, self.name, self.address)

    @property
    def _partition(self) -> Partition:
        return Partition(self.disk / "cuts", self.plan.block.gateway, PORT)

    @property
    def _switch(self) -> Switch:
        return Switch(self.plan.name)

    @property
    def _has_booted(self) -> bool:
        """Whether it is on, and the boot that it is on by came to its end."""
        return self.is_on and (self._programs.root / BOOTED).exists()
