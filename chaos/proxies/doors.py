"""Ports on loopback that only this user's processes may enter.

Loopback is everybody's, and a program that asks for no password there obeys every user of the
machine. The rule that keeps them out lies in an nftables table that belongs to the process which
made it (`flags owner`, Linux 5.12): an `nft` that reads from a pipe of ours. However we end, by
SIGKILL too, the kernel closes the pipe, `nft` ends, and the kernel takes its table away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from chaos.clock import poll, seconds
from chaos.errors import ChaosError
from chaos.tether import tethered

RULES = """add table inet {name} {{ flags owner; }}
add set inet {name} doors {{ type inet_service; }}
add chain inet {name} out {{ type filter hook output priority filter; }}
add rule inet {name} out oifname "lo" meta skuid != {user} tcp dport @doors reject with tcp reset
"""
IN_FORCE = seconds(5)  # nft answers in a few milliseconds
OFTEN = seconds(0.01)
LISTED = 5  # seconds for one listing of the table


class NotShut(ChaosError):
    """Other users of this machine could not be kept out."""


@dataclass(frozen=True)
class Doors:
    """The ports that are shut so; any number may be added."""

    name: str
    nft: str
    process: subprocess.Popen[str]
    orders: IO[str]

    def shut(self, port: int) -> None:
        """Keep other users out of a port, from when this returns: before anybody listens there."""
        self.tell(f"add element inet {self.name} doors {{ {port} }}\n")
        if not poll(lambda: port in self.ports(), within=IN_FORCE, every=OFTEN):
            raise NotShut(
                f"port {port} is not shut to other users: nft made no table {self.name} "
                "(it needs root, and Linux 5.12)"
            )

    def tell(self, rules: str) -> None:
        """Hand rules to the process that owns the table."""
        try:
            self.orders.write(rules)
            self.orders.flush()
        except BrokenPipeError as error:
            raise NotShut(f"nft has ended with status {self.process.poll()}") from error

    def ports(self) -> set[int]:
        """Those that the kernel has in the table."""
        command = [self.nft, "list", "set", "inet", self.name, "doors"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LISTED, check=False)
        listed = done.stdout.partition("elements = {")[2].partition("}")[0]
        return {int(word) for word in listed.replace(",", " ").split() if word.isdigit()}


@contextmanager
def shutting(name: str) -> Iterator[Doors]:
    """Doors under a name that no other table has, for as long as the block or the process lasts."""
    nft = shutil.which("nft")
    if nft is None:
        raise NotShut("other users cannot be kept out without nft: apt-get install nftables")
    with subprocess.Popen(
        tethered(nft, "-i"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "HOME": os.devnull},  # or it would keep a history of what it was told
    ) as process:
        try:
            assert process.stdin is not None
            doors = Doors(name, nft, process, process.stdin)
            doors.tell(RULES.format(name=name, user=os.geteuid()))
            yield doors
        finally:
            process.kill()  # the table goes with it
