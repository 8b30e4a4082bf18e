"""Machines, programs and containers on paper: what would be done to them is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.dryrun.rights import Right
from chaos.ports.cluster import OneWay, Peer, Program, RunningContainer
from chaos.workloads.admitted import Stand

Do = Callable[[str, Iterable[Right]], None]
LOST: dict[OneWay, str] = {
    "": "",
    "sent": " (what it sends)",
    "received": " (what is sent to it)",
}


@dataclass(frozen=True)
class PaperProgram:
    """A program of the cluster."""

    name: str
    do: Do

    def stop(self) -> None:
        """End it."""
        self.do(f"end {self.name}", ())

    def start(self) -> None:
        """Start it."""
        self.do(f"start {self.name}", ())

    def freeze(self) -> None:
        """Stop it where it stands."""
        self.do(f"freeze {self.name}", ())

    def thaw(self) -> None:
        """Let it go on."""
        self.do(f"thaw {self.name}", ())

    def trouble(self) -> str:
        """Nothing was done to it."""
        return ""


@dataclass(frozen=True)
class PaperContainer:
    """A container of a pod."""

    name: str
    do: Do

    def stop(self) -> None:
        """Stop its processes."""
        self.do(f"stop the processes of {self.name}", ())

    def resume(self) -> None:
        """Let them go on."""
        self.do(f"let the processes of {self.name} go on", ())

    def signal(self, number: int) -> None:
        """Send its main process a signal."""
        self.do(f"send the main process of {self.name} signal {number}", ())

    def fill(self, *, mib_per_second: float, up_to_mib: float | None, term: Seconds) -> None:
        """Fill its memory."""
        most = "its limit" if up_to_mib is None else f"{up_to_mib:g} MiB"
        how = f"{mib_per_second:g} MiB/s, up to {most}, for {term:g} s at most"
        self.do(f"fill the memory of {self.name}: {how}", ())

    def drain(self) -> None:
        """Give it back."""
        self.do(f"give back what fills the memory of {self.name}", ())

    def allow(self, cpus: float | None) -> None:
        """Change its share."""
        share = "all CPUs" if cpus is None else f"{cpus:g} CPUs"
        self.do(f"let {self.name} use {share}", ())

    def spoil(self, program: str) -> None:
        """Have a program fail."""
        self.do(f"replace {program} in {self.name} by one that fails", ())

    def restore(self) -> None:
        """Put it back."""
        self.do(f"put back what was replaced in {self.name}", ())


@dataclass(frozen=True)
class PaperMachine:
    """What a node runs on."""

    node: str
    do: Do

    def power_off(self) -> None:
        """Pull the plug."""
        self.do(f"power off {self.node}", ())

    def power_on(self) -> None:
        """Boot it."""
        self.do(f"power on {self.node}", ())

    def freeze(self) -> None:
        """Stop all of it where it stands."""
        self.do(f"freeze {self.node}", ())

    def thaw(self) -> None:
        """Let it go on."""
        self.do(f"thaw {self.node}", ())

    def cut(self, peer: Peer, one_way: OneWay = "") -> None:
        """Cut its cable."""
        self.do(f"cut {self.node} off from {peer}{LOST[one_way]}", ())

    def join(self, peer: Peer, one_way: OneWay = "") -> None:
        """Join it."""
        self.do(f"join {self.node} with {peer} again{LOST[one_way]}", ())

    def fill_disk(self) -> None:
        """Fill its disk."""
        self.do(f"fill the disk of {self.node}", ())

    def empty_disk(self) -> None:
        """Free what was filled."""
        self.do(f"free the disk of {self.node}", ())

    def program(self, name: str) -> Program:
        """Its kubelet or containerd."""
        return PaperProgram(f"{name} on {self.node}", self.do)

    def container(self, pod: Stand, name: str) -> RunningContainer:
        """A pod's container."""
        return PaperContainer(f"{name or 'the container'} of {pod.name} on {self.node}", self.do)
