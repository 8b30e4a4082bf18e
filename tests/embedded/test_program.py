"""A program's start: it has begun, or it is told what it said last."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.clock import seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import program
from chaos.providers.embedded.cgroup import V2
from chaos.providers.embedded.program import Program

pytestmark = pytest.mark.subprocess


@pytest.mark.timeout(60)
def test_one_that_ends_at_once_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it said is in the contract: a folder in the place of a group does not list a child."""
    monkeypatch.setattr(program, "STEP", seconds(3600))
    group = V2("/node", tmp_path)
    group.folder.mkdir()
    (group.folder / "cgroup.procs").touch()
    unlucky = Program("kube-apiserver", group, tmp_path / "kube-apiserver.log")

    with pytest.raises(NoCluster, match="kube-apiserver ended; it said last"):
        unlucky.start(["true"], assets=tmp_path, folder=tmp_path)
