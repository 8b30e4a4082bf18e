"""How containerd keeps the file systems of containers: as overlays, or as whole copies.

An overlay wants a file system below it that can bear one: another overlay cannot (a home inside a
container: dev containers, Codespaces, CI), nor can NFS. Copies work everywhere; each container
takes its image's size, and the time to copy it. So it is tried, not guessed from a name.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from chaos.errors import NoCluster
from chaos.providers.embedded.program import run

# Who imports an image, or pulls one, asks containerd's transfer service, which has its own setting.
UNPACKING = """[[plugins.'io.containerd.transfer.v1.local'.unpack_config]]
  platform = "linux"
  snapshotter = "{way}"
"""
OVERLAYS, COPIES = "overlayfs", "native"  # containerd's names for the two

# In mounts of its own, which end with it. A file that is there is removed: who cannot keep that
# (a whiteout) mounts all the same, and fails later.
TRIAL = """cd "$1"
mkdir low up work all
touch low/file
mount -t overlay -o lowerdir=low,upperdir=up,workdir=work overlay all
rm all/file
mkdir all/folder
test ! -e all/file
"""


def way(folder: Path) -> str:
    """The way that works on a folder's file system, by containerd's name for it."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        try:
            run(["unshare", "--mount", "sh", "-ec", TRIAL, "sh", place])
        except NoCluster:
            return COPIES
    return OVERLAYS
