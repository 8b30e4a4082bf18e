"""Marks: the rule of docs/grade.md, each clause with its near miss."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chaos.clock import seconds
from chaos.grade.battery import BATTERY as BATTERY_OF_TRIALS
from chaos.judging.verdict import Ruling
from chaos.report.marks import RULE, Came, Grades, Mark, Result, again, grades, mark
from chaos.report.record import Judged, JudgementRecord, Outcome, ScenarioRecord, Stated
from chaos.windows import within

YES: Came = "recovers"
NO: Came = "does not recover"
UNTRIED: Came = "not tested"
BATTERY = ("app:shop::web::crash", "app:shop::web::hang", "app:shop::web::node-death")


def results(crash: Came = YES, node: Came = YES, *others: Came) -> list[Result]:
    came = {"crash": crash, "node-death": node} | {f"other{n}": o for n, o in enumerate(others)}
    return [Result(trial, one, "") for trial, one in came.items()]


@pytest.mark.parametrize(
    ("came", "wanted"),
    [
        pytest.param(results(YES, YES, YES, YES), "A", id="all"),
        pytest.param(results(), "A", id="the-basics-are-all-there-is"),
        pytest.param(results(YES, YES, YES, UNTRIED), "B", id="all-that-was-tried"),
        pytest.param(results(YES, YES, NO, YES), "C", id="but-one"),
        pytest.param(results(YES, YES, NO, UNTRIED), "C", id="but-one-and-another-was-not-tried"),
        pytest.param(results(YES, YES, NO, NO), "D", id="but-two"),
        pytest.param(results(YES, NO, YES), "E", id="but-a-basic"),
        pytest.param(results(NO, YES, YES), "E", id="but-the-other-basic"),
        pytest.param(results(YES, UNTRIED, YES), "E", id="a-basic-that-was-not-tried"),
        pytest.param(results(NO, NO, YES), "F", id="neither-basic"),
        pytest.param(results(NO, UNTRIED, YES), "F", id="neither-basic-for-certain"),
        pytest.param(results(UNTRIED, UNTRIED, UNTRIED), "F", id="nothing"),
        pytest.param([], "F", id="no-trial-at-all"),
    ],
)
def test_the_rule(came: list[Result], wanted: Mark) -> None:
    assert mark(came) == wanted


def test_the_rule_is_in_the_docs_as_the_code_tells_it() -> None:
    text = (Path(__file__).parents[2] / "docs/grade.md").read_text()
    rows = dict(re.findall(r"^\| ([A-F]) \| (.*) \|$", text, re.MULTILINE))

    assert rows == RULE


def test_the_docs_name_every_trial_of_the_battery() -> None:
    text = (Path(__file__).parents[2] / "docs/grade.md").read_text()

    assert re.findall(r"^\| `([-a-z]+)` \|", text, re.MULTILINE) == [
        trial.name for trial in BATTERY_OF_TRIALS
    ]


def test_of_a_basic_that_was_tried_twice_both_must_hold() -> None:
    assert mark([*results(), Result("crash", NO, "")]) == "E"


@given(some.lists(some.sampled_from([YES, NO, UNTRIED]), min_size=2, max_size=6))
def test_who_recovers_from_more_has_no_worse_a_mark(came: list[Came]) -> None:
    before = mark(results(*came))
    for place, one in enumerate(came):
        better = [*came[:place], YES, *came[place + 1 :]]
        assert one == YES or mark(results(*better)) <= before
    assert before in RULE


def record(nodeid: str, outcome: Outcome = "kept", **changes: object) -> ScenarioRecord:
    return replace(ScenarioRecord(nodeid, "web is killed: it is restarted.", outcome), **changes)  # type: ignore[arg-type]


def judged(ruling: Ruling, because: str = "because", *, proof: bool = False) -> JudgementRecord:
    one = Judged(Stated("law", "sentence"), ruling, because, seconds(2), within(seconds(5)))
    return JudgementRecord("Killed(web)", 1, seconds(9), (one,), proof=proof)


def only(*records: ScenarioRecord) -> dict[str, Result]:
    (grade,) = grades(BATTERY, BATTERY, records).grades
    return {result.trial: result for result in grade.results}


def test_a_kept_trial_is_told_with_the_time_of_its_recovery_not_of_its_proof() -> None:
    late = replace(judged(Ruling.HOLDS), verdicts=())
    proof = replace(judged(Ruling.HOLDS), proof=True, frontier=seconds(1))
    kept = record(BATTERY[0], judgements=(proof, late, judged(Ruling.HOLDS)))

    result = only(kept)["crash"]

    assert (result.came, result.took, result.window) == (YES, 2.0, within(seconds(5)))


def test_a_broken_law_says_what_was_seen_instead() -> None:
    lost = record(BATTERY[0], "broken", judgements=(judged(Ruling.BROKEN, "no restart in 4 s"),))

    result = only(lost)["crash"]

    assert (result.came, result.sentence) == (
        NO,
        "web is killed: it is restarted: no, no restart in 4 s",
    )


def test_what_the_spec_does_not_ask_for_is_told_in_its_own_words() -> None:
    weak = record(
        BATTERY[1],
        "broken",
        message="web does not notice a hang",
        judgements=(judged(Ruling.HOLDS),),
    )

    assert only(weak)["hang"].sentence == "web does not notice a hang"


@pytest.mark.parametrize("outcome", ["skipped", "undecided", "not injected", "not steady", "error"])
def test_what_says_nothing_of_the_app_was_not_tested(outcome: Outcome) -> None:
    assert only(record(BATTERY[0], outcome, message="why"))["crash"] == Result(
        "crash", UNTRIED, "why"
    )


def test_a_run_that_was_interrupted_gives_no_marks() -> None:
    ended = [record(BATTERY[0]), record(BATTERY[1], "interrupted")]

    assert grades(BATTERY, BATTERY, ended) == Grades(())


def test_what_was_not_reached_was_not_tested() -> None:
    assert only()["crash"].sentence == "the run ended before it"


def test_a_workload_of_which_a_trial_was_left_out_has_no_mark() -> None:
    db = tuple(nodeid.replace("web", "db") for nodeid in BATTERY)

    found = grades([*BATTERY, *db], [*BATTERY, *db[1:]], [record(BATTERY[0])])

    assert [grade.workload for grade in found.grades] == ["web"]


def test_earlier_marks_are_of_the_same_workload_of_the_same_app() -> None:
    first = grades(BATTERY, BATTERY, [record(nodeid) for nodeid in BATTERY])
    (web,) = first.grades
    others = Grades((replace(web, workload="db"), replace(web, app="other")))

    (now,) = grades(BATTERY, BATTERY, [record(BATTERY[0])], [first, others]).grades

    assert (web.mark, now.mark, now.before) == ("A", "E", ("A",))


def test_a_trial_is_run_again_by_the_app_and_its_name() -> None:
    assert again("app:shop::web::node-death[1 of 2]", "a b") == (
        "--chaos-app='a b' -k 'web and node-death'"
    )
    assert again("tests/test_x.py::test_it[a b]", "") == "'tests/test_x.py::test_it[a b]'"
