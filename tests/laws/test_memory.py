from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, seconds
from chaos.history.effect import Effect
from chaos.history.facts import Answered, Entry, Pod
from chaos.laws import goes_on_growing, leak
from chaos.testing import app_of, at, gone, pod, restarted, story

WEB, TWIN = pod("web-1"), pod("web-2")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
TOLD = leak(APP, mib_per_second=4, up_to_mib=64)


def says(moment: float, pod: Pod = WEB, **report: bool | float) -> Answered:
    return Answered(seconds(moment), pod.uid, pod.workload, 200, dict(report) or None)


def holds(moment: float, rss_mib: float, pod: Pod = WEB, *, leaking: bool = True) -> Answered:
    return says(moment, pod, leaking=leaking, rss_mib=rss_mib)


def asked_before(*before: Entry, since: tuple[Entry, ...], end: float = 20) -> History:
    """A history that was opened at 0, of pods that had been asked before."""
    return replace(story(*before, *since, end=end, stood=[WEB, TWIN]), first=len(before))


@pytest.mark.parametrize(
    ("looks", "ruling"),
    [
        pytest.param([holds(0, 10), holds(1, 12)], Ruling.HOLDS, id="what-can-be-told"),
        pytest.param([holds(0, 10), holds(1, 11.9)], Ruling.BROKEN, id="less"),
        pytest.param([holds(0, 10), holds(4, 18)], Ruling.HOLDS, id="half-of-what-was-promised"),
        pytest.param([holds(0, 10), holds(4, 17.9)], Ruling.BROKEN, id="less-than-that"),
        pytest.param([holds(3, 10), holds(4, 12)], Ruling.HOLDS, id="since-the-first-look"),
        pytest.param([holds(0, 10), holds(1, 9), holds(2, 14)], Ruling.HOLDS, id="in-the-end"),
        pytest.param([holds(0, 10), holds(1, 12, leaking=False)], Ruling.BROKEN, id="no-leak"),
        pytest.param([holds(0, 10)], Ruling.BROKEN, id="seen-once"),
        pytest.param([holds(0, 10), holds(1, 90, TWIN)], Ruling.BROKEN, id="another-grew"),
        pytest.param([says(0, leaking=True), holds(1, 90)], Ruling.BROKEN, id="no-first-size"),
        pytest.param([holds(0, 10), says(1, leaking=True)], Ruling.BROKEN, id="no-last-size"),
        pytest.param([holds(0, 10), holds(6, 60)], Ruling.HOLDS, id="at-its-last-moment"),
        pytest.param([holds(0, 10), holds(6.1, 60)], Ruling.BROKEN, id="too-late"),
        pytest.param([holds(0, 10), at(1, restarted(WEB, code=137))], Ruling.HOLDS, id="its-end"),
        pytest.param(
            [holds(0, 10), at(1, restarted(WEB, code=1))], Ruling.BROKEN, id="another-end"
        ),
        pytest.param(
            [holds(0, 10, leaking=False), at(1, restarted(WEB, code=137))],
            Ruling.BROKEN,
            id="another-kill",
        ),
        pytest.param(
            [holds(0, 10, TWIN), holds(0, 10, leaking=False), at(1, restarted(WEB, code=137))],
            Ruling.BROKEN,
            id="another-kill-beside-a-leak",
        ),
        pytest.param(
            [holds(0, 10, leaking=False), at(1, restarted(WEB, code=137, reason="OOMKilled"))],
            Ruling.HOLDS,
            id="for-want-of-memory",
        ),
        pytest.param([holds(0, 10), gone(1, WEB)], Ruling.BROKEN, id="it-went"),
        pytest.param([says(0), says(1)], Ruling.UNKNOWN, id="nobody-says-anything"),
    ],
)
def test_a_leak_is_seen_by_near_misses(looks: list[Entry], ruling: Ruling) -> None:
    assert TOLD.judge(story(*looks, end=40, stood=[WEB, TWIN])).ruling is ruling


@pytest.mark.parametrize(
    ("rate", "size", "rss", "ruling"),
    [
        pytest.param(64, 8, 14.0, Ruling.HOLDS, id="half-of-a-leak-that-is-full"),
        pytest.param(64, 8, 13.9, Ruling.BROKEN, id="less-of-one-that-is-full"),
        pytest.param(4, 1, 10.5, Ruling.HOLDS, id="half-of-a-small-one"),
        pytest.param(4, 1, 10.4, Ruling.BROKEN, id="less-of-a-small-one"),
        pytest.param(0.5, 64, 12.0, Ruling.HOLDS, id="as-much-as-can-be-told"),
        pytest.param(0.5, 64, 11.9, Ruling.BROKEN, id="less-than-can-be-told"),
    ],
)
def test_what_a_leak_must_have_come_to(
    rate: float, size: float, rss: float, ruling: Ruling
) -> None:
    law = leak(APP, mib_per_second=rate, up_to_mib=size)
    looks = story(holds(0, 10), holds(1, rss), end=40, stood=[WEB, TWIN])

    assert law.judge(looks).ruling is ruling


@pytest.mark.parametrize(
    ("before", "ruling"),
    [
        pytest.param([holds(-1, 10)], Ruling.HOLDS, id="just-before"),
        pytest.param([holds(-5, 10)], Ruling.HOLDS, id="as-long-ago-as-counts"),
        pytest.param([holds(-5.1, 10)], Ruling.BROKEN, id="too-long-ago"),
        pytest.param([holds(-2, 10), holds(-1, 11.5)], Ruling.BROKEN, id="the-last-of-them"),
        pytest.param([holds(-1, 10, TWIN)], Ruling.BROKEN, id="of-another"),
        pytest.param([says(-1)], Ruling.BROKEN, id="that-said-nothing"),
        pytest.param([], Ruling.BROKEN, id="never"),
    ],
)
def test_how_it_was_before_is_the_first_look(before: list[Entry], ruling: Ruling) -> None:
    full = holds(0.1, 13)

    assert TOLD.judge(asked_before(*before, since=(full,))).ruling is ruling


def test_it_is_promised_from_the_injection_on() -> None:
    looks = story(holds(-1, 10), holds(14, 18), end=40, stood=[WEB])
    aftermath = replace(looks, first=1, opened=seconds(0), start=seconds(10))

    assert TOLD.judge(aftermath).ruling is Ruling.HOLDS


def test_what_was_before_promises_nothing() -> None:
    aftermath = asked_before(holds(-4, 10), since=(holds(1, 12),))

    assert TOLD.judge(aftermath).ruling is Ruling.HOLDS


def test_every_app_must_leak() -> None:
    law = leak(BOTH, mib_per_second=4, up_to_mib=64)
    looks = (holds(0, 10), holds(0, 10, TWIN), holds(1, 14))

    assert law.judge(story(*looks, end=40, stood=[WEB, TWIN])).ruling is Ruling.BROKEN
    both = story(*looks, holds(1, 14, TWIN), end=40, stood=[WEB, TWIN])
    assert law.judge(both).ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("rate", "due", "time"),
    [(64, 0.1, 5.1), (4, 0.5, 6), (1, 1, 9), (0.5, 1, 13)],
    ids=["as-soon-as-anything", "soon", "in-a-second", "no-later"],
)
def test_it_is_asked_again_when_there_is_something_to_be_told(
    rate: float, due: float, time: float
) -> None:
    law = leak(APP, mib_per_second=rate, up_to_mib=64)

    verdict = law.judge(story(holds(0, 10), end=0, stood=[WEB]))

    assert (verdict.ruling, verdict.due, verdict.ask) == (Ruling.OPEN, due, APP.stands)
    over = law.judge(story(holds(0, 10), end=40, stood=[WEB]))
    assert over.window is not None
    assert over.window.latest == pytest.approx(time, abs=0.04)
    assert over.because.startswith("not every app's memory grew as it was told in")


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(1, leaking=True), Ruling.HOLDS, id="it-says-so"),
        pytest.param(says(1, leaking=False), Ruling.BROKEN, id="it-denies-it"),
        pytest.param(says(1), Ruling.UNKNOWN, id="it-says-nothing"),
    ],
)
def test_an_older_record_takes_its_word(answer: Answered, ruling: Ruling) -> None:
    verdict = leak(APP).judge(story(answer, stood=[WEB], end=40))

    assert verdict.ruling is ruling
    assert verdict.window is not None
    assert float(verdict.window.latest) == (30 if ruling is Ruling.UNKNOWN else 5)


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

    assert law.judge(story(FIRST, answer, end=20, stood=[WEB, TWIN])).ruling is ruling


def test_each_pod_grows_from_where_it_began() -> None:
    law = goes_on_growing(BOTH, through=seconds(10))
    small, big = FIRST, says(1, TWIN, leaking=True, rss_mib=50.0)
    after = says(10, leaking=True, rss_mib=20.0), says(10, TWIN, leaking=True, rss_mib=60.0)
    shrunk = says(10, TWIN, leaking=True, rss_mib=49.0)

    assert law.judge(story(small, big, *after, end=20, stood=[WEB, TWIN])).ruling is Ruling.HOLDS
    assert (
        law.judge(story(small, big, after[0], shrunk, end=20, stood=[WEB, TWIN])).ruling
        is Ruling.BROKEN
    )


@pytest.mark.parametrize(
    ("rss", "ruling"),
    [(12 + 36.0, Ruling.HOLDS), (12 + 35.9, Ruling.BROKEN), (12.0, Ruling.BROKEN)],
    ids=["half-of-what-was-told", "less", "it-stands"],
)
def test_a_leak_that_goes_on_grows_as_it_was_told(rss: float, ruling: Ruling) -> None:
    first = says(1, leaking=True, rss_mib=12.0)
    last = says(10, leaking=True, rss_mib=rss)
    aftermath = replace(
        story(first, last, end=20, stood=[WEB, TWIN]), effect=Effect("fills", mib_per_second=8)
    )
    assert goes_on_growing(APP, through=seconds(10)).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    "first", [says(1), says(1, leaking=True)], ids=["nobody-answered", "it-did-not-say"]
)
def test_what_nobody_saw_begin_may_have_grown_or_not(first: Answered) -> None:
    law = goes_on_growing(APP, through=seconds(10))

    for rss in (0.5, 60):
        verdict = law.judge(story(first, holds(10, rss), end=20, stood=[WEB]))
        assert verdict.ruling is Ruling.UNKNOWN
        assert verdict.because == "nobody saw how much memory it had before"


def test_one_pod_that_nobody_saw_begin_leaves_it_open_for_all() -> None:
    law = goes_on_growing(BOTH, through=seconds(10))
    looks = (FIRST, holds(10, 90), holds(10, 90, TWIN))

    assert law.judge(story(*looks, end=20, stood=[WEB, TWIN])).ruling is Ruling.UNKNOWN


def test_one_that_does_not_grow_is_told_so() -> None:
    law = goes_on_growing(APP, through=seconds(10))
    same = holds(10, 12.0)

    assert law.judge(story(FIRST, same, end=20, stood=[WEB, TWIN])).because == (
        "it does not leak, or does not grow as it was told, after 10.0 s"
    )
