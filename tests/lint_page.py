"""Writes what is published of the linter: docs/lint.md and docs/lint.schema.json.

    python tests/lint_page.py           # writes both
    python tests/lint_page.py --check   # status 1 when they are not what would be written

The page's rules are the rules' own docstrings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from chaos.lint.as_json import schema
from chaos.lint.rule import Rule
from chaos.lint.rules import RULES

ROOT = Path(__file__).resolve().parents[1]
PAGE, SCHEMA = ROOT / "docs" / "lint.md", ROOT / "docs" / "lint.schema.json"
MARK = "<!-- From here on made from the rules by `python tests/lint_page.py`. -->"


def page(head: str) -> str:
    """The whole page: what is written by hand, up to the mark, and the rules."""
    rows = "\n".join(f"| [{r.id}](#{r.id.lower()}) | {r.severity} | {r.title} |" for r in RULES)
    table = f"| | | |\n| --- | --- | --- |\n{rows}"
    return "\n\n".join([head.rstrip(), MARK, "## The rules", table, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for rule in RULES:
        yield f"### {rule.id}"
        yield f"**{rule.title}** {rule.why}"
        yield f"Fix: {rule.fix}"
        yield f"Shown by {_link(rule)}, [claim {rule.claim}](claims.md#claim-{rule.claim})."


def _link(rule: Rule) -> str:
    file, _, name = rule.scenario.partition("::")
    return f"[`{name}`](../{file})"


def main() -> int:
    """Write both, or say which is old."""
    head = PAGE.read_text().partition(MARK)[0]
    made = {PAGE: page(head), SCHEMA: json.dumps(schema(), indent=1) + "\n"}
    if "--check" not in sys.argv[1:]:
        for path, text in made.items():
            path.write_text(text)
        return 0
    old = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    told = [f"{path.relative_to(ROOT)} is old: run python tests/lint_page.py" for path in old]
    sys.stdout.write("\n".join(told or [f"{len(RULES)} rules: up to date"]) + "\n")
    return bool(old)


if __name__ == "__main__":
    sys.exit(main())
