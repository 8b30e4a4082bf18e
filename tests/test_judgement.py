from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, Verdict, seconds
from chaos.history.history import History
from chaos.judging.judgement import Judgement, judge, progress
from chaos.judging.law import law
from chaos.judging.questions import may_change, touched
from chaos.laws import never_restarted
from chaos.testing import app_of, at, pod, story
from chaos.workloads.admitted import Workload

APP = app_of(pod("web-1"))
LAW = never_restarted(APP, through=seconds(5))


def judgement(*rulings: Ruling) -> Judgement:
    pairs = tuple((LAW, Verdict(ruling, f"it {ruling.value}")) for ruling in rulings)
    return Judgement("Crash(apps=web)", 1, seconds(9), pairs)


def test_it_knows_its_rulings() -> None:
    one = judgement(Ruling.HOLDS, Ruling.BROKEN)

    assert one.has(Ruling.BROKEN)
    assert not one.has(Ruling.UNKNOWN)
    assert not judgement().has(Ruling.HOLDS)


def test_the_worst_news_comes_first() -> None:
    text = str(judgement(Ruling.HOLDS, Ruling.OPEN, Ruling.UNKNOWN, Ruling.BROKEN))

    first, *lines = text.splitlines()
    assert first == "after Crash(apps=web):"
    assert [line.split()[0] for line in lines] == ["broken", "unknown", "open", "holds"]


def test_what_followed_the_healing_says_so() -> None:
    assert str(replace(judgement(), act="healed")) == "after healing Crash(apps=web):"


def test_a_line_is_a_ruling_the_law_as_called_and_why() -> None:
    line = str(judgement(Ruling.HOLDS)).splitlines()[1]

    assert line == "  holds   never_restarted(workload=web, through=5.0): it holds"


def test_a_fault_that_left_no_trace_has_broken_no_law() -> None:
    proof = replace(judgement(Ruling.BROKEN, Ruling.HOLDS), proof=True)

    lines = str(proof).splitlines()[1:]

    assert [line.partition("never")[0] for line in lines] == ["  no trace ", "  holds   "]


@law
def crashes(aftermath: History, workload: Workload) -> Verdict:
    """This law has a bug."""
    raise KeyError(workload.name)


def test_a_law_that_fails_itself_has_said_nothing() -> None:
    verdict = judge(crashes(APP), story(stood=[pod("web-1")], end=9))

    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because == "the law itself failed: KeyError: 'web'"
    assert judge(LAW, story(stood=[pod("web-1")], end=9)).ruling is Ruling.HOLDS


@law
def waits(aftermath: History, workload: Workload, due: float | None) -> Verdict:
    """This law never decides."""
    return Verdict(Ruling.OPEN, "not yet", due=None if due is None else seconds(due))


@pytest.mark.parametrize(
    ("due", "end", "ruling", "because"),
    [
        (None, 9, Ruling.UNKNOWN, "and says no moment at which it is due: give its verdict `due`"),
        (9, 69, Ruling.OPEN, "not yet"),
        (9, 70, Ruling.UNKNOWN, "the law itself failed: it is open, 61 s after it was due"),
        (99, 70, Ruling.OPEN, "not yet"),
    ],
)
def test_a_law_that_would_be_waited_for_for_ever_has_said_nothing(
    due: float | None, end: float, ruling: Ruling, because: str
) -> None:
    verdict = judge(waits(APP, due), story(stood=[pod("web-1")], end=end))

    assert verdict.ruling is ruling
    assert because in verdict.because


def test_a_judgement_is_of_the_laws_unless_it_is_the_proof_of_the_fault() -> None:
    assert not judgement().proof


OPEN = Verdict(Ruling.OPEN, "not yet", due=seconds(5))


@pytest.mark.parametrize(
    ("verdict", "news", "frontier", "asked"),
    [
        pytest.param(OPEN, {"web"}, 1, True, id="news-of-its-subject"),
        pytest.param(OPEN, {"db"}, 1, False, id="news-of-another"),
        pytest.param(OPEN, set(), 4.9, False, id="before-its-time-is-over"),
        pytest.param(OPEN, set(), 5, True, id="when-it-is"),
        pytest.param(replace(OPEN, due=None), set(), 9, False, id="silence-decides-nothing"),
        pytest.param(replace(OPEN, ruling=Ruling.HOLDS), {"web"}, 9, False, id="it-is-decided"),
    ],
)
def test_a_verdict_may_change_by_news_of_its_subject_or_when_its_time_is_over(
    verdict: Verdict, news: set[str], frontier: float, *, asked: bool
) -> None:
    assert may_change(verdict, LAW, frozenset(news), seconds(frontier)) is asked


def test_what_came_between_two_histories_is_touched() -> None:
    web, db, late = at(1, pod("web-1")), at(2, pod("db-1")), at(3, pod("late-1"))
    whole = story(web, db, late, end=9)
    one, two = replace(whole, last=1), replace(whole, last=2)

    assert {"db", "db-1"} & touched(one, two)
    assert not {"web", "late"} & touched(one, two)


@pytest.mark.parametrize(
    ("dues", "now", "said"),
    [
        ([5], 2, "waiting for never_restarted(web): at most 3 s more"),
        ([5, 9], 2, "waiting for never_restarted(web), never_restarted(web): at most 7 s more"),
        ([5, None], 2, "waiting for never_restarted(web), never_restarted(web): at most 3 s more"),
        ([None], 2, "waiting for never_restarted(web): at most 0 s more"),
        ([1], 2, "waiting for never_restarted(web): at most 0 s more"),
    ],
)
def test_somebody_who_watches_is_told_what_is_waited_for_and_how_long(
    dues: list[float | None], now: float, said: str
) -> None:
    waiting = [replace(OPEN, due=None if due is None else seconds(due)) for due in dues]
    verdicts = [*waiting, Verdict(Ruling.HOLDS, "it did", due=seconds(99))]

    assert progress([LAW] * len(verdicts), verdicts, seconds(now)) == said


def test_no_more_than_three_laws_are_named() -> None:
    assert progress([LAW] * 4, [OPEN] * 4, seconds(1)).count("never_restarted") == 3
