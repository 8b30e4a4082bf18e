"""What is published of the linter is what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from drafts import linted, of

from chaos.errors import HARNESS_FAILED
from chaos.lint import Severity
from chaos.lint.command import FORMATS, NEVER
from chaos.lint.rules import RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lint.md").read_text()


@pytest.mark.subprocess
def test_the_page_and_the_schema_are_made_from_the_rules() -> None:
    told = subprocess.run(
        [sys.executable, ROOT / "tests/lint_page.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_the_page_names_every_rule_once() -> None:
    assert re.findall(r"^### (CH\d+)$", PAGE, re.MULTILINE) == [rule.id for rule in RULES]


def test_the_page_names_every_format_severity_and_status() -> None:
    options = PAGE.partition("An **error**")[0]

    assert all(f"`{word}`" in options for word in (*FORMATS, *Severity, NEVER))
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == ["0", "1", "4", str(HARNESS_FAILED)]


def test_the_page_s_example_ignores_what_it_names() -> None:
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    example = yaml.safe_load(shown)

    report = linted(of("Deployment", {"name": "app"}, spec={"replicas": 1}) | example)

    assert {one.finding.rule for one in report.ignored} == {"CH010", "CH011"}
    assert [one.rule for one in report.findings] == ["CH001"]
