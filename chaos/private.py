"""Folders and files for nobody else's eyes, from the moment they are there.

The mode is given when a thing is made, never afterwards: between the two anybody could open it.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from chaos.errors import ChaosError

FOLDER, FILE = 0o700, 0o600
WRITE, OTHERS = 0o022, 0o077  # bits of a mode: who else may write, who else may do anything


def cache() -> Path:
    """The user's cache of ours: clusters and seeds on one file system, for hard links."""
    return platformdirs.user_cache_path("pytest-chaos")


def folder(path: Path) -> Path:
    """A folder that only its owner may enter; those that are missing above it are made likewise.

    ChaosError when it is another user's, or others could have put things into it.
    """
    if not path.parent.exists():
        folder(path.parent)
    path.mkdir(mode=FOLDER, exist_ok=True)
    if os.name == "posix":
        _must_be_ours(path)
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(made(path), "wb") as file:
        file.write(content)


def whole(path: Path, content: bytes) -> Path:
    """Write such a file as a whole or not at all."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    write(fresh, content)
    return fresh.replace(path)


def made(path: Path) -> int:
    """The descriptor of a file that only its owner may read, to be written.

    It is a new file in any case: one that was there may be a link, or others may have it open.
    """
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)


def _must_be_ours(path: Path) -> None:
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise ChaosError(
            f"{path} belongs to user {found.st_uid} and this is user {os.geteuid()}, who would run"
            " what the other put there: use a folder of your own (XDG_CACHE_HOME)"
        )
    if found.st_mode & WRITE:
        raise ChaosError(
            f"{path} may be written by others (mode {found.st_mode & 0o777:o}): see what is in it,"
            f" then chmod 700 {path}"
        )
    if found.st_mode & OTHERS:  # of a version that was less careful; nobody has changed anything
        path.chmod(FOLDER)
