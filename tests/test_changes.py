"""What users will notice is told at a release: every fragment can be made a part of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in TOOL["type"]]
FRAGMENTS = sorted((ROOT / "changes").glob("*.md"))
NAME = re.compile(rf"(\d+|\+[a-z0-9-]+)\.({'|'.join(KINDS)})\.md")


def test_each_fragment_has_a_name_that_a_release_takes() -> None:
    assert [file.name for file in FRAGMENTS if not NAME.fullmatch(file.name)] == ["README.md"]


def test_the_kinds_are_told_where_they_are_asked_for() -> None:
    told = re.findall(r"^- `(\w+)`:", (ROOT / "changes/README.md").read_text(), re.MULTILINE)

    assert told == KINDS


@pytest.mark.subprocess
def test_a_release_would_tell_of_each_of_them() -> None:
    draft = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "0.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert draft.returncode == 0, draft.stderr
    said = " ".join(draft.stdout.split())
    for file in FRAGMENTS:
        if NAME.fullmatch(file.name):
            assert " ".join(file.read_text().split()) in said
