"""Runs over time: what is drawn, what is called worse, and what two runs differ in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from samples import node_judgement, record

from chaos.errors import Unreadable
from chaos.judging.verdict import Ruling
from chaos.report.compared import compared, renewed
from chaos.report.record import Outcome, RunRecord
from chaos.report.result import (
    RESULT,
    LawResult,
    RunResult,
    ScenarioResult,
    published,
    read_result,
    result,
    write_result,
)
from chaos.report.runs import render, stored, write_runs
from chaos.report.sparkline import sparkline
from chaos.report.trends import Point, changes, trends

ROOT = Path(__file__).parents[2]
LAW = LawResult(
    "restarted(web)", "Hang(web)", "injected", False, Ruling.HOLDS, "so", 2.0, (1.0, 5.0)
)


def scenario(
    outcome: Outcome = "kept", took: float | None = 2.0, **changes: object
) -> ScenarioResult:
    laws = (replace(LAW, took=took),) if outcome == "kept" else ()
    whole = ScenarioResult("test_a", "A hang is noticed", outcome, "", 9.0, laws)
    return replace(whole, **changes)  # type: ignore[arg-type]


def run(name: str, *scenarios: ScenarioResult) -> RunResult:
    return RunResult(name, "2026-11-26T03:00:00+00:00", 9.0, "pytest", "", None, scenarios)


def worse(*points: ScenarioResult) -> str:
    (trend,) = trends([run(f"run{n}", one) for n, one in enumerate(points)])
    return trend.worse


@pytest.mark.parametrize(
    ("points", "told"),
    [
        pytest.param([scenario(), scenario("broken")], "was kept", id="it-broke"),
        pytest.param(
            [scenario("undecided"), scenario("broken")], "was undecided", id="a-worse-end"
        ),
        pytest.param([scenario("broken"), scenario()], "", id="it-got-better"),
        pytest.param([scenario("broken"), scenario("broken")], "", id="as-bad-as-before"),
        pytest.param([scenario()], "", id="nothing-before"),
        pytest.param(
            [scenario(), scenario("broken"), scenario("skipped")], "was kept", id="skipped"
        ),
        pytest.param([scenario(), scenario("looked")], "", id="hurt-nothing-this-time"),
        pytest.param(
            [*[scenario()] * 3, scenario(took=2.1)],
            "later than in 3 runs before: at most 2.0 s",
            id="later-than-ever",
        ),
        pytest.param([*[scenario()] * 2, scenario(took=2.1)], "", id="of-two-only"),
        pytest.param([*[scenario()] * 3, scenario(took=2.0)], "", id="as-late-as-ever"),
        pytest.param([*[scenario()] * 3, scenario(took=None)], "", id="no-time"),
    ],
)
def test_what_is_worse_than_before(points: list[ScenarioResult], told: str) -> None:
    assert worse(*points) == told


def test_who_got_worse_in_the_last_run_comes_first() -> None:
    named = [("a", "kept"), ("b", "broken"), ("c", "kept")]
    first = run("one", *(scenario("kept", scenario=name) for name, _ in named))
    last = run("two", *(scenario(end, scenario=name) for name, end in named))  # type: ignore[arg-type]

    assert [trend.scenario for trend in trends([first, last])] == ["b", "a", "c"]


def test_a_time_is_of_the_first_law_with_a_window_that_is_no_proof() -> None:
    proof = replace(LAW, proof=True, took=9.0)
    control = replace(LAW, took=8.0, window=(8.0, 8.0))  # must not happen until then: no recovery
    told = scenario(laws=(proof, control, LAW))

    (trend,) = trends([run("one", told)])

    assert trend.points[0].took == LAW.took


def test_a_law_that_was_broken_has_no_time_of_recovery() -> None:
    late = scenario(outcome="broken", laws=(replace(LAW, ruling=Ruling.BROKEN),))

    (trend,) = trends([run("one", late)])

    assert trend.points[0].took is None


def test_two_runs_differ_by_ending_by_scenario_and_by_time() -> None:
    before = run(
        "one",
        scenario(scenario="same"),
        scenario(scenario="slower"),
        scenario(scenario="worse"),
        scenario("broken", scenario="better"),
        scenario(scenario="gone"),
    )
    after = run(
        "two",
        scenario(scenario="same"),
        scenario(scenario="slower", took=3.5),
        scenario("undecided", scenario="worse"),
        scenario(scenario="better"),
        scenario(scenario="new"),
    )

    found = changes(before, after)

    assert [change.scenario for change in found] == [
        *("worse", "better", "gone", "new", "slower", "same")
    ]
    assert [change.scenario for change in found if change.worse] == ["worse"]
    assert {c.scenario for c in found if c.differs} == {"worse", "better", "gone", "new"}
    assert {c.scenario: c.slower for c in found}["slower"] == 1.5


def laid(folder: Path, *runs: RunResult) -> None:
    for one in runs:
        (folder / one.name).mkdir(parents=True)
        write_result(folder / one.name, one)


def test_the_command_tells_what_differs_and_whether_it_is_worse(tmp_path: Path) -> None:
    laid(tmp_path, run("one", scenario()), run("two", scenario("broken")))

    told, worse = compared(tmp_path, "one", "two")

    assert told.splitlines() == [
        "one and two: 1 scenarios: 1 ended otherwise, 1 of them worse",
        "  worse  A hang is noticed: kept after 2.0 s -> law broken",
    ]
    assert worse
    assert compared(tmp_path, "two", "one")[1] is False


@pytest.mark.parametrize("name", ["nowhere", "../one", "latest"])
def test_a_run_that_is_not_there_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    laid(tmp_path / "reports", run("one", scenario()))

    with pytest.raises(Unreadable) as refused:
        compared(tmp_path / "reports", "one", name)

    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no folder of runs"):
        renewed(tmp_path / "nowhere")


def test_the_page_is_of_the_last_runs_that_can_be_read(tmp_path: Path) -> None:
    laid(tmp_path, *(run(f"run{n:02}", scenario()) for n in range(33)))
    (tmp_path / "run32" / RESULT).write_text("{")
    (tmp_path / "latest").symlink_to("run31")

    page = write_runs(tmp_path).read_text()

    assert [one.name for one in stored(tmp_path)] == [f"run{n:02}" for n in range(3, 32)]
    assert page.count("run31/index.html") == 1
    assert "run02" not in page


def test_names_are_text_and_no_markup() -> None:
    odd = '<script>x</script>"&\u202e'
    page = render([run(odd, scenario(scenario=odd, sentence=odd))])

    assert "<script>" not in page
    assert "\u202e" not in page


def test_a_sparkline_says_what_it_shows_and_draws_each_run_once() -> None:
    points = [Point("one", "kept", LAW), Point("two", "broken"), Point("three", "skipped")]

    drawn = sparkline(points)

    assert drawn.count("<circle") == 1
    assert drawn.count("<path") == 1
    assert "one: kept after 2.0 s, expected in [1.0, 5.0] s; two: law broken" in drawn


@given(some.lists(some.floats(0, 1e6) | some.none(), min_size=1, max_size=40))
def test_whatever_the_times_are_all_is_inside_the_picture(times: list[float | None]) -> None:
    points = [Point("r", "kept", replace(LAW, took=took)) for took in times]

    places = re.findall(r' (?:cx|cy|x1|y1|y2)="([-\d.e]+)"', sparkline(points))

    assert all(0 <= float(place) <= 180 for place in places)
    assert len(places) >= len(points)


def test_a_run_s_result_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    judged = record("test_a_node_dies", "kept", node_judgement())
    found = result(RunRecord("one", planned=(judged.scenario, "test_later")), [judged])

    write_result(tmp_path, found)

    assert read_result(tmp_path) == found
    assert found.not_run == ("test_later",)
    assert [law.law for law in found.scenarios[0].laws] == [j.law.call for j in judged.rulings]


def test_the_schema_is_published_as_the_code_has_it() -> None:
    assert (ROOT / "docs/result.schema.json").read_text() == published()


def test_a_result_of_version_1_still_loads() -> None:
    old = read_result(Path(__file__).parent / "golden/version-1")

    assert old.version == 1
    assert old.scenarios[0].laws[0].ruling is Ruling.HOLDS
