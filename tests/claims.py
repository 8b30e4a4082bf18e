"""Lists what each claim is shown by, from the scenarios themselves: docs/claims.md.

    python tests/claims.py           # writes docs/claims.md
    python tests/claims.py --check   # status 1 when that file is not what would be written

A scenario names its claims with `@pytest.mark.claim(4, 7)`. Which of its laws are controls their
names say. A claim is shown when a scenario has, about the same fault, a law that must recover and
a control that must not.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import chaos.laws
from chaos.plugin.tracebacks import sentence

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "claims.md"
TEXTS = ROOT / "scenarios" / "claims.toml"
CONTROLS = ("never_", "stays_", "goes_on_", "runtime_never_")
HEAD = """\
# What is shown, and by which scenario

Made from the scenarios by `python tests/claims.py`. Each row is one scenario: its sentence, the
laws that say what must happen, and the controls, which under the same fault must not recover.
Slow ones are run with `--chaos-slow`.
"""


@dataclass(frozen=True)
class Row:
    """One scenario, with one set of its parameters."""

    sentence: str
    nodeid: str
    numbers: tuple[int, ...]
    laws: tuple[str, ...]
    slow: bool = False

    @property
    def claims(self) -> list[str]:
        """The laws that say what must happen."""
        return [law for law in self.laws if not law.startswith(CONTROLS)]

    @property
    def controls(self) -> list[str]:
        """The laws that say what must not."""
        return [law for law in self.laws if law.startswith(CONTROLS)]

    def __str__(self) -> str:
        """As a row of the table."""
        place = self.nodeid.rpartition("/")[2].partition("[")[0]
        slow = " (slow)" if self.slow else ""
        cells = f"{self.sentence}{slow}", f"`{place}`", _names(self.claims), _names(self.controls)
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


class Collected:
    """A plugin that keeps what pytest collects."""

    rows: list[Row]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Each item is a row."""
        self.rows = [row_of(item) for item in session.items if isinstance(item, pytest.Function)]


def row_of(item: pytest.Function) -> Row:
    """What a collected scenario says of itself."""
    numbers = {n for mark in item.iter_markers("claim") for n in mark.args}
    said = " ".join((sentence(item) or item.name).split())
    slow = item.get_closest_marker("slow") is not None
    return Row(said, item.nodeid, tuple(sorted(numbers)), laws_of(item.function), slow)


def laws_of(scenario: Callable[..., Any]) -> tuple[str, ...]:
    """The laws that a scenario names, each once, as they come."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(scenario)))
    named = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    ordered = sorted(named, key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in ordered if node.id in chaos.laws.__all__))


def collect() -> list[Row]:
    """Every scenario, by asking pytest."""
    collected = Collected()
    asked = [
        "--collect-only",
        "-p",
        "no:terminal",
        "-o",
        "addopts=",
        "-m",
        "chaos",
        str(ROOT / "scenarios"),
    ]
    early = "ignore::pytest.PytestAssertRewriteWarning"  # of `chaos`, which is imported above
    if status := pytest.main([*asked, "-p", "no:cacheprovider", "-W", early], plugins=[collected]):
        sys.exit(status)
    return collected.rows


def page(texts: dict[int, str], rows: Sequence[Row]) -> str:
    """The whole document."""
    parts = [HEAD, *(_section(number, text, rows) for number, text in texts.items())]
    return "\n".join(parts)


def missing(texts: Iterable[int], rows: Sequence[Row]) -> Iterator[str]:
    """What is wrong: claims without a pair, marks without a claim, scenarios without a mark."""
    known = set(texts)
    shown = {number for row in rows if row.claims and row.controls for number in row.numbers}
    yield from (f"claim {number} has no pair of a law and a control" for number in known - shown)
    for row in rows:
        if not row.numbers:
            yield f"{row.nodeid} names no claim"
        yield from (f"{row.nodeid}: there is no claim {n}" for n in row.numbers if n not in known)


def texts() -> dict[int, str]:
    """The claims by their numbers."""
    return {int(number): text for number, text in tomllib.loads(TEXTS.read_text()).items()}


def _section(number: int, text: str, rows: Sequence[Row]) -> str:
    table = "| scenario | where | must happen | must not |\n| --- | --- | --- | --- |"
    lines = [str(row) for row in rows if number in row.numbers]
    return "\n".join([f"## Claim {number}\n", f"{text}\n", table, *lines, ""])


def _names(laws: Sequence[str]) -> str:
    return ", ".join(f"`{law}`" for law in laws)


def main() -> int:
    """Write the page, or say how it differs."""
    known, rows = texts(), collect()
    whole, wrong = page(known, rows), list(missing(known, rows))
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(whole)
    elif not PAGE.exists() or PAGE.read_text() != whole:
        wrong.append(f"{PAGE.relative_to(ROOT)} is old: run python tests/claims.py")
    well = f"{len(known)} claims, {len(rows)} scenarios: each claim has a pair"
    sys.stdout.write("\n".join(wrong or [well]) + "\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
