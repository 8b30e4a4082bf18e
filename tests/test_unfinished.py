"""A run that was killed, or goes on, has a page all the same."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.report import folders, unfinished
from chaos.report.result import read_result

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.subprocess

SCENARIOS = '''
import os, signal
import pytest
from chaos.faults import Crash
from chaos.laws import restarted
from chaos.workloads import deployment

pytestmark = pytest.mark.chaos


def test_first(cluster, chaos):
    """All was well before."""
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app))


def test_second(cluster, chaos):
    """It is cut off."""
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        if not os.path.exists("again"):
            open("again", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        chaos.expect(restarted(app))


def test_third(cluster, chaos):
    """It is not reached."""
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app))
'''
FAKE = ("-m", "chaos", "--chaos-cluster=fake", "-p", "no:cacheprovider")


@pytest.fixture
def killed(pytester: pytest.Pytester) -> Path:
    """The folder of a run that was ended by SIGKILL in its second scenario of three."""
    pytester.makepyfile(test_it=SCENARIOS)
    run = pytester.runpytest_subprocess(*FAKE, timeout=LONG)
    assert run.ret == -9
    reports = pytester.path / "reports"
    return reports / (reports / "latest").readlink()


def outcomes(run: Path) -> dict[str, str]:
    return {one.sentence: one.outcome for one in read_result(run).scenarios}


def test_a_killed_run_s_page_is_made_from_what_is_there(
    pytester: pytest.Pytester, killed: Path
) -> None:
    assert not (killed / "index.html").exists()

    command = (sys.executable, "-c", "from chaos.cli.program import main; main()")
    said = pytester.run(*command, "report", "reports/latest", timeout=LONG).stdout.str()

    assert said.strip() == "page: reports/latest/index.html"
    page = (killed / "index.html").read_text()
    assert "3 scenarios: 1 kept, 1 interrupted, 1 not run." in page
    assert unfinished.KILLED in page
    assert outcomes(killed) == {"All was well before.": "kept", "It is cut off.": "interrupted"}
    assert [one.rpartition("::")[2] for one in read_result(killed).not_run] == ["test_third"]


def test_the_next_run_makes_it_and_says_so(pytester: pytest.Pytester, killed: Path) -> None:
    run = pytester.runpytest_subprocess(*FAKE, timeout=LONG)

    assert run.ret == 0
    words = f"the run {killed.name} was killed: its page is reports/{killed.name}/index.html"
    assert words in run.stdout.str()
    assert outcomes(killed) == {"All was well before.": "kept", "It is cut off.": "interrupted"}
    again = pytester.runpytest_subprocess(*FAKE, timeout=LONG)
    assert "was killed" not in again.stdout.str()


def test_a_run_that_goes_on_is_no_dead_one(pytester: pytest.Pytester, killed: Path) -> None:
    held = folders.hold(killed)

    assert unfinished.finish_dead(killed.parent) == []
    unfinished.finish(killed)
    assert unfinished.GOES_ON in (killed / "index.html").read_text()

    folders.let_go(held)
    (killed / "index.html").unlink()
    assert len(unfinished.finish_dead(killed.parent)) == 1


def test_a_run_that_has_ended_loses_nothing_by_being_told_again(
    pytester: pytest.Pytester, killed: Path
) -> None:
    pytester.runpytest_subprocess(*FAKE, timeout=LONG)
    run = folders.find_run(killed.parent / "latest")
    before = read_result(run)

    unfinished.finish(run)

    assert read_result(run) == before


def test_a_dead_run_that_cannot_be_read_keeps_no_other_from_its_page(
    pytester: pytest.Pytester, killed: Path
) -> None:
    broken = killed.parent / "20000101T000000Z"
    broken.mkdir()
    (broken / "run.json").write_text("{")

    assert len(unfinished.finish_dead(killed.parent)) == 1
    assert not (broken / "index.html").exists()
