"""The addresses of clusters: 16 blocks out of 198.18.0.0/15, and which of them is free.

RFC 2544 sets that range aside for benchmarks: no real network has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from chaos.errors import NoCluster

RANGE = IPv4Network("198.18.0.0/15")
PORT = 6443  # the API server's: where it listens nobody else does


@dataclass(frozen=True)
class Block:
    """One of the 16 address blocks, with the names that go with it."""

    index: int

    @property
    def subnet(self) -> IPv4Network:
        """All of the block."""
        return list(RANGE.subnets(new_prefix=19))[self.index]

    @property
    def nodes(self) -> IPv4Network:
        """Where the nodes and the API server live."""
        return next(self.subnet.subnets(new_prefix=25))

    @property
    def services(self) -> IPv4Network:
        """The ClusterIPs."""
        return list(self.subnet.subnets(new_prefix=24))[1]

    @property
    def gateway(self) -> IPv4Address:
        """The switch's own address, and so the API server's."""
        return self.nodes[1]

    @property
    def host(self) -> IPv4Address:
        """The host's own address on its cable to the switch: no neighbour of the nodes'."""
        return list(self.subnet.subnets(new_prefix=25))[1][1]

    @property
    def uplink(self) -> str:
        """The name of the host's end of its cable to the switch: the block's mark as taken."""
        return f"chaos{self.index}"

    def node(self, number: int) -> IPv4Address:
        """A node's address."""
        return self.nodes[10 + number]

    def pods(self, number: int) -> IPv4Network:
        """The addresses of a node's pods."""
        return list(self.subnet.subnets(new_prefix=24))[1 + number]


@dataclass(frozen=True)
class Taken:
    """What of the host's network is in use."""

    networks: frozenset[IPv4Network]
    links: frozenset[str]

    def why_not(self, block: Block) -> str:
        """What stands in the block's way; empty if nothing does."""
        overlap = [net for net in self.networks if net.overlaps(block.subnet)]
        if overlap:
            return f"{block.subnet} overlaps {overlap[0]}"
        return f"there is a link {block.uplink}" if block.uplink in self.links else ""


def blocks() -> list[Block]:
    """Every block there is."""
    return [Block(index) for index in range(16)]


def choose(taken: Taken) -> Block:
    """The first block that nothing stands in the way of."""
    reasons = {block: taken.why_not(block) for block in blocks()}
    for block, reason in reasons.items():
        if not reason:
            return block
    tried = "\n".join(f"  {block.uplink}: {reason}" for block, reason in reasons.items())
    raise NoCluster(f"no address block of {RANGE} is free on this machine; tried\n{tried}")
