"""Images that only some scenarios need, and those that a user brings to a run.

A start of the cluster is none the slower for the first: they come when a scenario needs them. What
was ordered stays in the cluster's folder, so that a node which boots later, or is added, has it
before its kubelet starts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import filelock

from chaos import private
from chaos.clock import minutes
from chaos.errors import NoCluster, one_line
from chaos.providers.embedded.node_files import SOCKET
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.program import run
from chaos.providers.embedded.seed import Image

STOCKED = "stocked"  # a folder of a node's disk: one file for each image that it has
LONGEST = minutes(10)  # for one import: a user's images may be gigabytes
Enter = Callable[..., list[str | Path]]


class Archive(Protocol):
    """A file of a user's, and the names of the images in it."""

    @property
    def tar(self) -> Path:
        """The file."""

    @property
    def names(self) -> tuple[str, ...]:
        """As pods call them."""


def order(plan: Plan, image: Image) -> None:
    """Keep an image for every node of the cluster. Twice is once."""
    folder = private.folder(_ordered(plan))
    with suppress(FileExistsError):
        os.link(image.tar, folder / image.tar.name)


@contextmanager
def loading(plan: Plan, archive: Archive) -> Iterator[None]:
    """Keep a user's archive for every node; the block stocks those that are there.

    It takes the place of one that had images of the same names. One that the block could not stock
    is not kept: nodes that boot later would fail by it, too.
    """
    try:
        kept = _copied(plan, archive)
    except OSError as error:
        raise NoCluster(f"{one_line(archive.tar)} cannot be copied: {one_line(error)}") from error
    try:
        yield
    except NoCluster as error:
        kept.unlink()
        reason = one_line(str(error).splitlines()[-1])  # before it: what containerd only warns of
        raise NoCluster(f"{one_line(archive.tar)} cannot be loaded: {reason}") from error
    for older in _ordered(plan).glob(f"{_prefix(archive)}*.tar"):
        if older != kept:
            older.unlink()


def stock(plan: Plan, disk: Path, enter: Enter) -> None:
    """Give a node what was ordered; `enter` makes a command one that runs inside it.

    The oldest first, so that of two images with one name the newer is kept; and what was ordered
    again after another had taken its place comes again.
    """
    for tar in sorted(_ordered(plan).glob("*.tar"), key=_age):
        has = private.folder(disk / STOCKED) / tar.name
        with filelock.FileLock(f"{has}.lock", mode=private.FILE):
            if not has.exists() or _age(has) < _age(tar):
                ctr = (plan.assets / "ctr", "--address", SOCKET, "--namespace", "k8s.io")
                unpack = ("images", "import", "--snapshotter", plan.snapshotter)
                run(enter(*ctr, *unpack, tar), within=LONGEST)
                has.touch()


def _copied(plan: Plan, archive: Archive) -> Path:
    """A copy, not a link: a build may write the user's file again, in place."""
    with archive.tar.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        kept = private.folder(_ordered(plan)) / f"{_prefix(archive)}{content}.tar"
        if kept.exists():
            return kept
        half = kept.with_suffix(".half")
        file.seek(0)
        try:
            with os.fdopen(private.made(half), "wb") as copy:
                shutil.copyfileobj(file, copy)
            half.rename(kept)
        finally:
            half.unlink(missing_ok=True)
    return kept


def _prefix(archive: Archive) -> str:
    names = " ".join(archive.names).encode()
    return f"loaded-{hashlib.sha256(names).hexdigest()[:16]}-"


def _age(file: Path) -> int:
    """When it was written, in ns: by one filesystem's clock."""
    return file.stat().st_mtime_ns


def _ordered(plan: Plan) -> Path:
    return plan.home.path / "supplies"
