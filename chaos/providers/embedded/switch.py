"""Where the cables of a cluster's nodes meet: a network of its own, apart from the host's.

The API server and its programs live in it too, and the host has one cable into it. So what the host
filters, forwards or takes for its own (Docker, firewalls, NetworkManager) never sees what goes from
node to node, and the host only ever calls in.

It is a network namespace with a bridge, and lasts as long as a process in it that does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chaos.errors import NoCluster
from chaos.options import MOST_NODES
from chaos.providers.embedded import network
from chaos.providers.embedded.blocks import Block
from chaos.providers.embedded.cgroup import group_of
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.program import Program, run

BRIDGE = "switch"
# A new network has its rp_filter from the host's; what nodes may do is not to hang on it.
LAY = """for filter in all default; do echo 0 >/proc/sys/net/ipv4/conf/$filter/rp_filter; done
echo 1 >/proc/sys/net/ipv4/ip_forward
ip -batch - <<'LINKS'
{links}
LINKS
nft -f - <<'RULES'
{rules}
RULES
"""
# Answers to the host's calls go out, and nothing else: no pod of a scenario calls this machine.
ONLY_CALLED = f"""
table inet only_called {{
  chain through {{ type filter hook forward priority filter
    oifname "{network.FAR_END}" ct state new reject
  }}
  chain from_here {{ type filter hook output priority filter
    oifname "{network.FAR_END}" ct state new reject
  }}
}}
"""


@dataclass(frozen=True)
class Switch:
    """That of one cluster; nothing of it is held here."""

    cluster: str

    @property
    def holder(self) -> Program:
        """The process that it lasts as long as."""
        home = Home(self.cluster)
        return Program("sleep", group_of(self.cluster).child(BRIDGE), home.log / "switch.log")

    def start(self, *, assets: Path) -> Block:
        """Make it, and take a block of addresses for it."""
        self.holder.group.leaf()
        self.holder.start(["unshare", "--net", "sleep", "infinity"], assets=assets)
        block = network.claim(self.cluster, self._pid())
        script = LAY.format(links="\n".join(self._links(block)), rules=ONLY_CALLED)
        run(self.enter("sh", "-ec", script))
        return block

    def _links(self, block: Block) -> list[str]:
        """The bridge has a MAC of its own: else it takes its lowest port's.

        Then losing one node would change it under the others' ARP caches, and they go NotReady.
        """
        pods = [f"route add {block.pods(n)} via {block.node(n)}" for n in range(1, MOST_NODES + 1)]
        return [
            "link set lo up",
            f"link add {BRIDGE} address {_far(self.cluster, 0)} type bridge",
            f"addr add {block.gateway}/{block.nodes.prefixlen} dev {BRIDGE}",
            f"link set {BRIDGE} up",
            f"link set {network.FAR_END} up",
            f"route add {block.host} dev {network.FAR_END} src {block.gateway}",
            *pods,
        ]

    def plug(self, number: int, *, init: int) -> None:
        """Lay the cable into the namespace of a node's first process."""
        near, far = network.mac(self.cluster, number), _far(self.cluster, number)
        words = f"link add {_port(number)} address {near} master {BRIDGE} up type veth"
        end = ("peer", "name", "eth0", "address", far, "netns", str(init))
        network.ip(*words.split(), *end, within=self._enter())

    def cut(self, number: int) -> None:
        """Take this end of a node's cable down: no packet of it comes through any more."""
        if self.holder.pids():
            network.unless_gone("link", "set", _port(number), "down", within=self._enter())

    def unplug(self, number: int) -> None:
        """Take a node's cable away; the kernel takes its other end with it."""
        if self.holder.pids():
            network.unless_gone("link", "del", _port(number), within=self._enter())

    def enter(self, *argv: str | Path) -> list[str | Path]:
        """A command as it is run beside the API server."""
        return [*self._enter(), *argv]

    def _enter(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._pid()}/ns/net", "--"]

    def _pid(self) -> int:
        if pids := self.holder.pids():
            return pids[0]
        raise NoCluster(f"cluster {self.cluster} has no network of its own any more: it is gone")


def _port(number: int) -> str:
    """The name of the switch's end of a node's cable."""
    return f"worker{number}"


def _far(cluster: str, number: int) -> str:
    """The address of a node's end of its cable, or of the bridge (0)."""
    return "06" + network.mac(cluster, number)[2:]
