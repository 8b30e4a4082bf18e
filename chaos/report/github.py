"""The summary of a job on GitHub: what is added to the file that `GITHUB_STEP_SUMMARY` names."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from chaos import private
from chaos.errors import one_line

VARIABLE = "GITHUB_STEP_SUMMARY"
MOST = 1 << 20  # bytes of a step's summary: of one that is larger GitHub shows nothing at all
CLOSED = "\n</details>\n"


def add_summary(text: str, whole: Path) -> Iterator[str]:
    """Add it, and say so if that is not to be done; `whole` is where all of it lies."""
    if not (named := os.environ.get(VARIABLE, "")):
        return
    try:
        _append(Path(named), text, whole)
    except OSError as error:
        yield f"no summary for GitHub: {one_line(named)}: {error.strerror}"


def cut(text: str, most: int, whole: Path) -> str:
    """As many whole lines as fit into so many bytes, with one that says where the others are."""
    if len(text.encode()) <= most:
        return text
    notice = (
        f"\nCut here, since a summary holds 1 MiB. All of it is in `{whole.name}` of the run.\n"
    )
    left, kept, folded = most - len(notice) - len(CLOSED), "", False
    for line in text.splitlines(keepends=True):
        left -= len(line.encode())
        if left < 0:
            break
        kept += line
        folded = line.startswith("<details>") or (folded and line != "</details>\n")
    return kept + (CLOSED if folded else "") + notice if kept else ""


def _append(path: Path, text: str, whole: Path) -> None:
    """A pipe would be waited for, and a device takes anything: neither is a summary."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, private.FILE)
    with os.fdopen(descriptor, "ab") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        apart = "\n\n" if found.st_size else ""  # whatever stands before has ended
        fits = cut(text, MOST - found.st_size - len(apart), whole)
        if not fits:
            raise OSError(errno.EFBIG, "no room is left in it", str(path))
        file.write((apart + fits).encode())
