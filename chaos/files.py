"""Files that somebody else may have written: read whole, or refused; never waited for.

A pipe that nobody fills, a device without an end and a file too large for memory are no input.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST = 1 << 30  # bytes: more than this as one history does not fit in the memory of a laptop
FEW = 1 << 22  # bytes, for what people write: an API server takes no request over 3 MiB
KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def read(path: Path, *, most: int = MOST) -> bytes:
    """The bytes of a file; OSError for what is none, cannot be read, or is larger than `most`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # a zero byte
        raise OSError(errno.EINVAL, "no path of a file", str(path)) from error
    try:
        found = os.fstat(descriptor)
        if kind := KINDS.get(stat.S_IFMT(found.st_mode)):
            raise OSError(errno.EINVAL, f"{kind}, not a file", str(path))
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most >> 20} MiB", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)
