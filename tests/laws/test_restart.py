from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Pod
from chaos.laws import never_restarted
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, container, gap, gone, having, pod, restarted, story
from chaos.windows import Window, within
from chaos.workloads.admitted import NodeName, Uid
from chaos.workloads.containers import ContainerSpec, Probe

WEB = pod("web-1")
APP = app_of(WEB)
LAW = is_restarted(APP, within=within(seconds(10)))
BACK = restarted(WEB)
OTHER = replace(pod("web-2"), containers=(container(id="other-0"),))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(BACK, Ruling.HOLDS, id="restarted"),
        pytest.param(replace(BACK, ready=False), Ruling.HOLDS, id="running-is-enough"),
        pytest.param(WEB, Ruling.BROKEN, id="but-nothing-changed"),
        pytest.param(restarted(WEB, restarts=0), Ruling.BROKEN, id="but-the-same-count"),
        pytest.param(restarted(WEB, id="app-0"), Ruling.BROKEN, id="but-the-same-container"),
        pytest.param(restarted(WEB, state="waiting"), Ruling.BROKEN, id="but-only-waiting"),
        pytest.param(restarted(WEB, state="terminated"), Ruling.BROKEN, id="but-ended-again"),
        pytest.param(
            replace(BACK, node=NodeName("worker2")), Ruling.BROKEN, id="but-on-another-node"
        ),
        pytest.param(replace(BACK, uid=Uid("uid-new")), Ruling.BROKEN, id="but-another-pod"),
        pytest.param(
            replace(BACK, containers=(container("sidecar", id="s", restarts=1),)),
            Ruling.BROKEN,
            id="but-a-container-that-did-not-stand",
        ),
        pytest.param(replace(BACK, workload="db"), Ruling.BROKEN, id="but-another-workload"),
    ],
)
def test_restarted_by_one_near_miss_a_clause(seen: Pod, ruling: Ruling) -> None:
    aftermath = story(at(3, seen), stood=[WEB], end=20)

    assert LAW.judge(aftermath).ruling is ruling


def test_a_pod_that_is_gone_was_not_restarted() -> None:
    assert LAW.judge(story(gone(3, BACK), stood=[WEB], end=20)).ruling is Ruling.BROKEN


def test_a_pod_that_never_stood_cannot_be_restarted() -> None:
    verdict = LAW.judge(story(at(3, BACK), end=20))
    assert (verdict.ruling, verdict.because) == (Ruling.UNKNOWN, "web had no pods")


@pytest.mark.parametrize(
    ("relapse", "ruling"),
    [(5.9, Ruling.BROKEN), (6.0, Ruling.BROKEN), (6.1, Ruling.HOLDS)],
    ids=["within-the-hold", "at-its-end", "after-it"],
)
def test_a_restart_that_does_not_last_its_hold_is_none(relapse: float, ruling: Ruling) -> None:
    crashed = restarted(WEB, state="terminated")
    aftermath = story(at(3, BACK), at(relapse, crashed), stood=[WEB], end=20)

    assert LAW.judge(aftermath).ruling is ruling


def test_the_next_restart_undoes_the_last() -> None:
    again = restarted(BACK)
    aftermath = story(at(3, BACK), at(5, again), stood=[WEB], end=20)

    verdict = LAW.judge(aftermath)

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.evidence == (at(5, again),)


def test_probes_make_the_hold_longer() -> None:
    law = is_restarted(having(APP, liveness=Probe(period=seconds(5))), within=within(seconds(10)))
    relapse = at(9, restarted(WEB, state="terminated"))

    assert law.judge(story(at(3, BACK), relapse, stood=[WEB], end=20)).ruling is Ruling.BROKEN


def test_two_crashed_pods_need_two_restarts() -> None:
    law = is_restarted(app_of(WEB, OTHER), within=within(seconds(10)))
    one = story(at(3, BACK), stood=[WEB, OTHER], end=20)
    both = story(at(3, BACK), at(4, restarted(OTHER)), stood=[WEB, OTHER], end=20)

    assert law.judge(one).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS
    assert law.judge(both).took == seconds(4)


def test_one_of_two_pods_is_restarted_by_its_own_container_only() -> None:
    law = is_restarted(app_of(WEB, OTHER).one, within=within(seconds(10)))
    own = story(at(3, BACK), stood=[WEB, OTHER], end=20)
    twin_s = story(at(3, restarted(OTHER)), stood=[WEB, OTHER], end=20)

    assert law.judge(own).ruling is Ruling.HOLDS
    assert law.judge(twin_s).ruling is Ruling.BROKEN


def test_news_of_a_restarted_twin_is_no_relapse() -> None:
    law = is_restarted(app_of(WEB, OTHER), within=within(seconds(10)))
    twin = restarted(OTHER)
    aftermath = story(at(3, BACK), at(3, twin), at(4, twin), stood=[WEB, OTHER], end=20)

    assert law.judge(aftermath).ruling is Ruling.HOLDS


def test_what_has_no_container_yet_has_none_that_is_started_again() -> None:
    """Its first start is none: one of an earlier count it has not."""
    pending = replace(WEB, containers=())
    aftermath = story(at(3, WEB), stood=[pending], end=20)

    assert never_restarted(APP, through=seconds(10)).judge(aftermath).ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("moment", "ruling"),
    [(1.9, Ruling.BROKEN), (2.0, Ruling.HOLDS), (10.0, Ruling.HOLDS), (10.1, Ruling.BROKEN)],
    ids=["too-early", "earliest", "latest", "too-late"],
)
def test_a_restart_must_lie_in_its_window(moment: float, ruling: Ruling) -> None:
    window = Window(seconds(2), seconds(10), "a probe")
    aftermath = story(at(moment, BACK), stood=[WEB], end=20)

    assert is_restarted(APP, within=window).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(BACK, Ruling.BROKEN, id="restarted"),
        pytest.param(restarted(WEB, state="terminated"), Ruling.BROKEN, id="and-ended-again"),
        pytest.param(restarted(WEB, restarts=0), Ruling.HOLDS, id="but-the-same-count"),
        pytest.param(restarted(WEB, id="app-0"), Ruling.HOLDS, id="but-the-same-container"),
        pytest.param(replace(BACK, uid=Uid("uid-new")), Ruling.HOLDS, id="but-a-new-pod-s"),
        pytest.param(replace(BACK, workload="db"), Ruling.HOLDS, id="but-another-workload-s"),
    ],
)
def test_never_restarted_by_one_near_miss_a_clause(seen: Pod, ruling: Ruling) -> None:
    aftermath = story(at(3, seen), stood=[WEB], end=20)

    assert never_restarted(APP, through=seconds(10)).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("moment", "ruling"), [(10.0, Ruling.BROKEN), (10.1, Ruling.HOLDS)], ids=["at", "after"]
)
def test_never_restarted_ends_with_its_time(moment: float, ruling: Ruling) -> None:
    aftermath = story(at(moment, BACK), stood=[WEB], end=20)

    assert never_restarted(APP, through=seconds(10)).judge(aftermath).ruling is ruling


def test_a_restart_that_a_gap_may_hide_is_not_denied() -> None:
    aftermath = story(gap(4, 5), stood=[WEB], end=20)

    assert never_restarted(APP, through=seconds(10)).judge(aftermath).ruling is Ruling.UNKNOWN
    assert LAW.judge(aftermath).ruling is Ruling.UNKNOWN


SIDE = container("side", id="side-0")
BOTH = replace(APP, containers=(ContainerSpec("app"), ContainerSpec("side")))
TWO = replace(WEB, containers=(*WEB.containers, SIDE))
APP_BACK = replace(TWO, containers=(*BACK.containers, SIDE))
SIDE_BACK = replace(TWO, containers=(*WEB.containers, container("side", id="side-1", restarts=1)))


@pytest.mark.parametrize(
    ("seen", "app", "side"),
    [(APP_BACK, Ruling.HOLDS, Ruling.BROKEN), (SIDE_BACK, Ruling.BROKEN, Ruling.HOLDS)],
    ids=["the-first", "the-second"],
)
def test_of_two_containers_the_one_that_is_named_is_meant(
    seen: Pod, app: Ruling, side: Ruling
) -> None:
    aftermath = story(at(3, seen), stood=[TWO], end=20)
    window, through = within(seconds(10)), seconds(10)

    first = is_restarted(BOTH.container("app"), within=window)
    second = is_restarted(BOTH.container("side"), within=window)
    spared = never_restarted(BOTH.container("app"), through=through)

    assert (first.judge(aftermath).ruling, second.judge(aftermath).ruling) == (app, side)
    assert spared.judge(aftermath).ruling is side


def test_nothing_is_said_of_a_container_that_is_not_there() -> None:
    aftermath = story(at(3, BACK), stood=[WEB], end=20)
    verdict = never_restarted(BOTH.container("side"), through=seconds(10)).judge(aftermath)

    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because == "no container 'side' stood"
