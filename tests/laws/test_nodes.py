from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chaos import Law, Ruling, seconds
from chaos.history.facts import Node, Observed
from chaos.history.timers import Timers
from chaos.laws import (
    becomes_ready,
    goes_unready,
    joins,
    loses_readiness,
    never_goes_unready,
    reports_unready,
    resumes,
)
from chaos.testing import app_of, at, gone, node, pod, story
from chaos.windows import within
from chaos.workloads.admitted import NodeName, Uid

TIMERS = Timers(
    lease=seconds(8), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=100
)
WINDOW = within(seconds(10))
WEB, TWIN = pod("web-1"), pod("web-2")
ILL = replace(WEB, ready=False)
NODES = [node("worker1"), node("worker2")]


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(node("worker1", ready="Unknown"), Ruling.HOLDS, id="unknown"),
        pytest.param(node("worker1", ready="False"), Ruling.HOLDS, id="not-ready"),
        pytest.param(node("worker1"), Ruling.BROKEN, id="still-ready"),
        pytest.param(node("worker2", ready="Unknown"), Ruling.BROKEN, id="another-node"),
    ],
)
def test_going_unready_by_near_misses(seen: Node, ruling: Ruling) -> None:
    law = goes_unready("worker1", within=WINDOW)

    assert law.judge(story(at(3, seen), stood=NODES, end=20)).ruling is ruling


OWN = replace(node("worker1", ready="False"), reason="KubeletNotReady")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(OWN, Ruling.HOLDS, id="its-own-word"),
        pytest.param(replace(OWN, ready="True"), Ruling.BROKEN, id="ready"),
        pytest.param(replace(OWN, ready="Unknown"), Ruling.BROKEN, id="a-silent-one"),
        pytest.param(replace(OWN, reason=""), Ruling.BROKEN, id="for-another-reason"),
        pytest.param(replace(OWN, name=NodeName("worker2")), Ruling.BROKEN, id="another-node"),
    ],
)
def test_reporting_unready_by_near_misses(seen: Node, ruling: Ruling) -> None:
    law = reports_unready("worker1", within=WINDOW)

    verdict = law.judge(story(at(3, seen), stood=NODES, end=20))

    assert verdict.ruling is ruling
    late = law.judge(story(at(10.1, seen), stood=NODES, end=20))
    assert late.because.startswith("the kubelet of worker1 did not say so")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(node("worker1"), Ruling.HOLDS, id="ready"),
        pytest.param(node("worker1", taint="mine/own:NoSchedule"), Ruling.HOLDS, id="own-taint"),
        pytest.param(node("worker1", ready="Unknown"), Ruling.BROKEN, id="unknown"),
        pytest.param(
            node("worker1", taint="node.kubernetes.io/unreachable:NoExecute"),
            Ruling.BROKEN,
            id="ready-but-tainted",
        ),
        pytest.param(node("worker2"), Ruling.BROKEN, id="another-node"),
    ],
)
@pytest.mark.parametrize("law_of", [becomes_ready, joins])
def test_becoming_ready_by_near_misses(
    law_of: Callable[..., Law], seen: Node, ruling: Ruling
) -> None:
    law = law_of("worker1", within=WINDOW)

    assert law.judge(story(at(3, seen), stood=NODES, end=20)).ruling is ruling
    assert law.judge(story(gone(3, seen), stood=NODES, end=20)).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("relapse", "ruling"),
    [
        pytest.param(at(6, node("worker1", ready="Unknown")), Ruling.BROKEN, id="lost-again"),
        pytest.param(gone(5, node("worker1")), Ruling.BROKEN, id="taken-away"),
        pytest.param(at(6.1, node("worker1", ready="False")), Ruling.HOLDS, id="after-its-hold"),
        pytest.param(at(4, node("worker1")), Ruling.HOLDS, id="seen-again"),
    ],
)
def test_a_node_that_only_looked_in_has_not_come_back(relapse: Observed, ruling: Ruling) -> None:
    aftermath = story(at(3, node("worker1")), relapse, stood=NODES, end=20)

    assert becomes_ready("worker1", within=WINDOW).judge(aftermath).ruling is ruling


def test_a_node_that_never_joined_is_said_not_to() -> None:
    """Of one that is to come nobody knows: it did not, and that is not unknown."""
    verdict = joins("worker9", within=WINDOW).judge(story(stood=NODES, end=20))

    assert verdict.ruling is Ruling.BROKEN
    assert verdict.because == "worker9 did not join in 10 s, nor in 20 s"


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, node("worker1", ready="Unknown")), Ruling.BROKEN, id="unknown"),
        pytest.param(at(3, node("worker1", ready="False")), Ruling.BROKEN, id="not-ready"),
        pytest.param(gone(3, node("worker1")), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, node("worker1")), Ruling.HOLDS, id="still-ready"),
        pytest.param(at(3, node("worker2", ready="Unknown")), Ruling.HOLDS, id="another-node"),
        pytest.param(at(11, node("worker1", ready="Unknown")), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_going_unready_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = never_goes_unready("worker1", through=seconds(10))

    assert law.judge(story(seen, stood=NODES, end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, ILL), Ruling.HOLDS, id="not-ready"),
        pytest.param(at(3, WEB), Ruling.BROKEN, id="still-ready"),
        pytest.param(gone(3, ILL), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, replace(ILL, uid=Uid("another"))), Ruling.BROKEN, id="another-pod"),
        pytest.param(at(11, ILL), Ruling.BROKEN, id="too-late"),
    ],
)
def test_losing_readiness_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = loses_readiness(app_of(WEB), within=WINDOW)

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


def test_every_pod_must_lose_its_readiness() -> None:
    law = loses_readiness(app_of(WEB, TWIN), within=WINDOW)
    verdict = law.judge(story(at(3, ILL), stood=[WEB, TWIN], end=20))

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "not every pod lost its readiness in 10 s, nor in 20 s",
    )


@pytest.mark.parametrize(
    ("moment", "ruling"),
    [(5.9, Ruling.BROKEN), (6, Ruling.HOLDS), (10, Ruling.HOLDS), (10.1, Ruling.BROKEN)],
)
def test_readiness_is_lost_when_the_node_is_noticed(moment: float, ruling: Ruling) -> None:
    aftermath = replace(story(at(moment, ILL), stood=[WEB], end=20), timers=TIMERS)

    assert loses_readiness(app_of(WEB)).judge(aftermath).ruling is ruling


@pytest.mark.parametrize("law", [goes_unready("worker1"), loses_readiness(app_of(WEB))], ids=str)
def test_without_the_cluster_s_timers_the_scenario_has_to_say_when(law: Law) -> None:
    verdict = law.judge(story(stood=[WEB, *NODES], end=20))
    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because.endswith("give `within`")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, WEB), Ruling.HOLDS, id="back"),
        pytest.param(at(3, ILL), Ruling.BROKEN, id="not-ready"),
        pytest.param(at(3, replace(WEB, deleting=True)), Ruling.BROKEN, id="deleted"),
        pytest.param(gone(3, WEB), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, replace(WEB, uid=Uid("another"))), Ruling.BROKEN, id="another-pod"),
    ],
)
def test_resuming_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = resumes(app_of(WEB), within=WINDOW)

    assert law.judge(story(seen, stood=[ILL], end=20)).ruling is ruling


def test_every_pod_must_resume_and_last() -> None:
    law = resumes(app_of(WEB, TWIN), within=WINDOW)
    stood = [ILL, replace(TWIN, ready=False)]
    both = (at(3, WEB), at(4, TWIN))

    one = law.judge(story(both[0], stood=stood, end=20))

    assert (one.ruling, one.because) == (Ruling.BROKEN, "not every pod in 10 s, nor in 20 s")
    assert law.judge(story(*both, stood=stood, end=20)).took == seconds(4)
    assert law.judge(story(*both, at(6, ILL), stood=stood, end=20)).ruling is Ruling.BROKEN
