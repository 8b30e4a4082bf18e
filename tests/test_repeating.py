"""Repetitions are all reported, and no scenario is run again until it is green."""

from __future__ import annotations

from dataclasses import replace

import allure
import pytest

from chaos.clock import seconds
from chaos.judging.verdict import Ruling
from chaos.report.record import Judged, JudgementRecord, Outcome, ScenarioRecord, Stated
from chaos.report.spread import repeated, unnumbered
from chaos.testing import rehearsal

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.loopback  # pytest-rerunfailures sleeps, if only for 0 s
assert allure  # imported here, or each run in this process would import it anew
assert rehearsal

HEAD = '''
from itertools import count
import pytest
from chaos import seconds
from chaos.faults import Crash
from chaos.laws import exited, never_restarted, restarted
from chaos.workloads import deployment

TRIES = count(1)

@pytest.mark.chaos
@pytest.mark.parametrize("code", [3, 4])
def test_crash(code, cluster, chaos):
    """An app that ends with {code} is restarted."""
    web = cluster.run(deployment("web"))
    with chaos.inject(Crash(web, code=code)):
        chaos.expect(restarted(web))
'''
SECOND_TRY = """
@pytest.mark.chaos
def test_second_try(cluster, chaos):
    web = cluster.run(deployment("web"))
    with chaos.inject(Crash(web)):
        spared = never_restarted(web, through=seconds(9))
        chaos.expect(restarted(web) if next(TRIES) > 1 else spared)
"""
MARKED = SECOND_TRY.replace(
    "@pytest.mark.chaos", "@pytest.mark.flaky(reruns=3)\n@pytest.mark.chaos"
)
PLAIN = """
def test_plain(): assert next(TRIES) > 1
"""
FAKE = (
    "-m",
    "chaos",
    "--chaos-cluster=fake",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
)
LAW = Stated("chaos.laws.restart:restarted", "It is restarted.", "restarted(web)")


def run(pytester: pytest.Pytester, text: str, *args: str) -> pytest.RunResult:
    pytester.makepyfile(HEAD + text)
    return pytester.runpytest_inprocess(*FAKE, *args)


def record(number: int, took: float | None, outcome: Outcome = "kept") -> ScenarioRecord:
    ruling = Ruling.BROKEN if took is None else Ruling.HOLDS
    judged = Judged(LAW, ruling, "so", None if took is None else seconds(took))
    proof = JudgementRecord("Crash(web)", 1, seconds(1), (judged,), proof=True)
    judgement = replace(proof, proof=False)
    name = f"test_x.py::test_x[a-{number} of 3]"
    return ScenarioRecord(name, "It comes back.", outcome, judgements=(proof, judgement))


def test_each_scenario_is_run_so_often_and_each_result_is_reported(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, "", "--chaos-repeat=3")

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(
        [
            "kept 3 of 3 * An app that ends with 3 is restarted.",
            "*restarted(workload=web): 3 of 3, shortest * s, median * s, longest * s",
            "kept 3 of 3 * An app that ends with 4 is restarted.",
        ]
    )
    page = (pytester.path / "reports" / "latest" / "index.html").read_text()
    assert page.count("KEPT 3 OF 3") == 2


def test_one_result_that_is_not_green_is_not_hidden_by_the_others(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, SECOND_TRY, "--chaos-repeat=3", "-k", "second")

    result.assert_outcomes(passed=2, failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["broken * Second try [[]1 of 3]", "kept 2 of 3 * Second try"])


def test_tests_that_are_no_scenarios_are_not_repeated(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_other(): pass\n", "--chaos-repeat=3", "-m", "not chaos")

    result.assert_outcomes(passed=1, deselected=6)


@pytest.mark.parametrize(
    ("text", "reruns"),
    [(SECOND_TRY, ("--reruns=3",)), (MARKED, ()), (MARKED, ("--reruns=1",))],
    ids=["by-the-command-line", "by-a-mark", "by-both"],
)
def test_a_scenario_is_not_rerun_into_green(
    pytester: pytest.Pytester, text: str, reruns: tuple[str, ...]
) -> None:
    result = run(pytester, text, *reruns, "-k", "second")

    result.assert_outcomes(failed=1)
    assert "rerun" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["chaos: * are not rerun: --chaos-repeat=N shows all N results"])


def test_other_tests_are_rerun_as_ever(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + PLAIN)

    result = pytester.runpytest_inprocess("--reruns=3", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1, deselected=2)
    assert result.parseoutcomes()["rerun"] == 1


@pytest.mark.parametrize("word", ["0", "-1", "10001", "often"])
def test_what_is_no_number_of_times_is_refused_in_one_line(
    pytester: pytest.Pytester, word: str
) -> None:
    result = run(pytester, "", f"--chaos-repeat={word}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--chaos-repeat (ini: chaos_repeat) takes *, not '{word}'"])


def test_times_are_those_of_the_repetitions_that_held() -> None:
    (scenario,) = repeated([record(1, 2.0), record(2, None, "broken"), record(3, 5.0)])
    (spread,) = scenario.spreads

    assert (scenario.kept, scenario.ran, scenario.well) == (2, 3, False)
    assert (spread.held, spread.judged) == (2, 3)
    assert spread.figures == (("shortest", 2.0), ("median", 3.5), ("longest", 5.0))


def test_a_law_that_never_held_has_no_times() -> None:
    (scenario,) = repeated([record(1, None, "broken"), record(2, None, "broken")])

    assert str(scenario.spreads[0]) == "restarted(web): 0 of 2"


def test_what_was_run_once_was_not_repeated() -> None:
    assert repeated([replace(record(1, 2.0), scenario="test_x.py::test_x[a]")]) == []


@pytest.mark.parametrize(
    ("numbered", "plain"),
    [
        ("t.py::test_x[1 of 3]", "t.py::test_x"),
        ("t.py::test_x[a-12 of 30]", "t.py::test_x[a]"),
        ("t.py::test_x[2 of 3 nodes]", "t.py::test_x[2 of 3 nodes]"),
        ("t.py::test_x", "t.py::test_x"),
    ],
)
def test_a_name_without_its_number(numbered: str, plain: str) -> None:
    assert unnumbered(numbered) == plain
