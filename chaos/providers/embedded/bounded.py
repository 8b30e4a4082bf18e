"""A disk of bounded size for a node's kubelet, so that it can be full while the host's is not.

An ext4 file system in a sparse file of the node's folder, mounted for the host, so that a power
cut of the node leaves it. Allocated and never written, its blocks take no room on the host's disk.
Where it cannot be made (no mkfs.ext4, no loop device), the kubelet's folder is the host's disk, as
it was, and cannot be filled.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from chaos.errors import CannotHere, NoCluster
from chaos.providers.embedded.program import run

HOME = Path("lib/kubelet")  # on the node's disk; the kubelet's nodefs
IMAGE, FILLING = "kubelet.img", "filled-by-pytest-chaos"
SIZE = 4 << 30  # bytes; 2.2 MB of them are taken on the host's disk at first
MAKE = ("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "nodiscard")


def lay(disk: Path) -> None:
    """Make it, if this host can."""
    image = disk / IMAGE
    with image.open("wb") as file:
        file.truncate(SIZE)
    try:
        run([*MAKE, image])
        run(["mount", "-o", "loop", image, disk / HOME])
    except NoCluster:
        image.unlink()


def is_laid(disk: Path) -> bool:
    """Whether this node has such a disk."""
    return (disk / HOME).is_mount()


def fill(disk: Path) -> None:
    """Leave no byte of it free. Twice is once."""
    if not is_laid(disk):
        raise CannotHere(
            f"the disk of {disk.name} is this host's, which is not to be filled: "
            "for one of its own mkfs.ext4 (e2fsprogs) and a loop device are needed"
        )
    with (disk / HOME / FILLING).open("ab") as file:
        left = SIZE
        while 0 < (free := _free(disk)) < left:
            left = free
            with suppress(OSError):  # the file's own bookkeeping may take the last blocks
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)


def empty(disk: Path) -> None:
    """Free what was filled. Twice is once."""
    (disk / HOME / FILLING).unlink(missing_ok=True)


def take_away(folder: Path) -> None:
    """Unmount all such disks below a folder, those that are free for it."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = Path(line.split()[1])
        if place.is_relative_to(folder):
            with suppress(NoCluster):  # busy for a moment after its node's end: asked again
                run(["umount", place])


def _free(disk: Path) -> int:
    told = os.statvfs(disk / HOME)
    return told.f_bavail * told.f_frsize
