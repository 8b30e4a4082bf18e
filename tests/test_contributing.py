"""CONTRIBUTING.md is enough: what it shows is the code, and what it adds takes three files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = dict(
    re.findall(
        r"^```python\n# (\S+\.py)\n(.*?)^```$",
        (ROOT / "CONTRIBUTING.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)
THERE = sorted(path for path in SHOWN if (ROOT / path).exists())
NEW = sorted(path for path in SHOWN if not (ROOT / path).exists())
EXPORTS = {"chaos/faults": ("noop", "Noop"), "chaos/laws": ("bounds", "restarts_at_most")}
LISTS = ("public_api", "fault_list", "claims", "lint_page", "plan")  # as in scripts/lists
# Each module has its rules; those of modules that nobody has touched are looked at once a run.
TOUCHED = "not test_house_rules or noop or bounds or exports or short"
RULES = ("test_house_rules", "test_public_api", "test_fault_list", "test_claims", "test_plan")


def test_it_shows_a_fault_and_a_law_of_three_files_each() -> None:
    assert NEW == [
        "chaos/faults/noop.py",
        "chaos/laws/bounds.py",
        "tests/faults/test_noop.py",
        "tests/laws/test_bounds.py",
    ]
    assert THERE == ["chaos/faults/down.py"]


@pytest.mark.parametrize("path", THERE)
def test_what_it_shows_of_the_code_is_the_code(path: str) -> None:
    assert SHOWN[path] == (ROOT / path).read_text()


def test_the_lists_are_written_by_the_script_that_it_names() -> None:
    assert " ".join(LISTS) in (ROOT / "scripts/lists").read_text()


class Newcomer:
    """Somebody with a checkout, who has read CONTRIBUTING.md."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        if (known := ROOT / ".mypy_cache").is_dir():  # as whoever has run the checks has it
            shutil.copytree(known, folder / known.name)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def export(self, room: str, module: str, name: str) -> None:
        door = self.folder / room / "__init__.py"
        line = (
            f"from {room.replace('/', '.')}.{module} import {name}\n\n__all__ = [\n    {name!r},\n"
        )
        door.write_text(door.read_text().replace("\n__all__ = [\n", line, 1))

    def run(self, *words: str) -> None:
        environ = {**os.environ, "PYTHONPATH": str(self.folder)}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.subprocess
def test_who_follows_it_has_a_fault_and_a_law_in_three_files_each(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    for path in NEW:
        newcomer.write(path, SHOWN[path])
    for room, (module, name) in EXPORTS.items():
        newcomer.export(room, module, name)
    written = [*NEW, *(f"{room}/__init__.py" for room in EXPORTS)]

    newcomer.run("-m", "ruff", "check", "--fix", *written)
    newcomer.run("-m", "ruff", "format", "--check", *written)
    newcomer.run("-m", "mypy", "tests/fakes.py", *NEW)
    for made in LISTS:
        newcomer.run(f"tests/{made}.py")
    tests = [path for path in NEW if path.startswith("tests/")]
    rules = [f"tests/{rule}.py" for rule in RULES]
    newcomer.run("-m", "pytest", "-q", *tests, *rules, "-k", TOUCHED)
