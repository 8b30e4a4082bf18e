"""A node: namespaces of its own, its own disk, and on it containerd, a kubelet and a kube-proxy."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.clusters.embedded import network, node_files, seed
from chaos.clusters.embedded.cgroup import Group, container_processes
from chaos.clusters.embedded.pki import Identity, Pki
from chaos.clusters.embedded.plan import Plan
from chaos.clusters.embedded.program import Program, first_process
from chaos.errors import NoCluster

BOOT = seconds(20)  # 0.15 s on two idle cores
EAGER = seconds(0.01)
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
        return self._init() is not None

    def prepare(self) -> None:
        """Lay out its disk: settings, keys, images."""
        node_files.write(self.plan, number=self.number, node=self.name, disk=self.disk)
        pki, user = Pki(self.plan.pki), f"system:node:{self.name}"
        pki.kubeconfig(
            self.plan.kubeconfig(self.name),
            Identity(user, ["system:nodes"]),
            cluster=self.plan.name,
            api=self.plan.api,
        )
        pki.issue(f"{self.name}-serving", Identity(user, reached_as=[self.address, self.name]))
        seed.sow(self.plan.seed, self.disk / "lib" / "containerd")

    def boot(self) -> None:
        """Namespaces, network, containerd; the kubelet comes when the API answers."""
        self._group.branch()
        self._system.leaf()
        init = Program("unshare", self._system, self._log("init"))
        fork: list[str | Path] = [
            "--fork",
            "--mount-proc",
            "--kill-child",
            "sh",
            self.disk / "init",
        ]
        init.start(["unshare", *NAMESPACES, *fork], assets=self.plan.assets)
        self._wait(lambda: self.is_on, init, "the first process")
        pid = self._running()
        network.plug(self.plan.name, self.plan.block, self.number, init=pid)
        self._wait(Path(f"/proc/{pid}/root/run/booted").exists, init, "the end of the boot script")
        self.start_containerd()

    def start_containerd(self) -> None:
        """Start containerd; return when it answers."""
        containerd = self.program("containerd")
        self._start(containerd, "-c", self.disk / "containerd.toml")
        door = f"/proc/{self._running()}/root{node_files.SOCKET}"
        self._wait(lambda: _answers(door), containerd, "an answer of containerd")

    def start_kubelet(self) -> None:
        """Start the kubelet."""
        who = self.plan.kubeconfig(self.name)
        names = ("--hostname-override", self.name, "--node-ip", self.address)
        config = ("--config", self.disk / "kubelet.json", "--kubeconfig", who)
        self._start(self.program("kubelet"), *config, *names)

    def start_proxy(self) -> None:
        """Start kube-proxy."""
        self._start(self.program("kube-proxy"), "--config", self.disk / "proxy.json")

    def power_off(self) -> None:
        """Pull the plug: everything on it stops at once. Twice is once.

        The cable goes first: a dying process' kernel would say goodbye (FIN) on its connections,
        and a machine without power does not.
        """
        network.cut(self.plan.block, self.number)
        if init := self._init():
            with contextlib.suppress(ProcessLookupError):
                os.kill(init, signal.SIGKILL)  # the kernel takes the whole pid namespace with it
        self._group.kill()
        network.unplug(self.plan.block, self.number)
        self._group.remove()

    def power_on(self) -> None:
        """Boot it again, same identity and disks. Twice is once."""
        if not self.is_on:
            self.power_off()  # what a boot that was cut short left
            self.boot()
        self.start_kubelet()
        self.start_proxy()

    def remove(self) -> None:
        """Take it away for good."""
        self.power_off()
        shutil.rmtree(self.disk)

    def container_pids(self, uid: str, container_id: str) -> list[int]:
        """The host's ids of a container's processes, its own pid 1 first; none if not here."""
        return container_processes(self._group, uid, container_id.rpartition("//")[2])

    def program(self, name: str) -> Program:
        """The node's own containerd, kubelet or kube-proxy."""
        return Program(name, self._system, self._log(name))

    def enter(self, *argv: str | Path) -> list[str | Path]:
        """A command as it is run inside the node."""
        return ["nsenter", "-t", str(self._running()), "-m", "-n", "-p", "-u", "-i", "--", *argv]

    @property
    def _group(self) -> Group:
        return self.plan.group.child(self.name)

    @property
    def _system(self) -> Group:
        """Beside the kubelet's `kubepods`: v2 wants processes in leaves only."""
        return self._group.child("system")

    def _log(self, program: str) -> Path:
        return self.plan.home.log / f"{self.name}.{program}.log"

    def _init(self) -> int | None:
        return first_process(self._system)

    def _running(self) -> int:
        if init := self._init():
            return init
        raise NoCluster(
            f"{self.name} is off: {Program('init', self._system, self._log('init')).died()}"
        )

    def _start(self, program: Program, *arguments: str | Path) -> None:
        if not program.pids():
            argv = self.enter(self.plan.assets / program.name, *arguments)
            program.start(argv, assets=self.plan.assets)

    def _wait(self, condition: Callable[[], bool], program: Program, what: str) -> None:
        if not poll(condition, within=BOOT, every=EAGER):
            raise NoCluster(
                f"{self.name}: {what} did not come in {BOOT:g} s: {program.last_words()}"
            )


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as door, contextlib.suppress(OSError):
        door.connect(path)
        return True
    return False
