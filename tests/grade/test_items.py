"""`--chaos-app` and `chaos grade`, rehearsed on the fake cluster by runs of their own."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from shop import laid, service, workload, written

from chaos.cli import program
from chaos.errors import NotSteady
from chaos.report import folders, provenance, store
from chaos.report.grading import graded
from chaos.testing import FakeCluster
from chaos.workloads import Spec

pytest_plugins = ["pytester"]

FAKE = ("--chaos-cluster=fake", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
SHOP = (workload(), service(), workload("Pod", "loner", livenessProbe=None, startupProbe=None))
WEB = ["crash", "hang", "leak", "liveness", "startup", "readiness", "users", "node-death"]
LONER = ["crash", "hang", "leak", "node-death"]


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")


@pytest.fixture
def shop(pytester: pytest.Pytester) -> str:
    laid(pytester.path, *SHOP)
    return "--chaos-app=shop.yaml"


def marks(folder: Path) -> dict[str, str]:
    run = folders.find_run(folder / "reports" / "latest")
    return {grade.workload: grade.mark for grade in graded(run)}


def test_there_is_one_item_for_each_workload_and_trial(
    pytester: pytest.Pytester, shop: str
) -> None:
    pytester.makepyfile(test_own="def test_own(): raise AssertionError('was collected')")

    result = pytester.runpytest_inprocess(*FAKE, shop, "--collect-only", "-q")

    there = [line for line in result.outlines if line.startswith("app:")]
    assert there == [
        *(f"app:shop.yaml::web::{trial}" for trial in WEB),
        *(f"app:shop.yaml::loner::{trial}" for trial in LONER),
    ]


def test_they_are_run_beside_what_is_named(pytester: pytest.Pytester, shop: str) -> None:
    named = pytester.makepyfile(test_own="def test_own(): pass")

    result = pytester.runpytest_inprocess(*FAKE, shop, "-k", "own or crash", str(named))

    result.assert_outcomes(passed=3, deselected=10)


def test_each_workload_has_its_mark_and_its_reasons(pytester: pytest.Pytester, shop: str) -> None:
    result = pytester.runpytest_inprocess(*FAKE, shop)

    result.assert_outcomes(passed=10, failed=2)
    result.stdout.fnmatch_lines(
        [
            "web: A: recovers from all*",
            "  recovers  *web is killed: its container is restarted in * s (its spec promises *",
            "loner: E: one of the basics*",
            "  does not recover  loner does not notice a hang: container `api` has no liveness*",
        ]
    )
    assert marks(pytester.path) == {"web": "A", "loner": "E"}
    assert "Traceback" not in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    run = folders.find_run(pytester.path / "reports" / "latest")
    ends = [store.read_scenario(folder).outcome for folder in folders.scenario_folders(run)]
    assert sorted(set(ends)) == ["kept", "unprotected"]


def test_the_page_shows_the_marks_and_the_record_how_to_try_again(
    pytester: pytest.Pytester, shop: str
) -> None:
    pytester.runpytest_inprocess(*FAKE, shop, "-k", "loner")

    run = folders.find_run(pytester.path / "reports" / "latest")
    page = (run / "index.html").read_text()
    assert '<span class="word mark">E</span>' in page
    assert "container `api` has no liveness probe" in page
    again = {store.read_scenario(f).repeat for f in folders.scenario_folders(run)}
    assert "pytest -m chaos --chaos-app=shop.yaml -k 'loner and node-death'" in again


def test_what_was_chosen_alone_is_run_and_not_marked(pytester: pytest.Pytester, shop: str) -> None:
    result = pytester.runpytest_inprocess(*FAKE, shop, "-k", "web and crash")

    result.assert_outcomes(passed=1, deselected=11)
    result.stdout.fnmatch_lines(["kept *web is killed: its container is restarted."])
    assert marks(pytester.path) == {}


def test_repeated_trials_must_all_be_kept(pytester: pytest.Pytester, shop: str) -> None:
    pytester.runpytest_inprocess(*FAKE, shop, "-k", "web", "--chaos-repeat=2")

    run = folders.find_run(pytester.path / "reports" / "latest")
    (web,) = graded(run)
    assert len(web.results) == 2 * len(WEB)
    assert web.mark == "A"


def test_an_app_that_does_not_come_up_is_not_waited_for_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, shop: str
) -> None:
    tries = []

    def run(*specs: Spec) -> NoReturn:
        tries.append(specs)
        raise NotSteady("web did not become ready:\n  web-1: ErrImagePull\n  see: kubectl")

    monkeypatch.setattr(FakeCluster, "run", lambda _, *specs: run(*specs))

    result = pytester.runpytest_inprocess(*FAKE, shop, "-k", "web")

    result.stdout.fnmatch_lines(["web: F: neither*", "  not tested*not started again: web did*"])
    assert len(tries) == 1
    assert result.ret == 10


def test_a_dry_run_plans_every_trial_and_finds_nothing(
    pytester: pytest.Pytester, shop: str
) -> None:
    result = pytester.runpytest_inprocess(*FAKE, shop, "--chaos-dry-run")

    result.assert_outcomes(skipped=len(WEB) + len(LONER))
    result.stdout.fnmatch_lines(["*inject Killed(*"])


def test_earlier_marks_are_told(pytester: pytest.Pytester, shop: str) -> None:
    pytester.runpytest_inprocess(*FAKE, shop, "-k", "web")
    laid(pytester.path, workload(livenessProbe=None), service())

    result = pytester.runpytest_inprocess(*FAKE, shop, "-k", "web")

    result.stdout.fnmatch_lines(["web: C (before: A): the basics hold, and one*"])


def test_marks_that_cannot_be_read_are_no_earlier_marks(
    pytester: pytest.Pytester, shop: str
) -> None:
    pytester.runpytest_inprocess(*FAKE, shop, "-k", "web")
    run = folders.find_run(pytester.path / "reports" / "latest")
    (run / "grades.json").write_text("{")

    result = pytester.runpytest_inprocess(*FAKE, shop, "-k", "web")

    result.stdout.fnmatch_lines(["web: A: recovers from all*"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nowhere.yaml", "nowhere.yaml: cannot be read: No such file or directory"),
        ("empty.yaml", "empty.yaml: no workload is in there: CronJob, *"),
        ("odd.yaml", "odd.yaml:1: an object is wanted, this is list"),
        ("odd.yaml,", "--chaos-app (ini: chaos_app) takes files and folders with commas *"),
    ],
)
def test_what_cannot_be_tried_is_one_line_and_wrong_usage(
    pytester: pytest.Pytester, given: str, told: str
) -> None:
    (pytester.path / "empty.yaml").write_bytes(written(service()))
    (pytester.path / "odd.yaml").write_text("- 1\n")

    result = pytester.runpytest_inprocess(*FAKE, f"--chaos-app={given}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])
    assert not (pytester.path / "reports").exists()


def graded_by_command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit status of `chaos grade` with these words."""
    monkeypatch.setattr(sys, "argv", ["chaos", "grade", *words, "--cluster", "fake"])
    monkeypatch.setattr("chaos.grade.command.IN_HERE", ("-p", "no:hypothesispytest"))
    with pytest.raises(SystemExit) as left:
        program.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([], 0),
        (["--fail-under", "never"], 0),
        (["--fail-under", "E"], 0),
        (["--fail-under", "D"], 1),
    ],
)
@pytest.mark.usefixtures("shop")
def test_the_command_s_status_is_of_the_marks(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
) -> None:
    (pytester.path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")

    assert graded_by_command(monkeypatch, "shop.yaml", *words) == status
    assert marks(pytester.path) == {"web": "A", "loner": "E"}
    run = folders.find_run(pytester.path / "reports" / "latest")
    assert store.read_run(run).command == "chaos grade shop.yaml --cluster fake"


def test_what_is_piped_is_graded(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written(*SHOP))))

    assert graded_by_command(monkeypatch, "-", "--reports", "here") == 0
    (run,) = (pytester.path / "here").glob("2*")
    assert json.loads((run / "grades.json").read_text())["grades"][0]["app"] == "stdin.yaml"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name a file, a folder or -, or say -k FOLDER"),
        (["a,b"], "a comma cannot be in the name of what is graded: 'a,b'"),
        (["shop.yaml", "--fail-under", "G"], "--fail-under takes A, B, C, D, E, F or never"),
        (["shop.yaml", "--nodes", "0"], "--nodes takes a number from 1 to 30, not '0'"),
        (["nowhere.yaml"], "nowhere.yaml: cannot be read"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_the_command_cannot_use_is_one_line_and_wrong_usage(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    assert graded_by_command(monkeypatch, *words) == 4
    assert told in capfd.readouterr().err


def test_of_several_containers_the_first_is_tried(pytester: pytest.Pytester) -> None:
    """Both have probes of every kind, and nobody says which is meant: none of it is an error."""
    pair = workload()
    containers = pair["spec"]["template"]["spec"]["containers"]
    containers.append(containers[0] | {"name": "beside"})
    laid(pytester.path, pair, service())

    result = pytester.runpytest_inprocess(*FAKE, "--chaos-app=shop.yaml")

    assert result.parseoutcomes().keys() == {"passed"}
    result.stdout.fnmatch_lines(["web: A: recovers from all*"])
    result.stdout.no_fnmatch_line("*say which is meant*")
