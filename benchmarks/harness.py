"""A cluster for now, and scenarios run on it by a process of their own, as a user's are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from chaos.images import own
from chaos.providers.embedded import assets
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.tether import tethered

ROOT = Path(__file__).resolve().parents[1]
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")
LEAVING = 180  # seconds for a harness that was interrupted to heal


def interruptible() -> None:
    """Have SIGTERM be a Ctrl-C, and a Ctrl-C be heard: a shell's background job ignores it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


@contextmanager
def a_cluster(name: str) -> Iterator[EmbeddedCluster]:
    """One of two nodes, for now."""
    pictures = [own.pause(), own.patient()]
    cluster = EmbeddedCluster.up(name, assets=assets.find(print), images=pictures)
    try:
        yield cluster
    finally:
        cluster.down()


@contextmanager
def harness(
    words: Sequence[str], said: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """It is waited for at the end, and heals when we are interrupted. What it says is in a file."""
    with said.open("w") as file:
        process = subprocess.Popen(
            tethered(*PYTEST, "-m", "chaos", *words),
            cwd=ROOT,
            env=os.environ | (env or {}),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            yield process
            process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait(LEAVING)
            raise
