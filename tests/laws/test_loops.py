from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Container, Observed, Pod, Termination
from chaos.laws import exits_again, never_exited
from chaos.testing import app_of, at, container, gap, pod, story
from chaos.windows import Window, within

WEB, TWIN = pod("web-1"), pod("web-2")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
LAW = exits_again(APP, code=143, within=within(seconds(20)))


def ended(pod: Pod, number: int, code: int = 143, *, still: bool = False) -> Pod:
    """The pod while its so many-th container has ended (`still`), or when the next runs."""
    end = Termination(f"app-{number}", code, "Error")
    one: Container = container(id=end.container_id if still else f"app-{number + 1}")
    one = replace(one, ended=end) if still else replace(one, last=end)
    return replace(pod, containers=(one,))


def untold(pod: Pod) -> Pod:
    """The pod with its next container, and no word of how the first ended."""
    return replace(pod, containers=(container(id="app-1", restarts=1),))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, ended(WEB, 0)), at(9, ended(WEB, 1))], Ruling.HOLDS, id="twice"),
        pytest.param([at(3, ended(WEB, 0))], Ruling.BROKEN, id="but-once"),
        pytest.param(
            [at(3, ended(WEB, 0, still=True)), at(4, ended(WEB, 0))],
            Ruling.BROKEN,
            id="but-one-container-seen-twice",
        ),
        pytest.param(
            [at(3, ended(WEB, 0)), at(9, ended(WEB, 1, 137))], Ruling.BROKEN, id="but-another-code"
        ),
        pytest.param(
            [at(3, ended(WEB, 0, 1)), at(6, ended(WEB, 1)), at(9, ended(WEB, 2))],
            Ruling.HOLDS,
            id="twice-after-another-code",
        ),
        pytest.param(
            [at(3, ended(WEB, 0)), at(20.1, ended(WEB, 1))], Ruling.BROKEN, id="but-too-late"
        ),
        pytest.param(
            [at(3, ended(WEB, 0)), at(9, ended(TWIN, 1))], Ruling.BROKEN, id="but-another-pod"
        ),
        pytest.param(
            [at(3, untold(WEB)), at(9, ended(WEB, 1))], Ruling.UNKNOWN, id="but-one-end-is-untold"
        ),
    ],
)
def test_ending_again_by_near_misses(seen: list[Observed], ruling: Ruling) -> None:
    assert LAW.judge(story(*seen, stood=[WEB], end=30)).ruling is ruling


def test_an_end_that_stood_before_the_fault_is_not_counted() -> None:
    stood = ended(WEB, 0)
    aftermath = story(at(9, ended(WEB, 1)), stood=[stood], end=30)

    assert LAW.judge(aftermath).ruling is Ruling.BROKEN


def test_ending_again_before_its_window_is_too_early() -> None:
    window = Window(seconds(9.5), seconds(20), "a probe")
    law = exits_again(APP, code=143, within=window)
    seen = [at(3, ended(WEB, 0)), at(9, ended(WEB, 1))]

    assert law.judge(story(*seen, stood=[WEB], end=30)).ruling is Ruling.BROKEN


def test_every_pod_of_the_workload_ends_again_and_again() -> None:
    law = exits_again(BOTH, code=143, within=within(seconds(20)))
    one = [at(3, ended(WEB, 0)), at(9, ended(WEB, 1))]
    both = [*one, at(10, ended(TWIN, 0)), at(11, ended(TWIN, 1))]

    assert law.judge(story(*one, stood=[WEB, TWIN], end=30)).ruling is Ruling.BROKEN
    assert law.judge(story(*both, stood=[WEB, TWIN], end=30)).took == seconds(11)


def test_more_than_twice_can_be_asked_for() -> None:
    law = exits_again(APP, code=143, within=within(seconds(20)), times=3)
    twice = [at(3, ended(WEB, 0)), at(6, ended(WEB, 1))]

    assert law.judge(story(*twice, stood=[WEB], end=30)).ruling is Ruling.BROKEN
    thrice = [*twice, at(9, ended(WEB, 2))]
    assert law.judge(story(*thrice, stood=[WEB], end=30)).ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(10, ended(WEB, 0)), Ruling.BROKEN, id="143"),
        pytest.param(at(10, ended(WEB, 0, 137)), Ruling.BROKEN, id="137"),
        pytest.param(at(10, ended(WEB, 0, still=True)), Ruling.BROKEN, id="and-not-back-yet"),
        pytest.param(at(10, ended(WEB, 0, 1)), Ruling.HOLDS, id="another-code"),
        pytest.param(at(10.1, ended(WEB, 0)), Ruling.HOLDS, id="later"),
        pytest.param(at(10, ended(TWIN, 0)), Ruling.HOLDS, id="another-pod"),
        pytest.param(gap(4, 5), Ruling.UNKNOWN, id="unseen"),
        pytest.param(at(10, untold(WEB)), Ruling.UNKNOWN, id="a-restart-without-an-end"),
    ],
)
def test_never_ending_so_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = never_exited(APP, codes=(143, 137), through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=30)).ruling is ruling
