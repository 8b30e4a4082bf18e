from __future__ import annotations

import pytest

from chaos import Law, Ruling, seconds
from chaos.entry import Answered, Pod
from chaos.laws import goes_on_growing, leak, say_ill, stays_hung, stop_answering
from chaos.testing import app_of, pod, story

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
        pytest.param(stop_answering(APP), says(1, status=None), Ruling.BROKEN, id="dead"),
        pytest.param(
            stop_answering(APP),
            says(1, TWIN, status=None, hung=True),
            Ruling.BROKEN,
            id="another-pod-hangs",
        ),
        pytest.param(leak(APP), says(1, leaking=True), Ruling.HOLDS, id="leaks"),
        pytest.param(leak(APP), says(1, leaking=False), Ruling.BROKEN, id="leaks-not"),
        pytest.param(leak(APP), says(1), Ruling.BROKEN, id="says-nothing-of-a-leak"),
        pytest.param(
            say_ill(APP, status=500), says(1, health_status=500), Ruling.HOLDS, id="says-ill"
        ),
        pytest.param(
            say_ill(APP, status=500), says(1, health_status=503), Ruling.BROKEN, id="other-status"
        ),
        pytest.param(say_ill(APP, status=500), says(1), Ruling.BROKEN, id="no-report"),
        pytest.param(leak(APP), says(5, leaking=True), Ruling.HOLDS, id="at-the-last-moment"),
        pytest.param(leak(APP), says(5.1, leaking=True), Ruling.BROKEN, id="too-late"),
    ],
)
def test_an_answer_proves_an_illness_by_near_misses(
    law: Law, answer: Answered, ruling: Ruling
) -> None:
    assert law.judge(story(answer, stood=[WEB], end=20)).ruling is ruling


def test_every_pod_must_have_fallen_silent() -> None:
    law = stop_answering(BOTH)
    both = story(HUNG, says(2, TWIN, status=None, hung=True), end=20)

    assert law.judge(story(HUNG, end=20)).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS


def test_what_is_asked_at_the_deadline_is_open_and_says_whom_to_ask() -> None:
    verdict = stays_hung(APP, through=seconds(10)).judge(story(HUNG, end=20))

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

    assert law.judge(story(HUNG, answer, end=20)).ruling is ruling


FIRST = says(1, leaking=True, rss_mib=12.0)


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(10, leaking=True, rss_mib=12.1), Ruling.HOLDS, id="more"),
        pytest.param(says(10, leaking=True, rss_mib=12.0), Ruling.BROKEN, id="as-much"),
        pytest.param(says(10, leaking=False, rss_mib=13.0), Ruling.BROKEN, id="restarted"),
        pytest.param(says(10), Ruling.UNKNOWN, id="nobody-there"),
    ],
)
def test_growing_by_near_misses(answer: Answered, ruling: Ruling) -> None:
    law = goes_on_growing(APP, through=seconds(10))

    assert law.judge(story(FIRST, answer, end=20)).ruling is ruling


def test_staying_hung_is_a_law_about_every_pod() -> None:
    law = stays_hung(BOTH, through=seconds(10))
    well = says(11, TWIN, status=200, hung=False)
    aftermath = story(says(10, status=None, hung=True), well, end=20)

    verdict = law.judge(aftermath)

    assert (verdict.ruling, verdict.because) == (Ruling.BROKEN, "it answers again after 11.0 s")
    ill = says(11, TWIN, status=None, hung=True)
    assert law.judge(story(says(10, status=None, hung=True), ill, end=20)).ruling is Ruling.HOLDS


def test_each_pod_grows_from_where_it_began() -> None:
    law = goes_on_growing(BOTH, through=seconds(10))
    small, big = FIRST, says(1, TWIN, leaking=True, rss_mib=50.0)
    after = says(10, leaking=True, rss_mib=20.0), says(10, TWIN, leaking=True, rss_mib=60.0)
    shrunk = says(10, TWIN, leaking=True, rss_mib=49.0)

    assert law.judge(story(small, big, *after, end=20)).ruling is Ruling.HOLDS
    assert law.judge(story(small, big, after[0], shrunk, end=20)).ruling is Ruling.BROKEN
