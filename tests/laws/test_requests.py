from __future__ import annotations

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Answered, Pod
from chaos.laws import asked, asked_once_a_period, never_asked
from chaos.testing import app_of, pod, story
from chaos.workloads.containers import Probe

WEB, TWIN = pod("web-1"), pod("web-2")
EVERY_SECOND = Probe(period=seconds(1))
APP = app_of(WEB, liveness=EVERY_SECOND)
BOTH = app_of(WEB, TWIN, liveness=EVERY_SECOND)
PATH = "/health"


def says(moment: float, count: int | None, *, since: float = 5, of: Pod = WEB) -> Answered:
    """What an app reports: how often it was asked (None: never heard of that path)."""
    report: dict[str, bool | float | str] = {"since": since}
    if count is not None:
        report[f"requests_{PATH}"] = count
    return Answered(seconds(moment), of.uid, of.workload, 200, report)


def silent(moment: float) -> Answered:
    return Answered(seconds(moment), WEB.uid, WEB.workload, None, None)


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(3, 1), Ruling.HOLDS, id="once"),
        pytest.param(says(3, 0), Ruling.BROKEN, id="but-not-once"),
        pytest.param(says(3, None), Ruling.BROKEN, id="but-for-another-path"),
        pytest.param(silent(3), Ruling.UNKNOWN, id="but-it-says-nothing"),
        pytest.param(says(3, 1, of=TWIN), Ruling.UNKNOWN, id="but-another-pod"),
        pytest.param(says(30, 1), Ruling.HOLDS, id="heard-of-late"),
        pytest.param(says(30.1, 1), Ruling.UNKNOWN, id="but-too-late"),
    ],
)
def test_being_asked_by_near_misses(answer: Answered, ruling: Ruling) -> None:
    assert asked(APP, path=PATH).judge(story(answer, stood=[WEB], end=40)).ruling is ruling


@pytest.mark.parametrize(
    ("answers", "ruling"),
    [
        pytest.param([says(10, None)], Ruling.HOLDS, id="never"),
        pytest.param([says(10, 0)], Ruling.HOLDS, id="none"),
        pytest.param([says(10, 1)], Ruling.BROKEN, id="once"),
        pytest.param([says(9.9, 1), says(10, None)], Ruling.HOLDS, id="an-earlier-container-was"),
        pytest.param([says(10, None), says(11, 1)], Ruling.HOLDS, id="later"),
        pytest.param([says(9.9, None)], Ruling.OPEN, id="too-early-to-say"),
        pytest.param([silent(10)], Ruling.UNKNOWN, id="nobody-there"),
    ],
)
def test_never_being_asked_by_near_misses(answers: list[Answered], ruling: Ruling) -> None:
    law = never_asked(APP, path=PATH, through=seconds(10))

    assert law.judge(story(*answers, stood=[WEB], end=20)).ruling is ruling


def test_no_pod_of_a_workload_is_asked() -> None:
    law = never_asked(BOTH, path=PATH, through=seconds(10))

    quiet = story(says(10, None), says(10, None, of=TWIN), stood=[WEB, TWIN], end=20)
    other = story(says(10, None), says(10, 3, of=TWIN), stood=[WEB, TWIN], end=20)
    half = law.judge(story(says(10, None), stood=[WEB, TWIN], end=20))

    assert law.judge(quiet).ruling is Ruling.HOLDS
    assert law.judge(other).ruling is Ruling.BROKEN
    assert (half.ruling, half.ask, half.due) == (Ruling.OPEN, (BOTH.stands[1],), seconds(10))


@pytest.mark.parametrize(
    ("first", "last", "ruling"),
    [
        pytest.param(says(1, 7), says(10, 16, since=14), Ruling.HOLDS, id="nine-times-in-9-s"),
        pytest.param(says(1, 7), says(10, 18, since=14), Ruling.HOLDS, id="one-at-each-end"),
        pytest.param(says(1, 7), says(10, 19, since=14), Ruling.BROKEN, id="oftener"),
        pytest.param(says(1, 7), says(10, 14, since=14), Ruling.HOLDS, id="two-are-under-way"),
        pytest.param(says(1, 7), says(10, 13, since=14), Ruling.BROKEN, id="more-seldom"),
        pytest.param(says(1, 7), says(10, None, since=14), Ruling.BROKEN, id="no-more"),
        pytest.param(says(1, 7), says(10, 9, since=2), Ruling.UNKNOWN, id="started-anew"),
        pytest.param(says(1, 7), silent(10), Ruling.UNKNOWN, id="nobody-there"),
        pytest.param(says(1, 7), says(9.9, 16, since=14), Ruling.OPEN, id="not-yet"),
        pytest.param(says(-1, 7), says(-0.5, 8), Ruling.OPEN, id="only-before-the-fault"),
    ],
)
def test_being_asked_once_a_period_by_near_misses(
    first: Answered, last: Answered, ruling: Ruling
) -> None:
    law = asked_once_a_period(APP, path=PATH, through=seconds(10))

    assert law.judge(story(first, last, stood=[WEB], end=20)).ruling is ruling


def test_a_longer_period_has_fewer_questions() -> None:
    law = asked_once_a_period(
        app_of(WEB, liveness=Probe(period=seconds(3))), path=PATH, through=seconds(10)
    )
    third = story(says(1, 7), says(10, 10, since=14), stood=[WEB], end=20)
    every = story(says(1, 7), says(10, 16, since=14), stood=[WEB], end=20)

    assert law.judge(third).ruling is Ruling.HOLDS
    assert law.judge(every).ruling is Ruling.BROKEN


def test_every_pod_is_asked_once_a_period_and_asked_what_it_counts() -> None:
    law = asked_once_a_period(BOTH, path=PATH, through=seconds(10))
    web = (says(1, 7), says(10, 16, since=14))
    good = (says(1, 7, of=TWIN), says(10, 16, since=14, of=TWIN))
    odd = (says(1, 7, of=TWIN), says(10, 36, since=14, of=TWIN))

    assert law.judge(story(*web, *good, stood=[WEB, TWIN], end=20)).ruling is Ruling.HOLDS
    assert law.judge(story(*web, *odd, stood=[WEB, TWIN], end=20)).ruling is Ruling.BROKEN
    nobody = law.judge(story(stood=[WEB, TWIN], end=20))
    assert (nobody.ask, nobody.due) == (BOTH.stands[:1], seconds(0))
    begun = law.judge(story(web[0], stood=[WEB, TWIN], end=20))
    assert (begun.ask, begun.due) == (BOTH.stands[:1], seconds(10))


def test_without_a_probe_there_is_no_period() -> None:
    law = asked_once_a_period(app_of(WEB), path=PATH, through=seconds(10))

    verdict = law.judge(story(says(1, 7), says(10, 16, since=14), stood=[WEB], end=20))
    assert verdict.ruling is Ruling.UNKNOWN
    assert "has no liveness probe" in verdict.because
