from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Observed, Pod
from chaos.laws import gone as is_gone
from chaos.laws import never_placed, never_replaced, recreated
from chaos.laws import replaced as is_replaced
from chaos.testing import app_of, at, gone, pod, story
from chaos.windows import within
from chaos.workloads.admitted import NodeName, Uid

WEB = pod("web-1")
APP = app_of(WEB)
FRESH = pod("web-2", node="worker2")
LAW = is_replaced(APP, away_from="worker1", within=within(seconds(10)))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(FRESH, Ruling.HOLDS, id="replaced"),
        pytest.param(replace(FRESH, ready=False), Ruling.BROKEN, id="but-not-ready"),
        pytest.param(replace(FRESH, deleting=True), Ruling.BROKEN, id="ready-but-deleting"),
        pytest.param(replace(FRESH, uid=WEB.uid), Ruling.BROKEN, id="but-the-same-pod"),
        pytest.param(
            replace(FRESH, node=NodeName("worker1")), Ruling.BROKEN, id="but-on-the-dead-node"
        ),
        pytest.param(replace(FRESH, workload="db"), Ruling.BROKEN, id="but-of-another-workload"),
        pytest.param(replace(FRESH, name=WEB.name), Ruling.HOLDS, id="names-do-not-matter"),
    ],
)
def test_replaced_by_one_near_miss_a_clause(seen: Pod, ruling: Ruling) -> None:
    assert LAW.judge(story(at(3, seen), stood=[WEB], end=20)).ruling is ruling


def test_a_replacement_that_is_gone_is_none() -> None:
    assert LAW.judge(story(gone(3, FRESH), stood=[WEB], end=20)).ruling is Ruling.BROKEN


def test_two_lost_pods_need_two_replacements() -> None:
    twin, second = pod("web-3"), pod("web-4", node="worker2")
    law = is_replaced(app_of(WEB, twin), away_from="worker1", within=within(seconds(10)))
    stood = [WEB, twin]

    one = law.judge(story(at(3, FRESH), stood=stood, end=20))
    both = law.judge(story(at(3, FRESH), at(4, second), stood=stood, end=20))
    other = story(at(3, FRESH), at(4, replace(FRESH, ready=False)), at(5, second), end=20)

    assert (one.ruling, one.because) == (
        Ruling.BROKEN,
        "fewer than 2 ready replacements in 10 s, nor in 20 s",
    )
    assert both.ruling is Ruling.HOLDS
    assert both.took == seconds(4)
    assert law.judge(replace(other, opening=story(stood=stood, end=0).opening)).ruling is (
        Ruling.BROKEN
    )


def test_a_pod_elsewhere_needs_no_replacement() -> None:
    safe = pod("web-3", node="worker2")
    aftermath = story(at(3, FRESH), stood=[WEB, safe], end=20)

    assert LAW.judge(aftermath).ruling is Ruling.HOLDS


def test_where_nothing_was_lost_nothing_can_be_replaced() -> None:
    aftermath = story(at(3, FRESH), stood=[replace(WEB, node=NodeName("worker2"))], end=20)

    verdict = LAW.judge(aftermath)

    assert (verdict.ruling, verdict.because) == (
        Ruling.UNKNOWN,
        "web had no pod on worker1",
    )


@pytest.mark.parametrize(
    ("moment", "ruling"), [(6.0, Ruling.BROKEN), (6.1, Ruling.HOLDS)], ids=["within", "after"]
)
def test_a_replacement_must_last_its_hold(moment: float, ruling: Ruling) -> None:
    ill = at(moment, replace(FRESH, ready=False))

    assert LAW.judge(story(at(3, FRESH), ill, stood=[WEB], end=20)).ruling is ruling


def test_news_of_the_lost_pod_is_no_relapse() -> None:
    lost = at(4, replace(WEB, deleting=True, ready=False))

    assert LAW.judge(story(at(3, FRESH), lost, stood=[WEB], end=20)).ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, FRESH), Ruling.BROKEN, id="a-new-pod"),
        pytest.param(at(3, replace(FRESH, ready=False)), Ruling.BROKEN, id="not-even-ready"),
        pytest.param(at(3, replace(FRESH, uid=WEB.uid)), Ruling.HOLDS, id="the-same-pod"),
        pytest.param(at(3, replace(FRESH, workload="db")), Ruling.HOLDS, id="another-workload"),
        pytest.param(at(10, FRESH), Ruling.BROKEN, id="at-the-end"),
        pytest.param(at(10.1, FRESH), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_replaced_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = never_replaced(APP, through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, FRESH), Ruling.BROKEN, id="placed"),
        pytest.param(at(3, replace(FRESH, node=None)), Ruling.HOLDS, id="made-but-not-placed"),
        pytest.param(at(3, replace(FRESH, ready=False)), Ruling.BROKEN, id="placed-not-ready"),
        pytest.param(at(3, replace(FRESH, uid=WEB.uid)), Ruling.HOLDS, id="the-same-pod"),
        pytest.param(at(3, replace(FRESH, workload="db")), Ruling.HOLDS, id="another-workload"),
        pytest.param(at(10, FRESH), Ruling.BROKEN, id="at-the-end"),
        pytest.param(at(10.1, FRESH), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_placed_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = never_placed(APP, through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(gone(3, WEB), Ruling.HOLDS, id="gone"),
        pytest.param(at(3, WEB), Ruling.BROKEN, id="but-still-there"),
        pytest.param(at(3, replace(WEB, deleting=True)), Ruling.BROKEN, id="but-only-deleting"),
        pytest.param(gone(3, FRESH), Ruling.BROKEN, id="but-another-pod"),
        pytest.param(gone(3, replace(WEB, workload="db")), Ruling.BROKEN, id="of-another-workload"),
    ],
)
def test_gone_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = is_gone(APP, within=within(seconds(10)))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


ANEW = replace(FRESH, name=WEB.name)


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, ANEW)], Ruling.HOLDS, id="made-anew"),
        pytest.param([at(3, replace(ANEW, node=WEB.node))], Ruling.HOLDS, id="where-it-stood"),
        pytest.param([at(3, FRESH)], Ruling.BROKEN, id="but-by-another-name"),
        pytest.param([at(3, replace(ANEW, uid=WEB.uid))], Ruling.BROKEN, id="but-the-same-pod"),
        pytest.param([at(3, replace(ANEW, ready=False))], Ruling.BROKEN, id="but-not-ready"),
        pytest.param([at(3, ANEW), gone(6, ANEW)], Ruling.BROKEN, id="but-gone-within-the-hold"),
        pytest.param([at(3, ANEW), gone(6.1, ANEW)], Ruling.HOLDS, id="gone-after-it"),
    ],
)
def test_recreated_by_one_near_miss_a_clause(seen: list[Observed], ruling: Ruling) -> None:
    law = recreated(APP, within=within(seconds(10)))

    assert law.judge(story(*seen, stood=[WEB], end=20)).ruling is ruling


def test_every_pod_must_be_made_anew() -> None:
    twin = pod("web-3")
    law = recreated(app_of(WEB, twin), within=within(seconds(10)))
    other = replace(twin, uid=Uid("uid-new"))
    stood = [WEB, twin]

    one = law.judge(story(at(3, ANEW), stood=stood, end=20))
    assert (one.ruling, one.because) == (Ruling.BROKEN, "not made anew in 10 s, nor in 20 s")
    assert law.judge(story(at(3, ANEW), at(4, other), stood=stood, end=20)).took == seconds(4)
