"""What a dry run says of machines and programs that would stand still, be cut off or be filled."""

from __future__ import annotations

import pytest

from chaos import Fault
from chaos.dryrun.paper import PaperCluster
from chaos.dryrun.wiring import ToBeMade
from chaos.errors import NoSuchTarget
from chaos.faults import (
    ControlPlaneFrozen,
    DiskFull,
    KubeletFrozen,
    NodeFrozen,
    NodePartitioned,
    RuntimeDown,
    RuntimeFrozen,
)
from chaos.ports.provider import Blueprint
from chaos.providers.embedded.control_plane import PROGRAMS
from chaos.providers.embedded.profile import FAST

NODES = ("worker1", "worker2")
WOULD = Blueprint(NODES, FAST.timers, PROGRAMS)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def paper(said: list[str]) -> PaperCluster:
    return PaperCluster(NODES, FAST.timers, ToBeMade(WOULD), lambda words, _: said.append(words))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (NodeFrozen("worker1"), ["freeze worker1", "thaw worker1"]),
        (
            NodePartitioned("worker1"),
            ["cut worker1 off from everything", "join worker1 with everything again"],
        ),
        (
            NodePartitioned("worker1", "control plane", "sent"),
            [
                "cut worker1 off from control plane (what it sends)",
                "join worker1 with control plane again (what it sends)",
            ],
        ),
        (
            NodePartitioned("worker1", one_way="received"),
            [
                "cut worker1 off from everything (what is sent to it)",
                "join worker1 with everything again (what is sent to it)",
            ],
        ),
        (KubeletFrozen("worker1"), ["freeze kubelet on worker1", "thaw kubelet on worker1"]),
        (RuntimeDown("worker1"), ["end containerd on worker1", "start containerd on worker1"]),
        (
            RuntimeFrozen("worker1"),
            ["freeze containerd on worker1", "thaw containerd on worker1"],
        ),
        (DiskFull("worker1"), ["fill the disk of worker1", "free the disk of worker1"]),
        (ControlPlaneFrozen(("etcd",)), ["freeze etcd", "thaw etcd"]),
    ],
    ids=str,
)
def test_a_dry_run_says_what_would_be_done_and_undone(
    paper: PaperCluster, said: list[str], fault: Fault, words: list[str]
) -> None:
    fault.inject(paper)
    fault.heal(paper)

    assert said == words


@pytest.mark.parametrize(
    "fault", [NodeFrozen("nope"), NodePartitioned("nope"), ControlPlaneFrozen(("nope",))], ids=str
)
def test_what_will_not_be_there_is_named(paper: PaperCluster, fault: Fault) -> None:
    with pytest.raises(NoSuchTarget, match="there will be no nope"):
        fault.inject(paper)
