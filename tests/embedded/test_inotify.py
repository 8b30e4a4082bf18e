"""Inotify instances are counted before anything is started: 128 are few for a large cluster."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from chaos.errors import NoCluster
from chaos.private import cache
from chaos.providers.embedded import inotify, trials
from chaos.providers.embedded.blocks import Block
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.machine import EmbeddedMachine
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.starting import added

US = Path(f"/proc/{os.getpid()}")


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text("9\n")
    monkeypatch.setattr(inotify, "LIMIT", limit)


@pytest.mark.parametrize(
    ("used", "most", "nodes", "plane"),
    [(104, 128, 2, True), (4, 128, 12, True), (118, 128, 1, False)],
)
def test_the_last_one_may_be_used(used: int, most: int, nodes: int, plane: bool) -> None:  # noqa: FBT001
    told = f"{used} of {most} instances in use"

    assert inotify.judged(used, most, nodes, plane=plane) == told
    with pytest.raises(NoCluster, match=f"^{used + 1} of the kernel's {most} "):
        inotify.judged(used + 1, most, nodes, plane=plane)


@pytest.mark.parametrize(
    ("used", "most", "nodes", "enough"),
    [(105, 128, 2, 256), (232, 128, 2, 256), (233, 128, 2, 512), (0, 128, 30, 512), (0, 0, 2, 32)],
)
def test_what_to_set_is_enough(used: int, most: int, nodes: int, enough: int) -> None:
    with pytest.raises(NoCluster, match=f"max_user_instances={enough}$"):
        inotify.judged(used, most, nodes, plane=True)

    assert inotify.judged(used, enough, nodes, plane=True)


def test_a_kernel_that_tells_no_limit_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify, "LIMIT", Path("/nowhere"))

    assert inotify.left_for(30) == "this kernel tells no limit"


def test_it_is_said_who_wants_them() -> None:
    with pytest.raises(NoCluster, match=" in use, and 10 more are wanted for 1 node: as root, "):
        inotify.judged(128, 128, 1, plane=False)
    with pytest.raises(
        NoCluster, match=", and 34 more are wanted for 3 nodes and a control plane: "
    ):
        inotify.judged(128, 128, 3, plane=True)


def test_one_that_is_opened_is_counted_and_a_process_that_is_gone_has_none() -> None:
    before = inotify.open_in(US)
    ours = ctypes.CDLL(None).inotify_init()
    try:
        assert inotify.open_in(US) == before + 1
    finally:
        os.close(ours)
    assert inotify.open_in(US) == before
    assert inotify.open_in(Path("/proc/0")) == 0


@pytest.mark.subprocess
@pytest.mark.usefixtures("few")
def test_a_cluster_is_refused_before_anything_of_it_is_made() -> None:
    with pytest.raises(NoCluster, match="of the kernel's 9 inotify instances"):
        EmbeddedCluster.up("few", assets=Path("/nowhere"), images=[])

    assert not (cache() / "clusters" / "few").exists()


@pytest.mark.usefixtures("few")
def test_so_is_a_node_that_would_join() -> None:
    plan = Plan("few", Block(15), assets=Path("/nowhere"), seed=Path("/nowhere"))

    with pytest.raises(NoCluster, match="10 more are wanted for 1 node:"):
        added(EmbeddedMachine(plan, 3))


@pytest.mark.usefixtures("few")
def test_the_doctor_asks_for_a_small_cluster() -> None:
    with pytest.raises(NoCluster, match="24 more are wanted for 2 nodes and a control plane"):
        trials.instances()
