"""A user namespace is emptied: of whom, and of which clusters. Nobody is struck here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.providers.embedded import cgroup, cgroup_tree, inventory, userns

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="user namespaces are Linux's"),
    pytest.mark.subprocess,
]


@pytest.mark.parametrize(
    ("ids", "inside"),
    [
        ("         0          0 4294967295\n", False),
        ("         0       1000          1\n", True),
        ("0 1000 1\n1 100000 65535\n", True),
        ("0 0 65536\n", True),
    ],
)
def test_a_namespace_is_known_by_its_map(tmp_path: Path, ids: str, *, inside: bool) -> None:
    (tmp_path / "uid_map").write_text(ids)

    assert userns.is_here(tmp_path / "uid_map") is inside


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whoever would have been: as long as this is in force, nobody is."""
    struck: list[int] = []
    monkeypatch.setattr(cgroup_tree, "strike", lambda pids, *_: struck.extend(pids))
    monkeypatch.setattr(userns, "is_here", lambda: True)
    monkeypatch.setattr(cgroup, "clusters", list)
    return struck


@pytest.fixture
def one() -> Iterator[int]:
    """A process of this very namespace."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield process.pid


def test_others_are_in_the_same_namespace(struck: list[int], one: int) -> None:
    assert one in userns.others()
    assert one not in userns.others({one})
    assert os.getpid() not in userns.others()
    assert struck == []


def test_nobody_of_a_cluster_is_one_of_the_others(
    monkeypatch: pytest.MonkeyPatch, struck: list[int], one: int
) -> None:
    monkeypatch.setattr(cgroup, "clusters", lambda: ["c"])
    monkeypatch.setattr(cgroup, "members", lambda group: [one] * group.path.endswith("-c"))

    assert one not in userns.others()
    assert struck == []


def test_nobody_of_another_namespace_is_one_of_the_others(
    monkeypatch: pytest.MonkeyPatch, struck: list[int], one: int
) -> None:
    here = Path("/proc/self/ns/user").readlink()
    monkeypatch.setattr(userns, "_space", lambda pid: Path("user:[2]") if pid == one else here)

    assert one not in userns.others()
    assert os.getppid() in userns.others()
    assert struck == []


def test_where_there_is_none_nothing_is_ended_and_nothing_taken_down(
    monkeypatch: pytest.MonkeyPatch, struck: list[int], one: int
) -> None:
    monkeypatch.setattr(userns, "is_here", lambda: False)
    monkeypatch.setattr(inventory, "free", lambda: ["roots"])
    monkeypatch.setattr(cgroup, "clusters", lambda: ["roots"])
    monkeypatch.setattr(inventory, "take_down", lambda _: struck.append(one))

    assert userns.empty() == []
    userns.end()

    assert userns.others() == []
    assert struck == []


def test_who_is_in_it_ends_before_the_clusters_that_only_it_has(
    monkeypatch: pytest.MonkeyPatch, struck: list[int]
) -> None:
    done: list[str] = []
    there = [[7, 8], [8], []]
    monkeypatch.setattr(userns, "others", lambda _: there.pop(0))
    monkeypatch.setattr(inventory, "free", lambda: ["another", "left", "kept"])
    monkeypatch.setattr(cgroup, "clusters", lambda: ["left", "kept", "held"])
    monkeypatch.setattr(inventory, "take_down", lambda name: done.append(f"{name} {struck}"))

    assert userns.empty() == ["kept", "left"]

    assert done == ["kept [7, 8, 8]", "left [7, 8, 8]"]
