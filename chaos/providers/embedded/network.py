"""The host's side of a cluster's network: one cable, one address, one route.

The kernel is the register of who has which block of addresses: a link's MAC address begins with
five bytes made from the cluster's name, given when the link is made, so that a name is enough to
find a cluster's link, and no file can be stale.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shlex
import socket
import subprocess
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path

import filelock

from chaos.errors import NoCluster
from chaos.private import cache
from chaos.providers.embedded import fence, networkd
from chaos.providers.embedded.blocks import Block, Taken, blocks, choose
from chaos.providers.embedded.patience import PHASE, STEP

EXISTS = "File exists"  # of a link whose name is taken (iproute2's word for EEXIST)
FAR_END = "host"  # the cable's other end, in the cluster's own network
LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp


def ip(*words: str, batch: str = "", within: Sequence[str] = ()) -> str:
    """Run iproute2's `ip`, `within` another network; an error shows what can be pasted."""
    command = [*within, "ip", *words]
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
    )


def listening(table: str) -> frozenset[int]:
    """The ports that have a listener, out of the kernel's tables of TCP sockets."""
    rows = [line.split() for line in table.splitlines() if ":" in line]
    return frozenset(int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[3] == LISTENING)


def claim(cluster: str, switch: int) -> Block:
    """Take a block, and in the same breath lay the host's cable, so that it shows as taken.

    Its other end comes into the network of the process `switch`.
    """
    with _lock():
        block = cabled(cluster, switch)
        networkd.await_sweep(socket.if_nametoindex(block.uplink))
        fence.put_up(cluster, block)
        ip("-batch", "-", batch="\n".join(_way_in(block)))
    return block


def cabled(cluster: str, switch: int) -> Block:
    """A free block, with its cable: the kernel refuses one that somebody else has taken meanwhile.

    Our lock keeps out who has our cache, and not another user, nor who has a cache elsewhere.
    """
    for _ in blocks():
        block = choose(survey())
        near = f"link add {block.uplink} address {mac(cluster, 0)} type veth"
        try:
            ip(*near.split(), "peer", "name", FAR_END, "netns", str(switch))
        except NoCluster as error:
            if EXISTS not in str(error):
                raise
        else:
            return block
    raise NoCluster("each block of addresses was taken as we took it: start fewer clusters at once")


def _way_in(block: Block) -> list[str]:
    """Of the switch the host knows but its own address: that is the way to all of the block."""
    from_here = f"dev {block.uplink} src {block.host}"
    return [
        f"addr add {block.host}/32 dev {block.uplink}",
        f"link set {block.uplink} up",
        f"route add {block.gateway} {from_here}",
        f"route add {block.subnet} via {block.gateway} {from_here}",
    ]


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


def mac(cluster: str, number: int) -> str:
    """The address of the host's end of its cable (0), or of the switch's end of a node's."""
    digest = hashlib.sha256(cluster.encode()).digest()[:4]
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest, number))


def links(cluster: str) -> list[str]:
    """Every link of the cluster in this network: the host's cable."""
    ours = mac(cluster, 0)[:-3]
    found = [link for link in json.loads(ip("-j", "link")) if link.get("address", "")[:-3] == ours]
    return sorted(link["ifname"] for link in found)


def remove(cluster: str) -> None:
    """Take away the cluster's link, if it has not gone with its other end, and the fence.

    Its address and its routes go with it.
    """
    for name in links(cluster):
        unless_gone("link", "del", name)
    fence.take_down(cluster)


def unless_gone(*words: str, within: Sequence[str] = ()) -> None:
    """Do it to a link that is there: one may have gone, with its dying namespace."""
    try:
        ip(*words, within=within)
    except NoCluster as error:
        if "No such device" not in str(error) and "Cannot find device" not in str(error):
            raise
