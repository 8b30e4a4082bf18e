"""Who may send into a cluster's network: this host's root, and nobody else on it or behind it.

The patients take orders from whoever reaches them, and a user's own app may ask for no password
either. The API server is not behind the fence: it asks everybody for a certificate.

One nftables table a cluster, named as it is: the host's link into it goes with the cluster's own
network, so its name may be gone before the fence. What a process may send is told by its user
(`meta skuid`); what others would have this host forward is stopped, all of it.
"""

from __future__ import annotations

import shutil
import subprocess

from chaos.errors import NoCluster
from chaos.providers.embedded.blocks import PORT, Block
from chaos.providers.embedded.patience import STEP

RULES = """
add table inet {table}
delete table inet {table}
table inet {table} {{
  chain from_here {{
    type filter hook output priority filter
    oifname "{link}" ip daddr {api} tcp dport {port} accept
    oifname "{link}" meta skuid != 0 reject
  }}
  chain through_here {{
    type filter hook forward priority filter
    oifname "{link}" reject
  }}
}}
"""
GONE = "add table inet {table}; delete table inet {table}"  # nft 1.0 knows no `destroy` yet


def table(cluster: str) -> str:
    """The name of a cluster's fence: no cluster has an underscore in its own."""
    return f"chaos_{cluster.replace('-', '_')}"


def put_up(cluster: str, block: Block) -> None:
    """From now on only root sends into the block by its link. Call it before there is a way in."""
    link, api = block.uplink, block.gateway
    _nft(RULES.format(table=table(cluster), link=link, api=api, port=PORT))


def take_down(cluster: str) -> None:
    """Take the fence away. Twice is once."""
    _nft(GONE.format(table=table(cluster)))


def _nft(rules: str) -> None:
    nft = shutil.which("nft")
    if nft is None:
        raise NoCluster("nft: not in PATH: apt-get install nftables")
    try:
        done = subprocess.run(
            [nft, "-f", "-"],
            input=rules,
            capture_output=True,
            text=True,
            timeout=STEP,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoCluster(f"nft -f -: {error}") from error
    if done.returncode:
        raise NoCluster(f"other users could not be kept out: nft: {done.stderr.strip()}\n{rules}")
