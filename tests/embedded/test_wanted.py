from __future__ import annotations

from pathlib import Path

import pytest

from chaos.providers.embedded.wanted import Wanted


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    (tmp_path / "run").mkdir()
    return Wanted(tmp_path)


def test_nothing_is_wanted_at_first(wanted: Wanted) -> None:
    assert wanted.names() == []
    wanted.strike("kubelet")


def test_what_is_wanted_is_so_once_for_everybody_until_it_is_struck(wanted: Wanted) -> None:
    wanted.note("kubelet")
    wanted.note("containerd")
    wanted.note("kubelet")
    assert Wanted(wanted.root).names() == ["containerd", "kubelet"]

    wanted.strike("kubelet")
    assert wanted.names() == ["containerd"]


def test_a_power_cut_forgets_what_was_wanted(wanted: Wanted) -> None:
    wanted.note("kubelet")

    assert [note.parts[-3:-1] for note in wanted.root.rglob("kubelet")] == [("run", "wanted")]
