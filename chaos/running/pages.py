"""The files of a ledger: whole or not there, and in the order in which they were written."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

from chaos import private

NAME = re.compile(r"(?P<run>\d+)-(?P<number>\d+)-[0-9a-f]{8}\.json")


def write(folder: Path, number: int, text: str) -> Path:
    """A run's page of this number, durably: a crash leaves the whole of it or none."""
    private.folder(folder)
    page = folder / f"{os.getpid()}-{number}-{uuid.uuid4().hex[:8]}.json"
    partial = page.with_suffix(".partial")
    with os.fdopen(private.made(partial), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(page)
    _sync(folder)
    return page


def in_order(folder: Path) -> list[Path]:
    """The pages, oldest first: a run's by their numbers, since clocks may be set back meanwhile."""
    pages = sorted(folder.glob("*.json"), key=_number)
    begun = {_run(page): page.lstat().st_mtime_ns for page in reversed(pages)}
    return sorted(pages, key=lambda page: begun[_run(page)])


def _number(page: Path) -> int:
    """Its place in its run; what somebody else has put there comes first, and so is healed last."""
    named = NAME.fullmatch(page.name)
    return int(named["number"]) if named else 0


def _run(page: Path) -> str:
    """Whose it is; a stranger is a run of its own."""
    named = NAME.fullmatch(page.name)
    return named["run"] if named else page.name


def _sync(folder: Path) -> None:
    """A new name is on disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
