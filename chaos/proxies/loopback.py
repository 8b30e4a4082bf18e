"""A toxiproxy server of our own on this machine, for wires between the harness and a cluster.

    with serving(program) as toxiproxy:
        wire = toxiproxy.wire("api", upstream="10.0.0.1:6443")
        wire.poison("latency", latency=2000)
        wire.heal()

It obeys whoever reaches it, and so does what stands behind a wire, maybe: both are shut to other
users of the machine, which takes root.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from chaos.clock import poll, seconds
from chaos.proxies.doors import Doors, shutting
from chaos.proxies.server import BadWire, Server, Wire
from chaos.tether import tethered

HERE = "127.0.0.1"
# Seconds to connect and for an answer. It answers in milliseconds, but takes a latency off only
# when the bytes that this held up are through (each piece, one after the other).
PATIENCE = (2.0, 30.0)
BIRTH = seconds(5)  # from its start to its first answer; milliseconds as well
OFTEN = seconds(0.01)


@dataclass(frozen=True)
class Toxiproxy:
    """A server of our own, on loopback."""

    port: int
    doors: Doors

    def wire(self, name: str, *, upstream: str) -> Wire:
        """A new way to `upstream` (host:port), over a port that is free; BadWire if it is taken."""
        port = _free_port()
        self.doors.shut(port)
        return self.server.create(name, upstream=upstream, listen=f"{HERE}:{port}")

    @cached_property
    def server(self) -> Server:
        """It, as its wires know it."""
        session = requests.Session()
        session.trust_env = False
        session.headers["User-Agent"] = "pytest-chaos"  # it refuses browsers'
        where = f"http://{HERE}:{self.port}"

        def send(method: str, path: str, body: Any) -> tuple[int, bytes]:
            answer = session.request(method, f"{where}{path}", json=body, timeout=PATIENCE)
            return answer.status_code, answer.content

        return Server(f"toxiproxy on port {self.port}", send)


@contextmanager
def serving(program: Path) -> Iterator[Toxiproxy]:
    """A toxiproxy server on loopback, which ends with us however we end; it is ours alone."""
    port = _free_port()
    command = tethered(str(program), "-host", HERE, "-port", str(port))
    with shutting(f"chaos-toxiproxy-{port}") as doors:
        doors.shut(port)
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                ours = Toxiproxy(port, doors)
                if not poll(ours.server.answers, within=BIRTH, every=OFTEN):
                    raise BadWire(f"{program} gave no answer on port {port} within {BIRTH:g} s")
                yield ours
            finally:
                process.kill()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind((HERE, 0))
        port: int = door.getsockname()[1]
        return port
