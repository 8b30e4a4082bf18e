"""Where a run's files lie: `reports/<run>/<scenario>/`, and `reports/latest`."""

from __future__ import annotations

import hashlib
import os
import re
from itertools import count
from pathlib import Path

LONGEST = 80  # with the hash far below the 255 bytes a file name may have


def begin(reports: Path, stamp: str) -> Path:
    """Make a run's folder, named by the moment it began, and point `latest` at it."""
    reports.mkdir(parents=True, exist_ok=True)
    run = _fresh(reports, stamp)
    point_latest(reports, run.name)
    return run


def scenario_folder(run: Path, nodeid: str) -> Path:
    """A scenario's folder, made if it is not there."""
    folder = run / safe_name(nodeid)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scenario_folders(run: Path) -> list[Path]:
    """Every folder of a run that holds a scenario, also one that was cut short."""
    left = ("history.jsonl", "verdicts.json")
    return sorted(f for f in run.iterdir() if f.is_dir() and any((f / n).exists() for n in left))


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
    """The run that a path means: the run itself, or what a `latest` names."""
    if path.is_file() and path.name == "latest":
        return path.parent / path.read_text(encoding="utf-8").strip()
    return path


def _fresh(reports: Path, stamp: str) -> Path:
    for number in count(1):
        run = reports / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            run.mkdir()
        except FileExistsError:
            continue
        return run
    raise AssertionError("counting never ends")
