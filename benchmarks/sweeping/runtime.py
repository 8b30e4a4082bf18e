"""What containerd says itself: when each container's process was started and when it ended.

It knows nothing of kubelets and API servers, and its times are its own. A line of `ctr events`:

    2026-11-30 18:00:00.123456789 +0000 UTC k8s.io /tasks/start {"container_id":"a1","pid":42}
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.node_files import SOCKET
from chaos.tether import tethered

LINE = re.compile(
    r"(?P<second>\S+ \S+?)(?P<part>\.\d+)? \+0000 UTC \S+ "
    r"(?P<topic>/tasks/(?:start|exit)) (?P<said>.*)"
)


@dataclass(frozen=True)
class Turn:
    """A container's main process started or ended, at a moment of the wall clock."""

    wall: float
    container: str
    what: Literal["start", "exit"]


@contextmanager
def listening(cluster: EmbeddedCluster, folder: Path) -> Iterator[None]:
    """All that the nodes' runtimes say meanwhile, in a file each: `worker1.events`."""
    with ExitStack() as until:
        for machine in cluster.machines:
            said = until.enter_context((folder / f"{machine.name}.events").open("w"))
            ctr = cluster.plan.assets / "ctr"
            words = machine.enter(ctr, "--address", SOCKET, "--namespace", "k8s.io", "events")
            ear = subprocess.Popen(
                tethered(*map(str, words)), stdout=said, stderr=subprocess.DEVNULL
            )
            until.callback(ear.wait)
            until.callback(ear.terminate)
        yield


def turns(folder: Path) -> list[Turn]:
    """What was said, oldest first."""
    files = sorted(folder.glob("*.events"))
    lines = (line for file in files for line in file.read_text().splitlines())
    return sorted(_read(lines), key=lambda turn: turn.wall)


def _read(lines: Iterable[str]) -> Iterator[Turn]:
    for line in lines:
        if not (found := LINE.match(line)):
            continue
        said = json.loads(found["said"])
        if said.get("id", said["container_id"]) != said["container_id"]:
            continue  # a process that was executed in it: a probe
        second = datetime.strptime(found["second"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        wall = second.timestamp() + float(found["part"] or 0)
        what: Literal["start", "exit"] = "start" if found["topic"].endswith("start") else "exit"
        yield Turn(wall, said["container_id"], what)
