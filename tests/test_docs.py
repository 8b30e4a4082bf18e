"""What the documents show is run, and what their tables say is what the code says."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from chaos import Chaos, Law, minutes, seconds
from chaos.cli import program
from chaos.clock import ManualClock
from chaos.errors import HARNESS_FAILED
from chaos.history.journal import Journal
from chaos.options import HELP, dashed
from chaos.report import provenance
from chaos.running.ledger import Ledger
from chaos.testing import FakeCluster, app_of, pod, rehearsal

pytest_plugins = ["pytester"]
assert rehearsal

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
HEAD = """
import pytest
from chaos import seconds, windows
from chaos.faults import NodeDeath
from chaos.laws import never_replaced, replaced
from chaos.workloads import bare_pod, deployment, manifest
"""
DEPLOY = ROOT / "tests" / "cases" / "replicas-left-to-the-autoscaler.yaml"
SHOP = ROOT / "tests" / "cases" / "shop"


def blocks() -> list[Any]:
    """Every python block, by the file and line it begins in."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text()
        for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text[: match.start()].count("\n") + 1
            found.append(pytest.param(match[1], id=f"{path.name}:{line}"))
    return found


SCENARIOS = [block for block in blocks() if "def test_" in block.values[0]]
OTHERS = [block for block in blocks() if "def test_" not in block.values[0]]


@pytest.mark.parametrize("block", SCENARIOS)
def test_a_scenario_that_is_shown_can_be_rehearsed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")
    pytester.makepyfile(test_shown=HEAD + block)
    shutil.copy(DEPLOY, pytester.path / "deploy.yaml")
    shutil.copytree(SHOP, pytester.path / "shop")

    result = pytester.runpytest_inprocess("-m", "chaos", "--chaos-cluster=fake")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("block", OTHERS)
def test_a_law_or_a_fault_that_is_shown_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    (tmp_path / "shown.py").write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shown", raising=False)
    names = vars(importlib.import_module("shown"))
    monkeypatch.delitem(sys.modules, "shown")
    web = app_of(pod("web-1"))

    shown = {"NodeDeath": "worker1", "LongHang": web}
    if kind := next((name for name in shown if name in names), ""):
        clock = ManualClock()
        journal = Journal(clock)
        fake = FakeCluster(journal, clock)
        fake.run(web)
        monkeypatch.setattr(Ledger, "arm", lambda *_: tmp_path / "page")
        with Chaos(fake, journal, fake, Ledger(tmp_path)).inject(names[kind](shown[kind])):
            assert fake.term == getattr(names[kind], "term", minutes(15))
    else:
        assert isinstance(names["never_replaced"](web, through=seconds(1)), Law)


def test_there_is_something_to_be_run() -> None:
    assert len(SCENARIOS) == 5
    assert len(OTHERS) == 3


def test_the_readme_names_every_option_and_no_other() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `--chaos-")]
    named = {
        name for row in rows for name in re.findall(r"`--chaos-([\w-]+)`", row.split(" | ")[0])
    }

    assert named == {dashed(name) for name in HELP}


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"^\| `chaos (\w+)", README, re.MULTILINE))

    assert named == set(typer.main.get_command(program.app).commands)  # type: ignore[attr-defined]


def test_the_readme_tells_the_exit_statuses_of_the_code() -> None:
    rows = dict(re.findall(r"^\| ([\d, ]+) \| (.*) \|$", README, re.MULTILINE))

    assert "the harness could not do its work" in rows[str(HARNESS_FAILED)]
    assert "broke a law" in rows[str(int(pytest.ExitCode.TESTS_FAILED))]
    own = {int(code) for code in pytest.ExitCode} - {0, 1}
    told = {int(code) for row in rows if "," in row for code in row.split(", ")}
    assert told == own


def test_the_harness_s_exit_status_is_neither_pytest_s_nor_a_shell_s() -> None:
    assert max(pytest.ExitCode) < HARNESS_FAILED < 126
