"""Programs out of a release's tar: wanted regular files by their names, and nothing else.

All of an archive is looked at before anything of it is written. One that holds what an archive of
programs has no need of is refused as a whole: links, devices, pipes, names that lead out of it, two
files for one program, or more than fits.
"""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

LARGEST = 1 << 30  # bytes of all its files together; containerd's, the largest, has an eighth
MOST = 1000  # files and folders; the most that a release has is 60


class BadArchive(Exception):
    """It is no archive of programs; the message is one line."""


def unpack(archive: Path, wanted: Sequence[str], folder: Path) -> None:
    """Write the wanted programs into the folder; they lose the folders they lay in."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name, member in _chosen(tar, wanted).items():
                content = tar.extractfile(member)
                assert content is not None  # it is a regular file
                with (folder / name).open("xb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BadArchive(str(error)) from error


def _chosen(tar: tarfile.TarFile, wanted: Sequence[str]) -> dict[str, tarfile.TarInfo]:
    """The members to be written, by program."""
    chosen: dict[str, tarfile.TarInfo] = {}
    whole = 0
    for number, member in enumerate(tar, 1):
        if wrong := _wrong(member):
            raise BadArchive(f"{member.name!r} in it {wrong}: nothing of it is used")
        whole += member.size
        if whole > LARGEST or number > MOST:
            raise BadArchive(f"it holds more than {MOST} files or {LARGEST >> 20} MiB")
        name = PurePosixPath(member.name).name
        if name not in wanted or not member.isreg():
            continue
        if name in chosen:
            raise BadArchive(f"{name} is in it twice: nothing of it is used")
        chosen[name] = member
    return chosen


def _wrong(member: tarfile.TarInfo) -> str:
    """Why a member is not to be in an archive of programs; empty when it may."""
    if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
        return "would lead out of its folder"
    if member.islnk() or member.issym():
        return "is a link"
    return "" if member.isreg() or member.isdir() else "is neither a file nor a folder"
