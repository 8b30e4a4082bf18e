"""The cluster's own network: one bridge, one address block, and the links into it.

The addresses come from 198.18.0.0/15, set aside by RFC 2544 for benchmarks: no real network has
them. The kernel is the register of who has which block: a link's MAC address begins with five
bytes made from the cluster's name, given when the link is made, so that a name is enough to find
every link of a cluster, and no file can be stale.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import filelock

from chaos.clusters.embedded import fence, forwarding
from chaos.clusters.embedded.home import cache
from chaos.clusters.embedded.patience import PHASE, STEP
from chaos.errors import NoCluster

RANGE = IPv4Network("198.18.0.0/15")
MOST_NODES = 30  # the /24s of a block, less one for the nodes and one for the services
FIRST_PORT = 6443
LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp


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
        return next(self.subnet.subnets(new_prefix=24))

    @property
    def services(self) -> IPv4Network:
        """The ClusterIPs."""
        return list(self.subnet.subnets(new_prefix=24))[1]

    @property
    def gateway(self) -> IPv4Address:
        """The bridge's own address, and so the API server's."""
        return self.nodes[1]

    @property
    def bridge(self) -> str:
        """The bridge's name."""
        return f"chaos{self.index}"

    @property
    def port(self) -> int:
        """The API server's port: its own, lest a listener on all addresses be in the way."""
        return FIRST_PORT + self.index

    def node(self, number: int) -> IPv4Address:
        """A node's address."""
        return self.nodes[10 + number]

    def pods(self, number: int) -> IPv4Network:
        """The addresses of a node's pods."""
        return list(self.subnet.subnets(new_prefix=24))[1 + number]

    def link(self, number: int) -> str:
        """The name of the host's end of a node's cable."""
        return f"{self.bridge}w{number}"


@dataclass(frozen=True)
class Taken:
    """What of the host's network is in use."""

    networks: frozenset[IPv4Network]
    links: frozenset[str]
    ports: frozenset[int]

    def why_not(self, block: Block) -> str:
        """What stands in the block's way; empty if nothing does."""
        overlap = [net for net in self.networks if net.overlaps(block.subnet)]
        if overlap:
            return f"{block.subnet} overlaps {overlap[0]}"
        if block.bridge in self.links:
            return f"there is a link {block.bridge}"
        return f"port {block.port} has a listener" if block.port in self.ports else ""


def blocks() -> list[Block]:
    """Every block there is."""
    return [Block(index) for index in range(16)]


def ip(*words: str, batch: str = "") -> str:
    """Run iproute2's `ip`; an error shows the command so that it can be pasted."""
    command = ["ip", *words]
    try:
        done = subprocess.run(
            command, input=batch, capture_output=True, text=True, timeout=STEP, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NoCluster(
            f"{shlex.join(command)}: {error} (it is in the package iproute2)"
        ) from error
    if done.returncode:
        raise NoCluster(f"{shlex.join(command)}: {done.stderr.strip()}\n{batch}".rstrip())
    return done.stdout


def survey() -> Taken:
    """What of the host's network is in use now."""
    routes = json.loads(ip("-j", "-4", "route", "show", "table", "all"))
    addresses = json.loads(ip("-j", "-4", "addr"))
    named = [route["dst"] for route in routes if route["dst"] not in {"default", "0.0.0.0/0"}]
    named += [one["local"] for link in addresses for one in link["addr_info"]]
    return Taken(
        networks=frozenset(IPv4Network(name) for name in named),
        links=frozenset(entry.name for entry in Path("/sys/class/net").iterdir()),
        ports=listening(Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()),
    )


def listening(table: str) -> frozenset[int]:
    """The ports that have a listener, out of the kernel's tables of TCP sockets."""
    rows = [line.split() for line in table.splitlines() if ":" in line]
    return frozenset(int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[3] == LISTENING)


def choose(taken: Taken) -> Block:
    """The first block that nothing stands in the way of."""
    reasons = {block: taken.why_not(block) for block in blocks()}
    for block, reason in reasons.items():
        if not reason:
            return block
    tried = "\n".join(f"  {block.bridge}: {reason}" for block, reason in reasons.items())
    raise NoCluster(f"no address block of {RANGE} is free on this machine; tried\n{tried}")


def claim(cluster: str) -> Block:
    """Take a block, and in the same breath make its bridge, so that it shows as taken."""
    with _lock():
        block = choose(survey())
        forwarding.turn_on(_before())
        _bridge(cluster, block)
        fence.put_up(block.bridge)
    return block


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """One harness at a time; NoCluster when another keeps all others from it."""
    lock = filelock.FileLock(cache() / "network.lock", mode=0o600, timeout=PHASE)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise NoCluster(f"another harness has held {lock.lock_file} for {PHASE:g} s") from error
    try:
        yield
    finally:
        lock.release()


def _before() -> Path:
    """Where it is written down whether the host forwarded before there was a cluster."""
    return cache() / "ip_forward"


def _bridge(cluster: str, block: Block) -> None:
    """With a MAC of its own: else the bridge takes its lowest port's.

    Then losing one node would change it under the others' ARP caches, and they go NotReady.
    """
    ip("link", "add", block.bridge, "address", mac(cluster, 0), "type", "bridge")
    name, gateway = block.bridge, block.gateway
    pods = [f"route add {block.pods(n)} via {block.node(n)}" for n in range(1, MOST_NODES + 1)]
    lines = [f"addr add {gateway}/24 dev {name}", f"link set {name} up", *pods]
    ip("-batch", "-", batch="\n".join(lines))


def plug(cluster: str, block: Block, number: int, *, init: int) -> None:
    """Lay the cable from the bridge into the namespace of a node's first process."""
    near, far = mac(cluster, number), _far(cluster, number)
    words = f"link add {block.link(number)} address {near} master {block.bridge} up type veth"
    ip(*words.split(), "peer", "name", "eth0", "address", far, "netns", str(init))


def cut(block: Block, number: int) -> None:
    """Take the host's end of a node's cable down: no packet of it comes through any more."""
    _unless_gone("set", block.link(number), "down")


def unplug(block: Block, number: int) -> None:
    """Take a node's cable away; the kernel takes its other end with it."""
    _unless_gone("del", block.link(number))


def mac(cluster: str, number: int) -> str:
    """The address of the bridge (0), or of the host's end of a node's cable."""
    digest = hashlib.sha256(cluster.encode()).digest()[:4]
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest, number))


def _far(cluster: str, number: int) -> str:
    return "06" + mac(cluster, number)[2:]


def links(cluster: str) -> list[str]:
    """Every link of the cluster: the cables, and last the bridge."""
    ours = mac(cluster, 0)[:-3]
    found = [link for link in json.loads(ip("-j", "link")) if link.get("address", "")[:-3] == ours]
    return [
        link["ifname"] for link in sorted(found, key=lambda link: -int(link["address"][-2:], 16))
    ]


def remove(cluster: str) -> None:
    """Take away every link of the cluster; addresses and routes go with them."""
    for name in links(cluster):
        if forwarding.BRIDGE.fullmatch(name):
            fence.take_down(name)
        _unless_gone("del", name)
    if _before().exists():
        with _lock():
            forwarding.put_back(_before())


def _unless_gone(verb: str, link: str, *words: str) -> None:
    """Do it to a link that is there: one may go meanwhile, with its dying namespace."""
    if not Path(f"/sys/class/net/{link}").exists():
        return
    try:
        ip("link", verb, link, *words)
    except NoCluster as error:
        if "No such device" not in str(error) and "Cannot find device" not in str(error):
            raise
