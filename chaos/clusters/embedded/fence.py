"""Who may send into a cluster's network: this host's root, and nobody else on it or behind it.

The patients take orders from whoever reaches them, and a user's own app may ask for no password
either. The API server is not behind the fence: its address is this host's own, so that packets to
it never leave by the bridge, and it asks everybody for a certificate.

One nftables table a cluster, named as its bridge. What a process may send is told by its user
(`meta skuid`); what others would have this host forward is stopped where a connection begins, so
that answers to the pods' own calls come back.
"""

from __future__ import annotations

import shutil
import subprocess

from chaos.clusters.embedded.patience import STEP
from chaos.errors import NoCluster

RULES = """
add table inet {bridge}
delete table inet {bridge}
table inet {bridge} {{
  chain from_here {{
    type filter hook output priority filter
    oifname "{bridge}" meta skuid != 0 reject
  }}
  chain through_here {{
    type filter hook forward priority filter
    oifname "{bridge}" iifname != "chaos*" tcp flags & (syn | ack) == syn reject
  }}
}}
"""
GONE = "add table inet {bridge}; delete table inet {bridge}"  # nft 1.0 knows no `destroy` yet


def put_up(bridge: str) -> None:
    """From now on only root sends into the bridge. Call it when the bridge is there."""
    _nft(RULES.format(bridge=bridge))


def take_down(bridge: str) -> None:
    """Take the fence away. Twice is once. Call it before the bridge goes: its name finds it."""
    _nft(GONE.format(bridge=bridge))


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
