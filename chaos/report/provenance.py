"""With what a run was made: the programs' versions, and the commit of the user's project."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from chaos.clock import seconds


def versions() -> dict[str, str]:
    """By the program's name."""
    return {
        "pytest-chaos": version("pytest-chaos"),
        "Python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "kubernetes (Python)": version("kubernetes"),
    }


def commit(root: Path) -> tuple[str, bool | None]:
    """The commit of the user's project, and whether its tree was clean; empty without one."""
    commit = _git(root, "rev-parse", "HEAD")
    return commit, (not _git(root, "status", "--porcelain") if commit else None)


def _git(root: Path, *words: str) -> str:
    try:
        said = subprocess.run(
            ["git", *words],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds(5),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()
