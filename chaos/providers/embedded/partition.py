"""What is lost on a node's cable, in the node's own kernel.

A cut is a file on the node's disk and a table of the same name in its kernel: a node that boots
takes its cuts up again, since the network does not mend because a machine was switched off. Each
cut has a table of its own, so that joining one leaves the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from chaos.ports.cluster import OneWay, Peer
from chaos.providers.embedded.program import run

KUBELET = 10250  # the kubelet's own port, which the API server calls (kubernetes: cluster/ports)
SENT = "chain sent { type filter hook postrouting priority filter\n%s\n}"
RECEIVED = "chain received { type filter hook prerouting priority raw\n%s\n}"
GONE = "add table inet {name}; delete table inet {name}"  # nft 1.0 knows no `destroy` yet


@dataclass(frozen=True)
class Partition:
    """The cuts of one node: where they are written down, and where its control plane is."""

    folder: Path
    plane: IPv4Address
    port: int

    def cut(self, peer: Peer, one_way: OneWay, *, init: int | None) -> None:
        """Write a cut down; it is in force when this returns, if the node is on."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / _name(peer, one_way)
        file.write_text(self._rules(peer, one_way))
        if init:
            _nft(init, "-f", file)

    def join(self, peer: Peer, one_way: OneWay, *, init: int | None) -> None:
        """End a cut, and forget it. Twice is once."""
        name = _name(peer, one_way)
        if init:
            _nft(init, GONE.format(name=name))
        (self.folder / name).unlink(missing_ok=True)

    def renew(self, init: int) -> None:
        """Take all cuts up again in the kernel of a node that has just booted."""
        for file in sorted(self.folder.glob("*")):
            _nft(init, "-f", file)

    def _rules(self, peer: Peer, one_way: OneWay) -> str:
        name = _name(peer, one_way)
        chains = [
            "" if one_way == "received" else SENT % self._losses(peer, "oifname", "d", "s"),
            "" if one_way == "sent" else RECEIVED % self._losses(peer, "iifname", "s", "d"),
        ]
        whole = f"table inet {name} {{\n" + "\n".join(chains) + "\n}\n"
        return GONE.format(name=name) + "\n" + whole

    def _losses(self, peer: Peer, link: str, theirs: str, ours: str) -> str:
        """What is lost on the way: all, or the node's talk with the API server, whoever began."""
        cable = f'{link} "eth0"'
        if peer == "everything":
            return f"{cable} drop"
        plane = f"{cable} ip {theirs}addr {self.plane}"
        calls = (f"tcp {theirs}port {self.port}", f"tcp {ours}port {KUBELET}")
        return "\n".join(f"{plane} {call} drop" for call in calls)


def _name(peer: Peer, one_way: OneWay) -> str:
    return f"chaos_lost_{peer.replace(' ', '_')}_{one_way or 'both'}"


def _nft(init: int, *words: str | Path) -> None:
    """Tell the kernel side of a node's network, frozen or not."""
    run(["nsenter", "-t", str(init), "-n", "--", "nft", *words])
