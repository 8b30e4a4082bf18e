"""Setting up: programs are had before anything is timed, by what the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.subprocess

ROOT = Path(__file__).resolve().parents[1]
CHAOS = """#!/bin/sh
echo "chaos $*"
[ -x "$(dirname "$0")/{needs}" ]
"""
PIP = """#!/bin/sh
echo "pip $*"
touch "$(dirname "$0")/go" && chmod +x "$(dirname "$0")/go"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose packages are installed, on a machine without Go."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "programs", tmp_path / "scripts")
    _put(programs / "pip", PIP)
    _put(programs / "uname", "#!/bin/sh\necho Linux\n")
    _put(programs / "id", "#!/bin/sh\necho 0\n")
    return tmp_path


def _put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def programs(checkout: Path) -> tuple[int, list[str]]:
    """The status of scripts/programs, and which commands it ran."""
    path = f"{checkout}/.venv/bin:{os.environ['PATH']}"
    done = subprocess.run(
        [checkout / "scripts" / "programs"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, [line.split()[0] for line in done.stdout.splitlines()]


def test_a_machine_that_has_the_programs_or_can_download_them_needs_no_go(checkout: Path) -> None:
    _put(checkout / ".venv/bin/chaos", CHAOS.format(needs="chaos"))

    assert programs(checkout) == (0, ["chaos"])


def test_a_machine_that_can_only_build_them_is_given_go(checkout: Path) -> None:
    _put(checkout / ".venv/bin/chaos", CHAOS.format(needs="go"))

    assert programs(checkout) == (0, ["chaos", "once", "pip", "chaos"])
    assert programs(checkout) == (0, ["chaos"])


def test_a_machine_that_has_go_and_still_cannot_have_them_is_not_asked_twice(
    checkout: Path,
) -> None:
    _put(checkout / ".venv/bin/chaos", CHAOS.format(needs="luck"))
    _put(checkout / ".venv/bin/go", "")

    status, said = programs(checkout)

    assert status != 0
    assert said == ["chaos"]


@pytest.mark.parametrize(("program", "says"), [("uname", "Darwin"), ("id", "1000")])
def test_where_no_embedded_cluster_can_be_nobody_asks_for_its_programs(
    checkout: Path, program: str, says: str
) -> None:
    _put(checkout / f".venv/bin/{program}", f"#!/bin/sh\necho {says}\n")

    assert programs(checkout) == (0, [])


@pytest.mark.parametrize("asked", ["chaos", "chaos and not slow"])
def test_scenarios_need_nothing_that_only_the_tests_import(asked: str, tmp_path: Path) -> None:
    (tmp_path / "hypothesis.py").write_text("raise ModuleNotFoundError(__name__)\n")
    command = [sys.executable, "-m", "pytest", "-m", asked, "--collect-only", "-q"]
    command += ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]

    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    collected = [line for line in done.stdout.splitlines() if "::" in line]
    assert done.returncode == 0, done.stdout
    assert collected
    assert {line.partition("/")[0] for line in collected} == {"scenarios"}
