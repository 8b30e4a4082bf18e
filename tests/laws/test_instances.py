from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from chaos import Law, Ruling, seconds, windows
from chaos.history.effect import Effect
from chaos.history.facts import Observed
from chaos.laws import has_instances, one_on_each, stays_running
from chaos.testing import app_of, at, gone, having, pod, story
from chaos.windows import within
from chaos.workloads.admitted import NodeName, Uid
from chaos.workloads.containers import Probe
from chaos.workloads.first_start import FirstStart

WINDOW = within(seconds(10))
ONE, TWO = pod("web-1"), pod("web-2", node="worker2")
FRESH = pod("web-3", node="worker2")
LEAVING = replace(TWO, deleting=True)
STOOD = [ONE, TWO]
APP = app_of(*STOOD)
BOTH = has_instances(APP, 2, within=WINDOW)
EACH = one_on_each(APP, ("worker1", "worker2"), within=WINDOW)


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, FRESH), Ruling.HOLDS, id="made-anew"),
        pytest.param(at(3, replace(FRESH, ready=False)), Ruling.BROKEN, id="not-ready"),
        pytest.param(at(3, replace(FRESH, deleting=True)), Ruling.BROKEN, id="leaving-too"),
        pytest.param(gone(3, FRESH), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, replace(FRESH, workload="db")), Ruling.BROKEN, id="another-workload"),
        pytest.param(at(3, TWO), Ruling.HOLDS, id="or-not-leaving-after-all"),
        pytest.param(at(11, FRESH), Ruling.BROKEN, id="too-late"),
    ],
)
def test_a_pod_that_leaves_is_made_up_for_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    assert BOTH.judge(story(at(1, LEAVING), seen, stood=STOOD, end=20)).ruling is ruling


def test_one_too_many_is_not_the_number() -> None:
    verdict = BOTH.judge(story(at(3, FRESH), stood=STOOD, end=20))

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "not 2 ready pods in 10 s, nor in 20 s",
    )
    assert (
        has_instances(APP, 3, within=WINDOW).judge(story(at(3, FRESH), stood=STOOD, end=20)).ruling
        is Ruling.HOLDS
    )


def test_what_was_leaving_already_does_not_count() -> None:
    one = has_instances(APP, 1, within=WINDOW)

    assert one.judge(story(at(3, ONE), stood=[ONE, LEAVING], end=20)).ruling is Ruling.HOLDS


def test_a_pod_without_its_label_is_no_instance() -> None:
    orphan = replace(TWO, workload=TWO.name)

    assert BOTH.judge(story(at(1, orphan), stood=STOOD, end=20)).ruling is Ruling.BROKEN
    aftermath = story(at(1, orphan), at(3, FRESH), at(4, ONE), stood=STOOD, end=20)
    assert BOTH.judge(aftermath).ruling is Ruling.HOLDS
    adopted = story(at(1, orphan), at(3, TWO), at(4, ONE), stood=STOOD, end=20)
    assert BOTH.judge(adopted).took == seconds(3)


@pytest.mark.parametrize(
    ("moment", "ruling"), [(6.0, Ruling.BROKEN), (6.1, Ruling.HOLDS)], ids=["within", "after"]
)
def test_instances_that_crash_again_are_no_recovery(moment: float, ruling: Ruling) -> None:
    again = at(moment, replace(FRESH, ready=False))
    aftermath = story(at(1, LEAVING), at(3, FRESH), again, stood=STOOD, end=20)

    assert BOTH.judge(aftermath).ruling is ruling


def test_instances_that_change_all_the_time_are_not_kept() -> None:
    others = [pod(f"web-{n}", node="worker2") for n in range(4, 16)]
    swaps = [
        entry
        for n, (old, new) in enumerate(itertools.pairwise(others))
        for entry in (gone(2 + n, old), at(2 + n, new))
    ]
    aftermath = story(at(1, LEAVING), at(1.5, others[0]), *swaps, stood=STOOD, end=20)

    assert BOTH.judge(aftermath).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("moment", "ruling"), [(4, Ruling.HOLDS), (4.1, Ruling.BROKEN)], ids=["in-time", "late"]
)
def test_a_pod_is_made_in_four_seconds(moment: float, ruling: Ruling) -> None:
    aftermath = story(at(1, LEAVING), at(moment, FRESH), stood=STOOD, end=20)

    assert has_instances(APP, 2).judge(aftermath).ruling is ruling
    assert one_on_each(APP, ("worker1", "worker2")).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, FRESH), Ruling.HOLDS, id="one-on-each"),
        pytest.param(at(3, replace(FRESH, ready=False)), Ruling.BROKEN, id="not-ready"),
        pytest.param(at(3, replace(FRESH, node=None)), Ruling.BROKEN, id="not-placed"),
        pytest.param(
            at(3, replace(FRESH, node=NodeName("worker1"))), Ruling.BROKEN, id="both-on-one"
        ),
        pytest.param(
            at(3, replace(FRESH, node=NodeName("worker3"))), Ruling.BROKEN, id="on-another"
        ),
    ],
)
def test_one_on_each_node_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    assert EACH.judge(story(at(1, LEAVING), seen, stood=STOOD, end=20)).ruling is ruling


def test_a_second_on_a_node_is_too_many() -> None:
    verdict = EACH.judge(story(at(3, FRESH), stood=STOOD, end=20))

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "not one ready pod on each of worker1, worker2 in 10 s, nor in 20 s",
    )


def test_one_on_each_must_last() -> None:
    ill = at(5, replace(FRESH, ready=False))

    assert EACH.judge(story(at(1, LEAVING), at(3, FRESH), ill, stood=STOOD, end=20)).ruling is (
        Ruling.BROKEN
    )


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, replace(ONE, workload=ONE.name)), Ruling.HOLDS, id="without-its-label"),
        pytest.param(at(3, replace(ONE, ready=False)), Ruling.BROKEN, id="not-ready"),
        pytest.param(at(3, replace(ONE, deleting=True)), Ruling.BROKEN, id="deleted"),
        pytest.param(gone(3, ONE), Ruling.BROKEN, id="gone"),
        pytest.param(gone(3, replace(ONE, uid=Uid("x"))), Ruling.HOLDS, id="another-pod"),
        pytest.param(gone(11, ONE), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_staying_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = stays_running(APP, through=seconds(10))

    assert law.judge(story(seen, stood=STOOD, end=20)).ruling is ruling


def test_the_first_pod_that_does_not_stay_is_the_one_shown() -> None:
    law = stays_running(APP, through=seconds(10))

    assert law.judge(story(gone(3, TWO), gone(4, ONE), stood=STOOD, end=20)).took == seconds(3)


TIMERS = windows.Timers(
    lease=seconds(4), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=2
)
SLOW = replace(
    having(app_of(*STOOD), readiness=Probe(delay=seconds(20))),
    tolerance=seconds(2),
    first=FirstStart(seconds(0), seconds(7), seconds(90)),
)


@pytest.mark.parametrize("law", [has_instances(SLOW, 2), one_on_each(SLOW, ("worker1", "worker2"))])
@pytest.mark.parametrize(
    ("effect", "window"),
    [
        (Effect("deletes"), windows.made_anew(SLOW)),
        (Effect(), windows.made_anew(SLOW)),
        (Effect("lost"), windows.node_lost(SLOW, TIMERS)),
    ],
)
def test_new_pods_have_the_time_that_the_fault_and_their_probes_and_their_app_take(
    law: Law, effect: Effect, window: windows.Window
) -> None:
    whole = story(at(1, LEAVING), stood=STOOD, end=200)
    aftermath = replace(whole, effect=effect, timers=TIMERS)
    assert law.judge(aftermath).window == window


def test_a_lost_node_s_pods_are_not_asked_for_before_they_can_be_there() -> None:
    with_timers = replace(story(end=0, stood=STOOD), effect=Effect("lost"), timers=None)
    verdict = has_instances(APP, 2).judge(with_timers)
    assert (verdict.ruling, "give `within`" in verdict.because) == (Ruling.UNKNOWN, True)
