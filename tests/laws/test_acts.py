from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from chaos import Law, Ruling, seconds
from chaos.history.facts import Entry, Node, Observed, Pod
from chaos.laws import deleted, forgotten, go_unready, orphaned, scaled_to, tainted, vanished
from chaos.testing import app_of, at, gone, node, pod, story
from chaos.windows import within
from chaos.workloads.admitted import Apps

WEB, TWIN, DB = pod("web-1"), pod("web-2"), pod("db-1")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
LEAVING = replace(WEB, deleting=True)
WORKER = node("worker1")


@pytest.mark.parametrize(
    ("seen", "going", "gone_for_good"),
    [
        pytest.param(at(3, LEAVING), True, False, id="on-its-way"),
        pytest.param(gone(3, LEAVING), True, True, id="gone"),
        pytest.param(gone(3, WEB), True, True, id="gone-at-once"),
        pytest.param(at(3, WEB), False, False, id="still-there"),
        pytest.param(at(3, replace(TWIN, deleting=True)), False, False, id="another-goes"),
        pytest.param(gone(3, TWIN), False, False, id="another-is-gone"),
        pytest.param(gone(30, WEB), True, True, id="at-the-last-moment"),
        pytest.param(gone(30.1, WEB), False, False, id="too-late"),
    ],
)
def test_deleted_and_vanished_by_near_misses(
    seen: Observed,
    going: bool,  # noqa: FBT001
    gone_for_good: bool,  # noqa: FBT001
) -> None:
    aftermath = story(seen, stood=[WEB, TWIN], end=60)

    assert deleted(APP).judge(aftermath).ruling is (Ruling.HOLDS if going else Ruling.BROKEN)
    assert vanished(APP).judge(aftermath).ruling is (
        Ruling.HOLDS if gone_for_good else Ruling.BROKEN
    )


@pytest.mark.parametrize("law", [deleted, vanished])
def test_every_pod_of_every_app_must_go(law: Callable[[Apps], Law]) -> None:
    stood = [WEB, TWIN, DB]
    all_of_them = law((BOTH, app_of(DB)))
    one, two, three = gone(1, WEB), gone(2, TWIN), gone(3, DB)

    assert all_of_them.judge(story(one, two, stood=stood, end=60)).ruling is Ruling.BROKEN
    verdict = all_of_them.judge(story(one, two, three, stood=stood, end=60))
    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(3))


@pytest.mark.parametrize(
    ("law", "because"),
    [
        (deleted(APP), "not every pod was deleted in 30 s, nor in 60 s"),
        (vanished(APP), "not every object went in 30 s, nor in 60 s"),
        (scaled_to(APP, replicas=2), "never 2 pods in 30 s, nor in 60 s"),
        (orphaned(APP, pods=(WEB.uid,)), "not every pod lost its label in 30 s, nor in 60 s"),
        (tainted("worker1", taint="a=b:NoExecute"), "worker1 was not tainted in 30 s, nor in 60 s"),
        (forgotten("worker1"), "worker1 is still known in 30 s, nor in 60 s"),
    ],
)
def test_what_left_no_trace_says_which(law: Law, because: str) -> None:
    assert law.judge(story(stood=[WEB, WORKER], end=60)).because == because


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, TWIN)], Ruling.HOLDS, id="one-more"),
        pytest.param([at(3, WEB)], Ruling.BROKEN, id="the-same"),
        pytest.param([at(3, replace(TWIN, deleting=True))], Ruling.BROKEN, id="one-that-leaves"),
        pytest.param([gone(3, TWIN)], Ruling.BROKEN, id="one-that-is-gone"),
        pytest.param([at(3, DB)], Ruling.BROKEN, id="another-workload-s"),
        pytest.param([at(3, replace(TWIN, ready=False))], Ruling.HOLDS, id="ready-or-not"),
        pytest.param([at(3, LEAVING), at(4, TWIN)], Ruling.BROKEN, id="one-came-one-leaves"),
        pytest.param([gone(3, WEB), at(4, TWIN)], Ruling.BROKEN, id="one-came-one-went"),
        pytest.param(
            [at(3, replace(WEB, workload="web-1")), at(4, TWIN)],
            Ruling.BROKEN,
            id="one-came-one-lost-its-label",
        ),
        pytest.param(
            [at(3, LEAVING), at(4, TWIN), at(5, pod("web-3"))], Ruling.HOLDS, id="two-in-the-end"
        ),
    ],
)
def test_a_scale_is_reached_by_the_pods_that_stay(seen: list[Entry], ruling: Ruling) -> None:
    law = scaled_to(APP, replicas=2)

    assert law.judge(story(*seen, stood=[WEB], end=60)).ruling is ruling


def test_scaling_down_does_not_wait_for_those_that_leave() -> None:
    law = scaled_to(BOTH, replicas=1)
    leaving = at(3, replace(TWIN, deleting=True))

    assert law.judge(story(leaving, stood=[WEB, TWIN], end=60)).ruling is Ruling.HOLDS
    assert law.judge(story(gone(3, TWIN), stood=[WEB, TWIN], end=60)).ruling is Ruling.HOLDS


def test_a_pod_that_was_leaving_already_counts_for_nothing() -> None:
    law = scaled_to(BOTH, replicas=1)
    stood = [WEB, replace(TWIN, deleting=True)]

    assert law.judge(story(at(3, WEB), stood=stood, end=60)).ruling is Ruling.HOLDS
    assert (
        scaled_to(BOTH, replicas=2).judge(story(at(3, WEB), stood=stood, end=60)).ruling
        is Ruling.BROKEN
    )


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(replace(WEB, workload="web-1"), Ruling.HOLDS, id="lost-its-label"),
        pytest.param(WEB, Ruling.BROKEN, id="keeps-it"),
        pytest.param(replace(TWIN, workload="web-2"), Ruling.BROKEN, id="another-lost-its"),
    ],
)
def test_orphaned_by_near_misses(seen: Pod, ruling: Ruling) -> None:
    law = orphaned(BOTH, pods=(WEB.uid,))

    assert law.judge(story(at(3, seen), stood=[WEB, TWIN], end=60)).ruling is ruling


def test_every_pod_named_must_lose_its_label() -> None:
    law = orphaned((BOTH, app_of(DB)), pods=(WEB.uid, DB.uid))
    one, other = at(2, replace(WEB, workload="x")), at(3, replace(DB, workload="x"))
    stood = [WEB, TWIN, DB]

    assert law.judge(story(one, stood=stood, end=60)).ruling is Ruling.BROKEN
    assert law.judge(story(one, other, stood=stood, end=60)).ruling is Ruling.HOLDS


TAINT = "mine/maintenance=yes:NoExecute"


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(node("worker1", taint=TAINT), Ruling.HOLDS, id="tainted"),
        pytest.param(node("worker1"), Ruling.BROKEN, id="no-taint"),
        pytest.param(node("worker1", taint="other:NoExecute"), Ruling.BROKEN, id="another-taint"),
        pytest.param(node("worker2", taint=TAINT), Ruling.BROKEN, id="another-node"),
    ],
)
def test_tainted_by_near_misses(seen: Node, ruling: Ruling) -> None:
    assert (
        tainted("worker1", taint=TAINT).judge(story(at(3, seen), stood=[WORKER], end=60)).ruling
        is ruling
    )


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(gone(3, node("worker1")), Ruling.HOLDS, id="gone"),
        pytest.param(at(3, node("worker1", ready="Unknown")), Ruling.BROKEN, id="only-lost"),
        pytest.param(gone(3, node("worker2")), Ruling.BROKEN, id="another-node"),
    ],
)
def test_forgotten_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    assert forgotten("worker1").judge(story(seen, stood=[WORKER], end=60)).ruling is ruling


@pytest.mark.parametrize("belief", ["Unknown", "False"])
def test_every_node_must_go_unready(belief: Literal["Unknown", "False"]) -> None:
    law = go_unready(("worker1", "worker2"), within=within(seconds(10)))
    one = at(2, node("worker1", ready=belief))
    other = at(3, node("worker2", ready=belief))
    well = at(3, node("worker2"))

    assert law.judge(story(one, other, end=60)).ruling is Ruling.HOLDS
    verdict = law.judge(story(one, well, end=60))
    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "not every node became unready in 10 s, nor in 60 s",
    )
