"""Folders that are whole or not there: filled beside, listed in a manifest, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

MANIFEST = "manifest.json"  # {name: {"size": bytes, "sha256": hex}}


def sha256(file: Path) -> str:
    """The digest of a file's content, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def faults_of(folder: Path, *, verify: bool = False) -> list[str]:
    """What is wrong with a sealed folder; nothing when it is whole.

    Sizes are compared, which costs nothing; with `verify` the contents are too.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        return [
            wrong
            for name, entry in manifest.items()
            for wrong in _faults_of_file(folder / name, entry, verify=verify)
        ]
    except FileNotFoundError:
        return [f"no {MANIFEST}" if folder.exists() else "not there yet"]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        return [f"{MANIFEST} cannot be read: {error}"]


def _faults_of_file(file: Path, entry: dict[str, object], *, verify: bool) -> Iterator[str]:
    if not file.is_file():
        yield f"{file.name} is missing"
    elif (size := file.stat().st_size) != entry["size"]:
        yield f"{file.name} has {size} bytes instead of {entry['size']}"
    elif verify and sha256(file) != entry["sha256"]:
        yield f"{file.name} has another content than when it was stored"


def seal(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make `folder` of what `fill` puts into the empty folder it is given.

    When `fill` raises, nothing of it stays and `folder` is as it was. One at a time: see `alone`.
    """
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        fill(half)
        (half / MANIFEST).write_text(json.dumps(_listed(half), indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _listed(folder: Path) -> dict[str, dict[str, object]]:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return {file.name: {"size": file.stat().st_size, "sha256": sha256(file)} for file in files}


@contextlib.contextmanager
def alone(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a folder. Who has to wait for another run says so first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"another run is filling {folder}: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
