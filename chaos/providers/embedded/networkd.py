"""systemd-networkd, where it is told to take every link: it sweeps what it finds on a new one.

All addresses and routes that it did not lay itself are "foreign" to it, and go in the moment in
which it begins with a link (systemd: src/network/networkd-link.c, link_drop_foreign_config). What
is laid later stays, until somebody starts it anew.
"""

from __future__ import annotations

from pathlib import Path

from chaos.clock import poll, seconds

LINKS = Path("/run/systemd/netif/links")  # a file for each link that it has seen, by its number
BEFORE = {"ADMIN_STATE=pending", "ADMIN_STATE=initialized"}  # it has not begun with it yet
# It began within 0.1 s on an emulated machine. Where it does not run, its files may be there still.
PATIENCE = seconds(3)
EAGER = seconds(0.005)


def await_sweep(number: int, links: Path = LINKS) -> None:
    """Return once it has begun with the link of that number, or plainly does not run."""
    if links.is_dir():
        poll(lambda: _has_begun(links / str(number)), within=PATIENCE, every=EAGER)


def _has_begun(told: Path) -> bool:
    try:
        return not BEFORE & {*told.read_text(encoding="utf-8").split()}
    except FileNotFoundError:
        return False
