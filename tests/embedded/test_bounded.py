"""A node's own disk: made where it can be, full without the host's being it, gone with its node."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.errors import CannotHere, NoCluster
from chaos.providers.embedded import bounded

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / bounded.HOME).mkdir(parents=True)
    return tmp_path


def test_without_a_disk_of_its_own_nothing_is_filled(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(words: object) -> str:
        raise NoCluster(f"{words}: no such program")

    monkeypatch.setattr(bounded, "run", cannot)
    bounded.lay(disk)

    assert not bounded.is_laid(disk)
    assert not (disk / bounded.IMAGE).exists()
    with pytest.raises(CannotHere, match=f"the disk of {disk.name} is this host's.*mkfs.ext4"):
        bounded.fill(disk)
    bounded.empty(disk)
    assert [*(disk / bounded.HOME).iterdir()] == []


@pytest.fixture
def laid(disk: Path) -> Iterator[Path]:
    bounded.lay(disk)
    if not bounded.is_laid(disk):
        pytest.skip("no mkfs.ext4, or no loop device")
    yield disk
    bounded.take_away(disk)


@ROOT
@pytest.mark.subprocess
def test_a_full_disk_has_no_byte_left_and_the_host_s_has(laid: Path) -> None:
    before = (laid / bounded.IMAGE).stat().st_blocks
    home = laid / bounded.HOME

    bounded.fill(laid)
    bounded.fill(laid)  # twice is once

    assert os.statvfs(home).f_bavail == 0
    with pytest.raises(OSError, match="No space left"):
        (home / "volume").write_bytes(bytes(1 << 20))
    taken = ((laid / bounded.IMAGE).stat().st_blocks - before) * 512  # stat(2): of 512 bytes
    assert taken < 16 << 20

    bounded.empty(laid)
    bounded.empty(laid)

    (home / "volume").write_bytes(bytes(1 << 20))


@ROOT
@pytest.mark.subprocess
def test_it_goes_with_its_node_and_leaves_its_neighbours(laid: Path) -> None:
    bounded.take_away(laid / "lib" / "another")
    assert bounded.is_laid(laid)

    bounded.take_away(laid)
    bounded.take_away(laid)

    assert not bounded.is_laid(laid)
