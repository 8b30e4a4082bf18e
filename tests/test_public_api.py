"""What users import and what it takes: a change of it is seen where it is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import public_api
import pytest

ROOT = Path(__file__).parents[1]
SHOWN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.py"))
INSIDE = {
    "scenarios/test_any_app.py": {"chaos.images.host.interpreter"},  # its own app, in our image
}


def code_of(path: Path) -> list[str]:
    """A module, or what a document shows."""
    text = path.read_text()
    if path.suffix == ".py":
        return [text]
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def imported(path: Path) -> Iterator[str]:
    """The names of ours that are imported, each with its room."""
    for node in (node for code in code_of(path) for node in ast.walk(ast.parse(code))):
        match node:
            case ast.ImportFrom(module=str(room), names=names) if room.partition(".")[0] == "chaos":
                yield from (f"{room}.{alias.name}" for alias in names)
            case ast.Import(names=names):
                yield from (a.name for a in names if a.name.partition(".")[0] == "chaos")
            case _:
                pass


PUBLIC = {f"{room}.{name}" for room in public_api.ROOMS for name in public_api.names(room)}


@pytest.mark.parametrize("path", [*SHOWN, *SCENARIOS], ids=lambda path: path.name)
def test_scenarios_and_documents_import_what_is_public(path: Path) -> None:
    known = INSIDE.get(str(path.relative_to(ROOT)), set())

    assert {*imported(path)} - PUBLIC == known


def test_there_are_imports_to_be_looked_at() -> None:
    assert len({name for path in SCENARIOS for name in imported(path)}) > 50
    assert len({name for path in SHOWN for name in imported(path)}) > 10


def test_the_public_names_and_signatures_are_those_of_the_list() -> None:
    listed, found = public_api.LIST.read_text(), public_api.everything()
    change = unified_diff(listed.splitlines(), found.splitlines(), "listed", "found", lineterm="")

    assert listed == found, "\n".join([*change, "if it is meant: python tests/public_api.py"])
