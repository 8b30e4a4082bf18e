"""A program of a container, replaced from its node by one that fails at once (exit 1).

What is replaced lies in the container's own layer, under the folder that containerd mounts it at:
the image is as it was, a process that runs has the file it began with, and the container that the
kubelet starts next has a fresh layer. The old file stays beside the new one until it is put back.
"""

from __future__ import annotations

import os
import platform
import struct
import subprocess
from contextlib import suppress
from pathlib import Path, PurePosixPath

from chaos.errors import CannotHere, NoSuchTarget
from chaos.providers.embedded.patience import STEP

BESIDE = ".pytest-chaos"  # what the name of the old file ends with
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # of an image that names none
LINKS = 40  # that the kernel follows at most (path_resolution(7))
# exit(1), in machine code: no library and no interpreter is needed, whatever the image has.
CODE = {
    "x86_64": (62, bytes.fromhex("bf01000000 b83c000000 0f05")),  # mov edi,1; mov eax,60; syscall
    "aarch64": (183, bytes.fromhex("200080d2 a80b80d2 010000d4")),  # mov x0,1; mov x8,93; svc 0
}
LOADED, HEADERS = 0x400000, 64 + 56  # where it is in memory; the ELF header, and one segment's


def spoil(root: Path, program: str, path: str = "") -> None:
    """Replace the program by one that fails. Twice is once; NoSuchTarget when it is not there."""
    file = _found(root, program, path)
    if file in spoiled(root):
        return
    with _list(root).open("a", encoding="utf-8") as noted:  # first: whoever heals knows of it
        noted.write(f"{file.relative_to(root)}\n")
    file.rename(old(file))
    file.write_bytes(fails())
    file.chmod(0o755)


def restore(root: Path) -> None:
    """Put back whatever was replaced. Twice is once."""
    for there in spoiled(root):
        with suppress(FileNotFoundError):  # the container has just ended, and its files with it
            old(there).replace(there)
    _list(root).unlink(missing_ok=True)


def spoiled(root: Path) -> list[Path]:
    """The programs that were replaced, where they lie."""
    try:
        return [root / line for line in _list(root).read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []


def _list(root: Path) -> Path:
    """In the folder that containerd keeps for the container, and removes with it."""
    return root.parent / "pytest-chaos-spoiled"


def run_in(pid: int, program: PurePosixPath) -> int:
    """The exit status of a program, run where a container's process `pid` has its files."""
    words = ["nsenter", "--target", str(pid), "--mount", "--root", "--", str(program)]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, timeout=STEP, check=False
    )
    return done.returncode


def old(file: Path) -> Path:
    """Where the program itself is kept."""
    return file.with_name(file.name + BESIDE)


def fails() -> bytes:
    """The program that fails, for this machine; CannotHere for one that we have no code for."""
    machine = platform.machine()
    if machine not in CODE:
        raise CannotHere(
            f"there is no program that fails for {machine}: only for {', '.join(CODE)}"
        )
    number, code = CODE[machine]
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)  # 64 bits, little-endian
    start, size = LOADED + HEADERS, HEADERS + len(code)
    head = struct.pack("<HHIQQQIHHHHHH", 2, number, 1, start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, LOADED, LOADED, size, size, 0x1000)
    return identity + head + segment + code


def _found(root: Path, program: str, path: str) -> Path:
    """The file that is run for a program's name, as the container's own processes see it."""
    folders = [""] if "/" in program else (path or PATH).split(":")
    for folder in folders:
        file = _inside(root, PurePosixPath(folder or "/") / program)
        if file is not None:
            return file
    raise NoSuchTarget(f"there is no program {program!r} in the container")


def _inside(root: Path, place: PurePosixPath) -> Path | None:
    """A file by its path in the container, links of its folders followed there; None without one.

    The last part may be a link itself: that is what is replaced, not what it leads to.
    """
    folder, parts, left = root, list(place.parts[1:]), LINKS
    while len(parts) > 1:
        step = folder / parts.pop(0)
        if step.is_symlink() and left:
            left -= 1
            target = PurePosixPath(step.readlink())
            folder = root if target.is_absolute() else folder
            parts = [part for part in target.parts if part != "/"] + parts
        elif step.name == "..":
            folder = folder.parent if folder != root else root
        else:
            folder = step
    file = folder / parts[0] if parts else folder
    return file if os.path.lexists(file) and not file.is_dir() else None
