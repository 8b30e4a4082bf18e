"""Where a run's files lie: `reports/<run>/<scenario>/`, and `reports/latest`."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

import filelock

from chaos.errors import Unreadable, one_line, quoted
from chaos.files import FEW, read
from chaos.private import FILE, FOLDER

PAGE = "index.html"
GOING = "going.lock"  # held by the process that writes the run, as long as that lives
LONGEST = 80  # with the hash far below the 255 bytes a file name may have


def begin(reports: Path, stamp: str) -> Path:
    """Make a run's folder, named by the moment it began, and point `latest` at it."""
    must_take(reports)
    reports.mkdir(mode=0o755, parents=True, exist_ok=True)  # others may look, never put
    run = _fresh(reports, stamp)
    point_latest(reports, run.name)
    return run


def must_take(reports: Path) -> None:
    """Raise OSError, before anything is made, where no run's folder can be."""
    there = next((p for p in (reports, *reports.absolute().parents) if os.path.lexists(p)), reports)
    latest = reports / "latest"
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if latest.is_dir() and not latest.is_symlink():
        raise FileExistsError(
            errno.EEXIST, "a folder, where the link to a run is to be", str(latest)
        )
    try:  # whether it can be written to only trying tells, whatever rights one has
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:  # it names a file of which nobody has heard
        raise OSError(error.errno, error.strerror, str(there)) from error


def join(run: Path) -> None:
    """Make a run's folder, or find it made by another process of the same run."""
    run.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    run.mkdir(mode=FOLDER, exist_ok=True)
    point_latest(run.parent, run.name)


def hold(run: Path) -> filelock.BaseFileLock:
    """Say that a run goes on, until this process ends or lets go; a worker's run is its first's."""
    lock = filelock.FileLock(run / GOING, mode=FILE)
    with suppress(filelock.Timeout):
        lock.acquire(timeout=0)
    return lock


def let_go(lock: filelock.BaseFileLock) -> None:
    """The run has come to its end; a worker that never held it leaves it alone."""
    if lock.is_locked:
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def goes_on(run: Path) -> bool:
    """Whether a living process writes this run."""
    if not (run / GOING).exists():
        return False
    lock = hold(run)
    held = lock.is_locked
    let_go(lock)
    return not held


def scenario_folder(run: Path, nodeid: str) -> Path:
    """A scenario's folder, made if it is not there."""
    folder = run / safe_name(nodeid)
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    return folder


def scenario_folders(run: Path) -> list[Path]:
    """Every folder of a run that holds a scenario, also one that was cut short.

    A run may come from elsewhere: a link in it leads to what is no part of it, and is none.
    """
    left = ("history.jsonl", "verdicts.json")
    inside = (f for f in run.iterdir() if f.is_dir() and not f.is_symlink())
    return sorted(f for f in inside if any((f / n).exists() for n in left))


def safe_name(nodeid: str) -> str:
    """A node id as one folder name; where that loses something, a hash keeps it unique."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", nodeid).strip("-")[:LONGEST].strip("-")
    if plain and plain == nodeid:
        return plain
    digest = hashlib.sha256(nodeid.encode(errors="surrogatepass")).hexdigest()[:10]
    return f"{plain}-{digest}".lstrip("-")


def point_latest(reports: Path, name: str) -> None:
    """Point `reports/latest` at a run: a link, or a file with the name where links are refused."""
    latest, fresh = reports / "latest", reports / f".latest-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(name, target_is_directory=True)
    except (OSError, NotImplementedError):
        fresh.write_text(name + "\n", encoding="utf-8")
    fresh.replace(latest)


def find_run(path: Path) -> Path:
    """The run that a path means: the run itself, or what a `latest` names, which lies beside it."""
    if path.name != "latest" or not path.is_file():
        return path
    try:
        name = read(path, most=FEW).decode().strip()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{one_line(path)}: {one_line(error)}. Name a run's folder") from error
    if not name.isprintable() or name in {"", ".", ".."} or Path(name).name != name:
        raise Unreadable(
            f"{one_line(path)}: {quoted(name)} is no run beside it. Name a run's folder"
        )
    return path.parent / name


def _fresh(reports: Path, stamp: str) -> Path:
    for number in count(1):
        run = reports / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            run.mkdir(mode=FOLDER)
        except FileExistsError:
            continue
        return run
    raise AssertionError("counting never ends")
