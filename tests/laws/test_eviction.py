from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.effect import Effect
from chaos.history.facts import Entry, Observed, Pod
from chaos.history.history import History
from chaos.history.timers import Timers
from chaos.laws import becomes_unreachable, dies_step_by_step, evicted, never_evicted
from chaos.testing import app_of, at, gap, gone, lag, node, pod, story
from chaos.windows import within
from chaos.workloads.admitted import NodeName

TIMERS = Timers(
    lease=seconds(8), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=100
)
UNREACHABLE = "node.kubernetes.io/unreachable:NoExecute"
WINDOW = within(seconds(10))
WEB = pod("web-1")
TWIN = pod("web-2")
FRESH = pod("web-3", node="worker2")
LOST = replace(WEB, deleting=True, disrupted="DeletionByTaintManager")
TOLERANT = app_of(WEB, tolerance=2.0)
UNKNOWN, TAINTED = node("worker1", ready="Unknown"), node("worker1", taint=UNREACHABLE)


def dead(*entries: Entry, count: int = 1, end: float = 30) -> History:
    """What came after a node's death, with the live cluster's timers."""
    told = story(*entries, stood=[WEB], end=end)
    return replace(told, effect=Effect("lost", count=count), timers=TIMERS)


@pytest.mark.parametrize(
    ("taint", "ruling"),
    [
        (UNREACHABLE, Ruling.HOLDS),
        ("node.kubernetes.io/unreachable:NoSchedule", Ruling.BROKEN),
        ("node.kubernetes.io/not-ready:NoExecute", Ruling.BROKEN),
    ],
)
def test_unreachable_is_one_taint_and_no_other(taint: str, ruling: Ruling) -> None:
    law = becomes_unreachable("worker1", within=WINDOW)

    assert law.judge(story(at(3, node("worker1", taint=taint)), end=20)).ruling is ruling


def test_another_node_s_taint_says_nothing_of_this_one() -> None:
    verdict = becomes_unreachable("worker2", within=WINDOW).judge(
        story(at(3, TAINTED), stood=[node("worker2")], end=20)
    )

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "worker2 was not tainted in 10 s, nor in 20 s",
    )


@pytest.mark.parametrize(
    ("moment", "count", "ruling"),
    [
        (5.9, 1, Ruling.BROKEN),  # earliest: 8 s - 1.04 x 2 s
        (6, 1, Ruling.HOLDS),
        (11, 1, Ruling.HOLDS),  # latest: 8 s + 2 x 1 s + 1 / 100 + 1 s
        (11.05, 1, Ruling.BROKEN),
        (11.05, 10, Ruling.HOLDS),
    ],
)
def test_a_dead_node_is_tainted_in_its_window(moment: float, count: int, ruling: Ruling) -> None:
    aftermath = dead(at(moment, TAINTED), count=count)

    assert becomes_unreachable("worker1").judge(aftermath).ruling is ruling


def test_without_the_cluster_s_timers_the_scenario_has_to_say_when() -> None:
    verdict = becomes_unreachable("worker1").judge(story(at(7, TAINTED), end=20))
    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because.endswith("give `within`")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, LOST), Ruling.HOLDS, id="evicted"),
        pytest.param(gone(3, LOST), Ruling.HOLDS, id="and-gone-at-once"),
        pytest.param(at(3, replace(LOST, deleting=False)), Ruling.BROKEN, id="only-marked"),
        pytest.param(at(3, replace(LOST, disrupted="")), Ruling.BROKEN, id="deleted-by-somebody"),
        pytest.param(
            at(3, replace(LOST, disrupted="DeletionByPodGC")), Ruling.BROKEN, id="by-another"
        ),
        pytest.param(at(3, replace(LOST, uid=TWIN.uid)), Ruling.BROKEN, id="another-pod"),
        pytest.param(at(11, LOST), Ruling.BROKEN, id="too-late"),
    ],
)
def test_evicted_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = evicted(app_of(WEB), within=WINDOW)

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


def test_every_pod_must_be_evicted() -> None:
    law = evicted(app_of(WEB, TWIN), within=WINDOW)
    both = (at(3, LOST), at(4, replace(LOST, uid=TWIN.uid)))

    one = law.judge(story(both[0], stood=[WEB, TWIN], end=20))

    assert (one.ruling, one.because) == (
        Ruling.BROKEN,
        "not every pod was evicted in 10 s, nor in 20 s",
    )
    assert law.judge(story(*both, stood=[WEB, TWIN], end=20)).took == seconds(4)


@pytest.mark.parametrize(
    ("moment", "ruling"),
    [(7.9, Ruling.BROKEN), (8, Ruling.HOLDS), (13, Ruling.HOLDS), (13.1, Ruling.BROKEN)],
)
def test_an_eviction_waits_for_the_toleration(moment: float, ruling: Ruling) -> None:
    assert evicted(TOLERANT).judge(dead(at(moment, LOST))).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, WEB), Ruling.HOLDS, id="still-there"),
        pytest.param(at(3, replace(WEB, ready=False)), Ruling.HOLDS, id="not-even-ready"),
        pytest.param(at(3, replace(WEB, deleting=True)), Ruling.BROKEN, id="deleted"),
        pytest.param(gone(3, WEB), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, replace(FRESH, deleting=True)), Ruling.HOLDS, id="a-new-pod"),
        pytest.param(at(10, replace(WEB, deleting=True)), Ruling.BROKEN, id="at-the-end"),
        pytest.param(at(10.1, replace(WEB, deleting=True)), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_evicted_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = never_evicted(app_of(WEB), through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


STEPS = (at(1, UNKNOWN), at(2, TAINTED), at(3, LOST), at(4, FRESH))


def test_a_death_has_four_steps() -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)

    verdict = law.judge(story(*STEPS, stood=[WEB], end=20))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(4))


@pytest.mark.parametrize("missing", range(4))
def test_a_death_that_lacks_a_step_is_none(missing: int) -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)
    entries = [step for number, step in enumerate(STEPS) if number != missing]

    assert law.judge(story(*entries, stood=[WEB], end=20)).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    "early",
    [
        pytest.param((at(0.5, TAINTED),), id="tainted-before-unknown"),
        pytest.param((at(1.5, LOST),), id="evicted-before-tainted"),
        pytest.param((at(2.5, FRESH),), id="replaced-before-evicted"),
    ],
)
def test_a_step_before_its_turn_is_no_death_in_order(early: tuple[Observed, ...]) -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)
    told = sorted([*early, *STEPS], key=lambda entry: entry.at)

    verdict = law.judge(story(*told, stood=[WEB], end=20))

    assert verdict.ruling is Ruling.BROKEN
    assert "no death in order (unknown 1.0 s, tainted" in verdict.because


@pytest.mark.parametrize(
    ("late", "ruling"),
    [
        pytest.param(lag(2.5, 3), Ruling.UNKNOWN, id="a-step"),
        pytest.param(lag(3.5, 4), Ruling.UNKNOWN, id="the-last-step"),
        pytest.param(lag(4.5, 6), Ruling.HOLDS, id="after-the-steps"),
    ],
)
def test_the_order_of_two_watches_is_not_known_of_one_that_was_late(
    late: Entry, ruling: Ruling
) -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)
    early = [at(1, UNKNOWN), at(2, LOST), at(3, TAINTED), at(4, FRESH)]

    verdict = law.judge(story(*STEPS, late, stood=[WEB], end=20))

    assert verdict.ruling is ruling
    assert ("each step must be after the one before" in verdict.because) is (
        ruling is Ruling.UNKNOWN
    )
    assert law.judge(story(*early, lag(1, 3), stood=[WEB], end=20)).ruling is Ruling.UNKNOWN
    assert law.judge(story(*early[:2], lag(1, 2), stood=[WEB], end=5)).ruling is Ruling.OPEN


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(at(1, node("worker1", ready="False")), id="not-ready-is-not-unknown"),
        pytest.param(at(1, node("worker2", ready="Unknown")), id="another-node"),
    ],
)
def test_the_first_step_is_this_node_s_unknown(step: Observed) -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)

    assert law.judge(story(step, *STEPS[1:], stood=[WEB], end=20)).ruling is Ruling.BROKEN


def test_news_of_the_lost_pod_is_not_another() -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)
    news = at(4, replace(LOST, ready=False))

    verdict = law.judge(story(*STEPS[:3], news, stood=[WEB], end=20))

    assert verdict.because == (
        "no death in order (unknown 1.0 s, tainted 2.0 s, evicted 3.0 s) in 10 s, nor in 20 s"
    )


def test_where_nothing_happened_there_was_no_death() -> None:
    verdict = dies_step_by_step("worker1", app_of(WEB), within=WINDOW).judge(
        story(stood=[WEB], end=20)
    )

    assert verdict.because == "no death in order (nothing) in 10 s, nor in 20 s"


@pytest.mark.parametrize(
    ("twin", "lost", "ruling"),
    [
        pytest.param(TWIN, True, Ruling.HOLDS, id="the-first-eviction-counts"),
        pytest.param(TWIN, False, Ruling.BROKEN, id="but-all-that-stood-there-must-go"),
        pytest.param(
            replace(TWIN, node=NodeName("worker2")), False, Ruling.HOLDS, id="those-elsewhere-stay"
        ),
    ],
)
def test_each_pod_of_the_dead_node_is_evicted(twin: Pod, lost: bool, ruling: Ruling) -> None:  # noqa: FBT001  a row
    law = dies_step_by_step("worker1", app_of(WEB, twin), within=WINDOW)
    second = [at(5, replace(LOST, uid=twin.uid))] if lost else []

    verdict = law.judge(story(*STEPS, *second, stood=[WEB, twin], end=20))

    assert verdict.ruling is ruling


def test_on_a_node_where_nothing_stood_nothing_dies() -> None:
    law = dies_step_by_step("worker1", app_of(WEB), within=WINDOW)
    away = replace(WEB, node=NodeName("worker2"))

    verdict = law.judge(story(*STEPS, stood=[away], end=20))
    assert (verdict.ruling, verdict.because) == (Ruling.UNKNOWN, "web had no pod on worker1")


def test_of_those_on_a_node_the_others_need_not_go() -> None:
    """Three replicas, one dead node: nobody deletes those that stand elsewhere."""
    elsewhere = pod("web-2", node="worker2")
    app = app_of(WEB, elsewhere)
    aftermath = story(at(3, LOST), stood=[WEB, elsewhere], end=20)

    assert evicted(app, within=WINDOW).judge(aftermath).ruling is Ruling.BROKEN
    assert evicted(app, on="worker1", within=WINDOW).judge(aftermath).ruling is Ruling.HOLDS
    nobody = evicted(app, on="worker3", within=WINDOW).judge(aftermath)
    assert (nobody.ruling, nobody.because) == (Ruling.UNKNOWN, "web had no pod on worker3")


@pytest.mark.parametrize(
    ("moment", "ruling"), [(16.9, Ruling.HOLDS), (17.1, Ruling.BROKEN)], ids=["in", "late"]
)
def test_a_death_ends_when_the_replacement_must_be_ready(moment: float, ruling: Ruling) -> None:
    aftermath = dead(at(6, UNKNOWN), at(7, TAINTED), at(9, LOST), at(moment, FRESH))

    assert dies_step_by_step("worker1", TOLERANT).judge(aftermath).ruling is ruling


def test_a_gap_leaves_an_eviction_unknown() -> None:
    law = evicted(app_of(WEB), within=WINDOW)

    assert law.judge(story(gap(4, 5), stood=[WEB], end=20)).ruling is Ruling.UNKNOWN
