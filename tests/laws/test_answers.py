from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Law, Ruling, seconds
from chaos.history.facts import Answered, Entry, Pod
from chaos.laws import (
    say_ill,
    serves,
    start_slowly,
    stays_hung,
    stop_answering,
)
from chaos.testing import app_of, gap, pod, story
from chaos.windows import Window, trace

WEB, TWIN = pod("web-1"), pod("web-2")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)


def says(
    moment: float, pod: Pod = WEB, *, status: int | None = 200, **report: bool | float
) -> Answered:
    return Answered(seconds(moment), pod.uid, pod.workload, status, dict(report) or None)


HUNG = says(1, status=None, hung=True)


@pytest.mark.parametrize(
    ("law", "answer", "ruling"),
    [
        pytest.param(stop_answering(APP), HUNG, Ruling.HOLDS, id="hung"),
        pytest.param(
            stop_answering(APP),
            says(1, status=200, hung=True),
            Ruling.BROKEN,
            id="hung-but-answers",
        ),
        pytest.param(
            stop_answering(APP), says(1, status=None, hung=False), Ruling.BROKEN, id="only-slow"
        ),
        pytest.param(stop_answering(APP), says(1, status=None), Ruling.UNKNOWN, id="dead"),
        pytest.param(
            stop_answering(APP),
            says(1, TWIN, status=None, hung=True),
            Ruling.UNKNOWN,
            id="another-pod-hangs",
        ),
        pytest.param(
            say_ill(APP, status=500), says(1, health_status=500), Ruling.HOLDS, id="says-ill"
        ),
        pytest.param(
            say_ill(APP, status=500), says(1, health_status=503), Ruling.BROKEN, id="other-status"
        ),
        pytest.param(say_ill(APP, status=500), says(1), Ruling.UNKNOWN, id="no-report"),
        pytest.param(
            say_ill(APP, status=500),
            says(5, health_status=500),
            Ruling.HOLDS,
            id="at-the-last-moment",
        ),
        pytest.param(
            say_ill(APP, status=500), says(30, health_status=500), Ruling.HOLDS, id="heard-of-late"
        ),
        pytest.param(
            say_ill(APP, status=500), says(30.1, health_status=500), Ruling.UNKNOWN, id="too-late"
        ),
    ],
)
def test_an_answer_proves_an_illness_by_near_misses(
    law: Law, answer: Answered, ruling: Ruling
) -> None:
    assert law.judge(story(answer, stood=[WEB], end=40)).ruling is ruling


def test_every_pod_must_have_fallen_silent() -> None:
    law = stop_answering(BOTH)
    both = story(HUNG, says(2, TWIN, status=None, hung=True), end=20, stood=[WEB, TWIN])

    well = says(2, TWIN, hung=False)

    assert law.judge(story(HUNG, well, end=20, stood=[WEB, TWIN])).ruling is Ruling.BROKEN
    assert law.judge(story(HUNG, end=40, stood=[WEB, TWIN])).ruling is Ruling.UNKNOWN
    assert law.judge(both).ruling is Ruling.HOLDS


def test_what_is_asked_at_the_deadline_is_open_and_says_whom_to_ask() -> None:
    verdict = stays_hung(APP, through=seconds(10)).judge(story(HUNG, end=20, stood=[WEB, TWIN]))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, seconds(10), (APP.pod,))


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(10, status=None, hung=True), Ruling.HOLDS, id="still-hung"),
        pytest.param(says(10, status=200, hung=False), Ruling.BROKEN, id="answers"),
        pytest.param(says(10, status=None), Ruling.UNKNOWN, id="nobody-there"),
        pytest.param(says(9.9, status=None, hung=True), Ruling.OPEN, id="asked-too-early"),
        pytest.param(says(10, TWIN, status=None, hung=True), Ruling.OPEN, id="another-pod"),
    ],
)
def test_staying_hung_is_ruled_on_by_the_first_answer_at_the_deadline(
    answer: Answered, ruling: Ruling
) -> None:
    law = stays_hung(APP, through=seconds(10))

    assert law.judge(story(HUNG, answer, end=20, stood=[WEB, TWIN])).ruling is ruling


def test_staying_hung_is_a_law_about_every_pod() -> None:
    law = stays_hung(BOTH, through=seconds(10))
    well = says(11, TWIN, status=200, hung=False)
    aftermath = story(says(10, status=None, hung=True), well, end=20, stood=[WEB, TWIN])

    verdict = law.judge(aftermath)

    assert (verdict.ruling, verdict.because) == (Ruling.BROKEN, "it answers again after 11.0 s")
    ill = says(11, TWIN, status=None, hung=True)
    assert (
        law.judge(story(says(10, status=None, hung=True), ill, end=20, stood=[WEB, TWIN])).ruling
        is Ruling.HOLDS
    )


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(10, status=200, hung=False), Ruling.HOLDS, id="serves"),
        pytest.param(says(10, status=399, hung=False), Ruling.HOLDS, id="the-last-that-is-none"),
        pytest.param(says(10, status=400, hung=False), Ruling.BROKEN, id="but-an-error"),
        pytest.param(says(10, status=None, hung=False), Ruling.BROKEN, id="but-no-answer"),
        pytest.param(says(10, status=None), Ruling.UNKNOWN, id="but-nobody-is-there"),
        pytest.param(says(9.9, status=200, hung=False), Ruling.OPEN, id="but-too-early"),
    ],
)
def test_serving_in_the_end_by_near_misses(answer: Answered, ruling: Ruling) -> None:
    law = serves(APP, after=seconds(10))

    assert law.judge(story(answer, stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(10, status=None, slow_seconds=9.0), Ruling.HOLDS, id="slowly"),
        pytest.param(says(30.1, status=None, slow_seconds=9.0), Ruling.UNKNOWN, id="but-seen-late"),
        pytest.param(says(10, status=None, slow_seconds=0.0), Ruling.BROKEN, id="but-not-slow"),
        pytest.param(says(10, slow_seconds=9.0), Ruling.BROKEN, id="but-it-is-there"),
        pytest.param(says(10), Ruling.UNKNOWN, id="but-it-says-nothing"),
    ],
)
def test_a_slow_start_by_near_misses(answer: Answered, ruling: Ruling) -> None:
    assert start_slowly(APP, slow=9).judge(story(answer, stood=[WEB], end=40)).ruling is ruling


def later(*answers: Entry, start: float, end: float) -> History:
    """A history whose fault is in force at `start`, tried half a second before."""
    opened = seconds(start - 0.5)
    return replace(story(*answers, end=end, stood=[WEB, TWIN]), opened=opened, start=seconds(start))


@pytest.mark.parametrize(
    ("answers", "due"),
    [
        pytest.param([], 2, id="nobody-was-asked"),
        pytest.param([says(1.9)], 2, id="nobody-since-the-injection"),
        pytest.param([says(2)], 3, id="a-second-after-the-last"),
        pytest.param([says(2), says(3.5)], 4.5, id="the-last-of-all"),
        pytest.param([says(2), says(3.5, TWIN)], 4.5, id="whoever-was-asked"),
        pytest.param([says(6, hung=False)], 7, id="a-last-time-at-the-deadline"),
    ],
)
def test_who_is_well_is_asked_at_once_and_then_every_second(
    answers: list[Entry], due: float
) -> None:
    verdict = stop_answering(BOTH).judge(later(*answers, start=2, end=2))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, due, BOTH.stands)


def test_who_has_fallen_silent_is_not_asked_again() -> None:
    silent = says(3, status=None, hung=True)

    verdict = stop_answering(BOTH).judge(later(silent, start=2, end=3))

    assert (verdict.ask, verdict.due) == (BOTH.stands[1:], seconds(4))


def test_after_the_deadline_nobody_is_asked() -> None:
    well = says(6.1, hung=False)
    verdict = stop_answering(APP).judge(later(well, start=2, end=6.1))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, seconds(7), ())
    assert stop_answering(APP).judge(later(well, start=2, end=7)).ask == ()


def test_when_it_is_decided_nobody_is_asked() -> None:
    verdict = stop_answering(APP).judge(story(says(1, hung=False), end=20, stood=[WEB, TWIN]))

    assert (verdict.ruling, verdict.ask) == (Ruling.BROKEN, ())


def test_all_ill_too_late_is_broken_and_asks_nobody() -> None:
    well, ill = says(3, hung=False), says(7.1, status=None, hung=True)
    verdict = stop_answering(APP).judge(later(well, ill, start=2, end=6))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, seconds(7), ())


def test_a_law_with_more_time_asks_for_longer() -> None:
    verdict = start_slowly(APP, slow=3).judge(later(says(9), start=2, end=9))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, seconds(10), APP.stands)


@pytest.mark.parametrize(
    ("moment", "took"), [(7, 5), (4.5, 2.5), (2, 0), (1.9, 0)], ids=["last", "in", "at", "while"]
)
def test_an_answer_in_time_needs_no_watch(moment: float, took: float) -> None:
    well, ill = says(2, hung=False), says(moment, status=None, hung=True)
    told = [well, ill] if moment > well.at else [ill, well]

    verdict = stop_answering(APP).judge(later(*told, gap(0, 30), start=2, end=2))

    assert (verdict.ruling, verdict.took, verdict.evidence) == (Ruling.HOLDS, took, (ill,))
    expected = f"after {took:.1f} s, expected in [0.0, 5.0] s: a real fault shows by then"
    assert (verdict.because, verdict.window) == (expected, trace(seconds(5)))


@pytest.mark.parametrize(
    ("answers", "end", "ruling"),
    [
        pytest.param([], 31.9, Ruling.OPEN, id="silence-has-longer"),
        pytest.param([], 32, Ruling.UNKNOWN, id="silence-decides-nothing"),
        pytest.param([says(1.9, hung=False)], 32, Ruling.UNKNOWN, id="well-before-the-order"),
        pytest.param([says(2, hung=False)], 7, Ruling.BROKEN, id="well-after-it"),
        pytest.param([says(20, hung=False)], 20, Ruling.BROKEN, id="well-when-it-was-heard"),
        pytest.param([says(3), says(4)], 32, Ruling.UNKNOWN, id="no-report-is-no-word"),
        pytest.param([says(32, hung=False)], 32, Ruling.BROKEN, id="well-at-the-last-moment"),
        pytest.param([says(32.1, hung=False)], 33, Ruling.UNKNOWN, id="well-too-late-to-tell"),
        pytest.param(
            [says(32.1, hung=False), says(33, status=None, hung=True)],
            34,
            Ruling.UNKNOWN,
            id="all-too-late-to-tell",
        ),
        pytest.param([says(3, TWIN, hung=False)], 32, Ruling.UNKNOWN, id="another-pod-is-well"),
        pytest.param(
            [says(20, status=None, hung=True), says(21, hung=False)],
            22,
            Ruling.HOLDS,
            id="what-was-ill-may-be-well-again",
        ),
    ],
)
def test_not_to_be_heard_is_not_to_be_well(
    answers: list[Entry], end: float, ruling: Ruling
) -> None:
    assert stop_answering(APP).judge(later(*answers, start=2, end=end)).ruling is ruling


def test_who_is_heard_of_late_is_asked_until_then_and_says_so() -> None:
    law, ill = stop_answering(APP), says(12, status=None, hung=True)

    asking, heard = law.judge(later(start=2, end=11)), law.judge(later(ill, start=2, end=12))

    assert (asking.ask, asking.due) == (APP.stands, seconds(2))
    assert heard.because == "after 10.0 s, expected in [0.0, 30.0] s: a real fault shows by then"
    assert law.judge(later(start=2, end=40)).because == "nobody could ask it"
    prompt = law.judge(later(replace(ill, at=seconds(7)), start=2, end=12))
    assert prompt.window == trace(seconds(5))


def test_every_verdict_on_what_stays_says_when_and_why() -> None:
    law = stays_hung(APP, through=seconds(10))
    window = Window(seconds(10), seconds(10), "must stay so")
    hung, dead = says(12.5, status=None, hung=True), says(12.5, status=None)

    held = law.judge(later(hung, start=2, end=20))
    assert (held.because, held.took, held.window) == ("still so after 10.5 s", 10.5, window)
    assert held.evidence == (hung,)
    assert law.judge(later(start=2, end=20)).window == window
    unknown = law.judge(later(dead, start=2, end=20))
    assert (unknown.because, unknown.took, unknown.window) == ("nobody could ask it", 10.5, window)
    assert unknown.evidence == (dead,)


def test_only_the_first_answer_after_the_deadline_counts() -> None:
    law = stays_hung(APP, through=seconds(10))
    hung, well = says(10, status=None, hung=True), says(11, status=200, hung=False)

    assert law.judge(story(hung, well, end=20, stood=[WEB, TWIN])).ruling is Ruling.HOLDS


def test_one_pod_that_nobody_could_ask_leaves_it_unknown() -> None:
    law = stays_hung(BOTH, through=seconds(10))
    hung, dead = says(10, status=None, hung=True), says(10, TWIN, status=None)

    assert law.judge(story(hung, dead, end=20, stood=[WEB, TWIN])).ruling is Ruling.UNKNOWN


@pytest.mark.parametrize(
    ("law", "because"),
    [
        (stop_answering(APP), "not every app fell silent in 5 s, nor in 20 s"),
        (say_ill(APP, status=500), "not every app took the order in 5 s, nor in 20 s"),
        (start_slowly(APP, slow=3), "not every app was seen to start in 3 s in 10 s, nor in 20 s"),
    ],
)
def test_who_does_not_say_so_is_told(law: Law, because: str) -> None:
    told = says(1, hung=False, health_status=200, slow_seconds=0.0)
    assert law.judge(story(told, end=20, stood=[WEB, TWIN])).because == because


def test_serving_says_what_was_not_so() -> None:
    ill = says(10, status=500, hung=False)
    because = serves(APP, after=seconds(10)).judge(story(ill, end=20, stood=[WEB, TWIN])).because
    assert because == "it does not serve after 10.0 s"
