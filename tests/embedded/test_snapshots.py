"""Overlays where the kernel makes them, copies where it does not: asked of the kernel itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chaos.providers.embedded import node_files
from chaos.providers.embedded.blocks import Block
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.snapshots import COPIES, OVERLAYS, UNPACKING, way

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

# A folder of its own file system, in mounts that end with the shell.
ON = {
    "tmpfs": "mkdir home",
    "overlay": "mkdir low up work home;"
    " mount -t overlay -o lowerdir=low,upperdir=up,workdir=work overlay home",
}
ASK = """
import sys
from pathlib import Path
from chaos.providers.embedded.snapshots import way
print(way(Path(sys.argv[1])))
"""


def asked_on(kind: str, folder: Path) -> str:
    script = f'mount -t tmpfs tmpfs "$0"; cd "$0"; {ON[kind]}; exec "$1" -c "$2" "$0/home"'
    command = ["unshare", "--mount", "sh", "-ec", script, str(folder), sys.executable, ASK]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_file_system_that_bears_overlays_gets_them(tmp_path: Path) -> None:
    assert asked_on("tmpfs", tmp_path) == OVERLAYS


def test_an_overlay_bears_no_other_so_images_are_copied(tmp_path: Path) -> None:
    assert asked_on("overlay", tmp_path) == COPIES


def test_the_trial_leaves_nothing(tmp_path: Path) -> None:
    way(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.parametrize("how", [OVERLAYS, COPIES])
def test_every_part_of_containerd_is_told(how: str, tmp_path: Path) -> None:
    plan = Plan("blue", Block(3), Path("/programs"), Path("/seed"), snapshotter=how)

    plugins = tomllib.loads(node_files.containerd(plan, disk=tmp_path))["plugins"]

    assert plugins["io.containerd.cri.v1.images"]["snapshotter"] == how
    (unpack,) = plugins["io.containerd.transfer.v1.local"]["unpack_config"]
    assert unpack["snapshotter"] == how
    assert tomllib.loads(UNPACKING.format(way=how))["plugins"]
