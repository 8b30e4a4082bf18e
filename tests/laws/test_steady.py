from __future__ import annotations

import math
from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.entry import Entry, Uid
from chaos.history import History
from chaos.laws import steady
from chaos.testing import app_of, at, container, gap, gone, pod, restarted, story

WEB, TWIN = pod("web-1"), pod("web-2")
LAW = steady(app_of(WEB, TWIN), still=seconds(2), within=seconds(5))
WELL = (at(1, WEB), at(1, TWIN))


def asked(*entries: Entry, start: float, end: float) -> History:
    history = story(*entries, end=end)
    return replace(history, opened=seconds(start), start=seconds(start))


@pytest.mark.parametrize(
    ("news", "ruling"),
    [
        pytest.param([], Ruling.HOLDS, id="well-and-still"),
        pytest.param([at(7, WEB)], Ruling.HOLDS, id="news-without-change"),
        pytest.param([at(7, replace(WEB, ready=False))], Ruling.BROKEN, id="not-ready"),
        pytest.param([at(7, replace(WEB, deleting=True))], Ruling.BROKEN, id="deleting"),
        pytest.param([gone(7, WEB)], Ruling.BROKEN, id="one-is-gone"),
        pytest.param([at(7, pod("web-3"))], Ruling.BROKEN, id="one-too-many"),
        pytest.param([at(15, restarted(WEB))], Ruling.HOLDS, id="restarted-in-time"),
        pytest.param([at(15.1, restarted(WEB))], Ruling.BROKEN, id="restarted-just-now"),
        pytest.param([at(7, restarted(WEB))], Ruling.HOLDS, id="restarted-long-ago"),
    ],
)
def test_steady_by_near_misses(news: list[Entry], ruling: Ruling) -> None:
    assert LAW.judge(asked(*WELL, *news, start=10, end=20)).ruling is ruling


def test_a_workload_must_be_seen_up_to_the_question() -> None:
    verdict = LAW.judge(asked(*WELL, start=10, end=9))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(10))


def test_stillness_is_seen_only_from_the_end_of_a_gap() -> None:
    law = LAW.judge(asked(*WELL, gap(4, 9), start=10, end=10.5))
    later = LAW.judge(asked(*WELL, gap(4, 9), start=10, end=11))

    assert (law.ruling, law.due) == (Ruling.OPEN, seconds(11))
    assert later.ruling is Ruling.HOLDS


def test_what_is_not_steady_is_named_with_its_reason() -> None:
    stuck = container(state="waiting", reason="ErrImagePull", ready=False)
    ill = at(2, replace(WEB, ready=False, containers=(stuck,)))

    because = LAW.judge(asked(*WELL, ill, start=10, end=20)).because

    assert because == "web was not ready and still: web-1 is not ready (ErrImagePull) in 5 s"


def test_a_twin_is_known_by_its_uid() -> None:
    same_name = replace(TWIN, name=WEB.name, uid=Uid("uid-web-9"))

    verdict = LAW.judge(asked(at(1, WEB), at(1, same_name), start=10, end=20))

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.window is not None
    assert verdict.window.earliest == -math.inf
