"""The host forwards between the bridge and the world while a cluster stands, and not for longer.

The switch is one for the whole host: the first cluster of all turns it on and writes down how it
was, the last one puts it back. Whoever calls holds the lock of the network.
"""

from __future__ import annotations

import re
from pathlib import Path

SWITCH = Path("/proc/sys/net/ipv4/ip_forward")
LINKS = Path("/sys/class/net")
BRIDGE = re.compile(r"chaos\d+")  # `network.Block.bridge`, of any user's cluster


def turn_on(before: Path, *, switch: Path = SWITCH, links: Path = LINKS) -> None:
    """Forward from now on; how it was is kept in the file `before`. Call it before the bridge."""
    now = switch.read_text().strip()
    if not _stands(links):
        before.unlink(missing_ok=True)  # of a cluster that a reboot took away
    if now != "1":
        before.write_text(now)
        switch.write_text("1")


def put_back(before: Path, *, switch: Path = SWITCH, links: Path = LINKS) -> None:
    """As it was before the first cluster, if no cluster is left. Call it behind the bridge."""
    if before.exists() and not _stands(links):
        switch.write_text(before.read_text())
        before.unlink()


def _stands(links: Path) -> bool:
    return any(BRIDGE.fullmatch(link.name) for link in links.iterdir())
