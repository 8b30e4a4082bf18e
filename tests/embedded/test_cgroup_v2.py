"""The new kind of control groups: in the kernel itself, wherever this host has them mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.errors import NoCluster
from chaos.providers.embedded import cgroup, cgroup_tree
from chaos.providers.embedded.cgroup import V2

MOUNTED = (cgroup.ROOT, cgroup.ROOT / "unified")  # alone, or beside the old kind


@pytest.fixture
def top() -> Iterator[V2]:
    """A group in the kernel, as a container sees its own: it looks like the root, and is none."""
    roots = [root for root in MOUNTED if (root / "cgroup.controllers").exists()]
    if not roots or os.geteuid() != 0:
        pytest.skip("needs root and cgroup v2")
    group = V2(f"/chaos-test-{os.getpid()}", roots[0])
    group.branch()
    yield group
    group.kill()
    group.remove()
    assert not group.folder.exists()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def handed(folder: Path) -> set[str]:
    return {*(folder / "cgroup.subtree_control").read_text().split()}


def offered(folder: Path) -> set[str]:
    return {*(folder / "cgroup.controllers").read_text().split()}


@pytest.mark.subprocess
def test_all_that_the_kernel_offers_and_a_kubelet_asks_for_reaches_a_nodes_pods(top: V2) -> None:
    node = top.child("node")
    node.branch()
    node.child("kubepods").leaf()

    asked = {"cpu", "cpuset", "hugetlb", "memory", "pids", "io"}
    assert offered(node.child("kubepods").folder) == offered(top.root) & asked


@pytest.mark.subprocess
def test_a_containers_own_root_is_cleared_of_its_processes(
    top: V2, sleeper: subprocess.Popen[bytes]
) -> None:
    container = top.child("container")
    container.leaf()
    container.doors()[0].write_text(str(sleeper.pid))

    cluster = V2("/cluster", container.folder)
    cluster.branch()

    assert cgroup_tree.processes(container.folder / "init") == [sleeper.pid]
    assert handed(container.folder) == offered(top.folder)
    assert offered(cluster.folder) == offered(top.folder)


@pytest.mark.subprocess
def test_a_group_is_killed_with_all_below_it_frozen_or_not(
    top: V2, sleeper: subprocess.Popen[bytes]
) -> None:
    leaf = top.child("node").child("system")
    top.child("node").branch()
    leaf.leaf()
    leaf.doors()[0].write_text(str(sleeper.pid))
    (top.child("node").folder / "cgroup.freeze").write_text("1")

    top.child("node").kill()

    assert cgroup.members(top) == []


@pytest.mark.subprocess
def test_before_linux_5_14_they_are_killed_one_by_one(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    procs = tmp_path / "cgroup.procs"
    procs.write_text(f"{sleeper.pid}\n")
    strike = cgroup_tree.strike

    def struck(victims: list[int]) -> None:
        strike(victims)
        sleeper.wait()
        procs.write_text("")  # as the kernel does

    monkeypatch.setattr(cgroup_tree, "strike", struck)
    V2("/", tmp_path).kill()

    assert sleeper.returncode == -9


def test_the_kernels_own_root_keeps_its_processes(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu")
    (tmp_path / "cgroup.procs").write_text("1\n")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "cgroup.controllers").write_text("cpu")

    V2("/c", tmp_path).branch()

    assert not (tmp_path / "init").exists()


@pytest.mark.parametrize(("number", "remedy"), [(16, "run on the host"), (30, "--privileged")])
def test_a_root_that_may_not_be_shared_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu")

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_text", refuse)

    with pytest.raises(NoCluster, match=rf"controllers.*{os.strerror(number)}.*{remedy}"):
        V2("/c", tmp_path).branch()


def test_a_group_that_may_not_be_made_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(NoCluster, match=r"cannot make the group .*Read-only.*--privileged"):
        V2("/c", tmp_path).leaf()
