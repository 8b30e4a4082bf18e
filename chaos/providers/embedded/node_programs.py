"""The programs of a node, inside its namespaces: containerd, the kubelet, kube-proxy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.providers.embedded import freezing, network, node_files
from chaos.providers.embedded.cgroup import Group, members
from chaos.providers.embedded.partition import KUBELET
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.program import Program, first_process
from chaos.providers.embedded.service import Service, opens, takes_calls
from chaos.providers.embedded.wanted import Wanted

EAGER = seconds(0.01)
ALL = ("kubelet", "containerd", "kube-proxy")

# Once a minute the kubelet removes a container's ended instances but so many, and by a race counts
# one that is not yet started among them: with the usual 1 a restart then shows no last state.
KEPT = "--maximum-dead-containers-per-container=2"


@dataclass(frozen=True)
class NodePrograms:
    """What runs on one node; nothing of it is held here."""

    plan: Plan
    node: str
    address: str

    @property
    def disk(self) -> Path:
        """What a power cut leaves."""
        return self.plan.home.nodes / self.node

    @property
    def group(self) -> Group:
        """Beside the kubelet's `kubepods`: v2 wants processes in leaves only."""
        return self.plan.group.child(self.node).child("system")

    @property
    def init(self) -> int | None:
        """The host's number of the node's first process; none when it is off."""
        return first_process(self.group)

    @property
    def root(self) -> Path:
        """The node's file system, as seen from here; NoCluster when it is off."""
        return Path(f"/proc/{self.running()}/root")

    def running(self) -> int:
        """The host's number of the node's first process; NoCluster when it is off."""
        if init := self.init:
            return init
        raise NoCluster(f"{self.node} is off: {self.process('init').died()}")

    def process(self, name: str) -> Program:
        """The process of one of its programs."""
        return Program(name, self.group, self.plan.home.log / f"{self.node}.{name}.log")

    def service(self, name: str) -> Service:
        """One of its programs, to be ended, frozen and started; NoSuchTarget names them."""
        process, forgo = self.process(name), partial(self._forgo, name)
        match name:
            case "kubelet":
                answers = partial(takes_calls, self.address, KUBELET)
                # kube-proxy ends when its node's object goes (kubernetes: pkg/proxy/node.go); where
                # it is a pod its kubelet would start it again.
                then = self.start_proxy
                return Service(process, self.start_kubelet, answers, self._listens, then, forgo)
            case "containerd":
                opened, then = lambda: opens(self._door()), self.start_wanted
                return Service(process, self.start_containerd, opened, None, then, forgo)
            case "kube-proxy":
                return Service(process, self.start_proxy, lambda: True, forgo=forgo)
        raise NoSuchTarget(f"no program {name} is on {self.node}: {', '.join(ALL)} are")

    def start_containerd(self) -> None:
        """Start containerd; return when it answers."""
        self._start("containerd", "-c", self.disk / "containerd.toml")
        self.wait(lambda: opens(self._door()), self.process("containerd"), "an answer")

    def start_kubelet(self) -> None:
        """Start the kubelet."""
        who = self.plan.kubeconfig(self.node)
        names = ("--hostname-override", self.node, "--node-ip", self.address)
        config = ("--config", self.disk / "kubelet.json", "--kubeconfig", who)
        self._start("kubelet", *config, *names, KEPT)

    def start_proxy(self) -> None:
        """Start kube-proxy."""
        self._start("kube-proxy", "--config", self.disk / "proxy.json")

    def start_wanted(self) -> None:
        """Start what could not be started before; some of it may have to wait on.

        What was killed while it was frozen dies now, and holds its port until it has.
        """
        poll(lambda: not self._dying(), within=STEP, every=EAGER)
        for name in Wanted(self.root).names() if self.init else ():
            with contextlib.suppress(NoSuchTarget):
                self.service(name).start()
                Wanted(self.root).strike(name)

    def enter(self, *argv: str | Path) -> list[str | Path]:
        """A command as it is run inside the node."""
        return ["nsenter", "-t", str(self.running()), "-m", "-n", "-p", "-u", "-i", "--", *argv]

    def wait(self, condition: Callable[[], bool], program: Program, what: str) -> None:
        """Wait for a step of the boot; NoCluster with the program's last words if in vain."""
        if not poll(condition, within=STEP, every=EAGER):
            raise NoCluster(
                f"{self.node}: {what} of {program.name} did not come in {STEP:g} s:"
                f" {program.last_words()}"
            )

    def _start(self, name: str, *arguments: str | Path) -> None:
        program = self.process(name)
        if program.pids():
            return
        if not self.init:
            raise NoSuchTarget(f"{self.node} is off: its programs start when it boots")
        if why := self._hindrance(name):
            Wanted(self.root).note(name)
            raise NoSuchTarget(f"{name} of {self.node} is started later: {why}")
        program.start(self.enter(self.plan.assets / name, *arguments), assets=self.plan.assets)

    def _forgo(self, name: str) -> None:
        if self.init:  # what was wanted is gone with the power
            Wanted(self.root).strike(name)

    def _hindrance(self, name: str) -> str:
        """Why a program cannot be started now; empty if it can."""
        if freezing.is_frozen(self.group):
            return "its machine is frozen"
        runtime = self.process("containerd")
        works = runtime.pids() and not runtime.stillness()
        return "" if works or name != "kubelet" else "its containerd does no work"

    def _dying(self) -> bool:
        frozen = freezing.is_frozen(self.group)
        return not frozen and any(map(freezing.is_doomed, members(self.group)))

    def _listens(self) -> bool:
        """Whether the kubelet listens, seen from inside: on a cut cable too."""
        table = Path(f"/proc/{self.running()}/net/tcp").read_text()
        return KUBELET in network.listening(table)

    def _door(self) -> str:
        return f"{self.root}{node_files.SOCKET}"
