from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.entry import Pod, Termination, Uid
from chaos.laws import ends, exited
from chaos.testing import app_of, at, container, pod, restarted, story
from chaos.windows import Window, within

WEB = pod("web-1")
APP = app_of(WEB)
WINDOW = within(seconds(10))


def over(pod: Pod, code: int, reason: str = "Error", name: str = "app-0") -> Pod:
    end = Termination(name, code, reason)
    return replace(pod, containers=(container(state="terminated", ended=end),))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(restarted(WEB, code=137), Ruling.HOLDS, id="the-last-container-s"),
        pytest.param(over(WEB, 137), Ruling.HOLDS, id="this-container-s"),
        pytest.param(restarted(WEB, code=143), Ruling.BROKEN, id="143-is-not-137"),
        pytest.param(over(WEB, 143), Ruling.BROKEN, id="nor-here"),
        pytest.param(WEB, Ruling.BROKEN, id="it-goes-on"),
        pytest.param(
            replace(restarted(WEB, code=137), uid=Uid("uid-new")), Ruling.BROKEN, id="another-pod-s"
        ),
    ],
)
def test_exited_by_one_near_miss_a_clause(seen: Pod, ruling: Ruling) -> None:
    law = exited(APP, code=137, within=WINDOW)

    assert law.judge(story(at(3, seen), stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("reason", "ruling"), [("OOMKilled", Ruling.HOLDS), ("Error", Ruling.BROKEN)]
)
def test_exited_may_ask_for_the_reason(reason: str, ruling: Ruling) -> None:
    law = exited(APP, code=137, within=WINDOW, reasons=("OOMKilled",))
    aftermath = story(at(3, restarted(WEB, code=137, reason=reason)), stood=[WEB], end=20)

    assert law.judge(aftermath).ruling is ruling


@pytest.mark.parametrize("old", [over(WEB, 137), restarted(WEB, code=137)], ids=["ended", "last"])
def test_an_end_from_before_the_fault_does_not_count(old: Pod) -> None:
    law = exited(APP, code=137, within=WINDOW)
    aftermath = story(at(3, old), stood=[old], end=20)

    assert law.judge(aftermath).ruling is Ruling.BROKEN


def test_an_exit_before_its_window_breaks_the_law() -> None:
    law = exited(APP, code=137, within=Window(seconds(4), seconds(10), "a probe"))
    aftermath = story(at(3, restarted(WEB, code=137)), stood=[WEB], end=20)

    assert law.judge(aftermath).ruling is Ruling.BROKEN


def test_a_wrong_exit_is_named_beside_the_wanted_one() -> None:
    law = exited(APP, code=137, within=WINDOW)
    aftermath = story(at(3, restarted(WEB, code=143)), stood=[WEB], end=20)

    assert law.judge(aftermath).because == "wanted exit 137, saw 143 Error in 10 s"
    assert law.judge(story(end=20)).because == "wanted exit 137, saw no end in 10 s"


def test_the_earliest_exit_of_several_pods_is_the_fact() -> None:
    twin = replace(pod("web-2"), containers=(container(id="twin-0"),))
    law = exited(app_of(WEB, twin), code=1, within=WINDOW)
    aftermath = story(at(3, restarted(twin)), at(4, restarted(WEB)), stood=[WEB, twin], end=20)

    assert law.judge(aftermath).took == seconds(3)


def test_every_main_process_must_end_not_only_one() -> None:
    twin = replace(pod("web-2"), containers=(container(id="twin-0"),))
    law = ends(app_of(WEB, twin), code=1)
    stood = [WEB, twin]

    one = story(at(1, restarted(WEB)), stood=stood, end=20)
    both = story(at(1, restarted(WEB)), at(2, restarted(twin)), stood=stood, end=20)

    assert law.judge(one).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS
    assert law.judge(both).took == seconds(2)


def test_every_app_must_end_not_only_one() -> None:
    loner = replace(pod("loner"), containers=(container(id="loner-0"),))
    law = ends((APP, app_of(loner)), code=1)

    one = story(at(1, restarted(WEB)), stood=[WEB, loner], end=20)
    both = story(at(1, restarted(WEB)), at(2, restarted(loner)), stood=[WEB, loner], end=20)

    assert law.judge(one).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS


def test_a_process_that_ends_otherwise_was_not_told_to() -> None:
    aftermath = story(at(1, restarted(WEB, code=2)), stood=[WEB], end=20)

    assert ends(APP, code=1).judge(aftermath).ruling is Ruling.BROKEN
