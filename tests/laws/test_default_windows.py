from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Law, Ruling, Verdict, seconds, windows
from chaos.history.effect import Effect
from chaos.history.facts import Thing
from chaos.history.timers import Timers
from chaos.laws import (
    exited,
    goes_unready,
    leaves_endpoints,
    recreated,
    rejoins_endpoints,
    replaced,
    runtime_restarted,
)
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, container, endpoints, node, pod, restarted, story
from chaos.windows import Window
from chaos.workloads.containers import Probe

WEB, TWIN = pod("web-1"), pod("web-2", containers=(container(id="twin-0"),))
PROBE = Probe(period=seconds(2), timeout=seconds(1), failures=3)
APP = app_of(WEB, liveness=PROBE, readiness=PROBE, tolerance=4.0)
TIMERS = Timers(
    lease=seconds(4),
    monitor_period=seconds(1),
    monitor_grace=seconds(8),
    eviction_rate=2,
    longest_backoff=seconds(15),
)
ENDS, HANGS, LOST = Effect("ends"), Effect("silent"), Effect("lost", count=2)
DELETED = Effect("deletes")


def judged(law: Law, effect: Effect, *stood: Thing, timers: Timers | None = TIMERS) -> Verdict:
    history = story(stood=stood, end=0)
    return law.judge(replace(history, effect=effect, timers=timers))


@pytest.mark.parametrize(
    ("law", "effect", "window"),
    [
        pytest.param(is_restarted(APP), ENDS, windows.crash(APP), id="a-crash"),
        pytest.param(is_restarted(APP), HANGS, windows.hang(APP), id="a-hang"),
        pytest.param(exited(APP, code=137), HANGS, windows.hang(APP), id="its-end"),
        pytest.param(runtime_restarted(APP), HANGS, windows.hang(APP), id="at-the-runtime"),
        pytest.param(leaves_endpoints(APP), HANGS, windows.unready(APP), id="its-traffic"),
        pytest.param(
            leaves_endpoints(APP),
            LOST,
            windows.unrouted(APP, LOST, TIMERS),
            id="its-traffic-when-its-node-is-lost",
        ),
        pytest.param(rejoins_endpoints(APP), HANGS, windows.ready_again(APP), id="and-back"),
        pytest.param(
            replaced(APP, away_from="worker1"),
            LOST,
            windows.node_lost(APP, TIMERS, nodes=2),
            id="a-lost-node",
        ),
        pytest.param(
            recreated(APP),
            DELETED,
            windows.replacement(APP, DELETED, TIMERS),
            id="an-object-that-is-deleted",
        ),
        pytest.param(
            goes_unready("worker1"), LOST, windows.node_noticed(TIMERS), id="its-readiness"
        ),
    ],
)
def test_a_law_without_a_window_takes_the_one_of_spec_and_fault(
    law: Law, effect: Effect, window: Window
) -> None:
    there = (WEB, endpoints("web", WEB), node("worker1"))
    assert judged(law, effect, *there).window == window


def test_restarts_before_the_fault_may_have_to_be_paid_for() -> None:
    often = replace(WEB, containers=(container(restarts=2),))
    once = restarted(TWIN)

    verdict = judged(is_restarted(app_of(WEB, TWIN)), ENDS, often, once)

    assert verdict.window == windows.restart(APP, ENDS, restarts=2, timers=TIMERS)
    unread = judged(is_restarted(APP), ENDS, often, timers=None).window
    assert unread == windows.restart(APP, ENDS, restarts=2)
    assert unread != verdict.window


def test_without_the_cluster_s_timers_a_lost_node_has_no_window() -> None:
    verdict = judged(goes_unready("worker1"), LOST, node("worker1"), timers=None)
    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because.endswith("give `within`")


def test_what_the_scenario_says_comes_first() -> None:
    own = windows.within(seconds(7))

    assert judged(is_restarted(APP, within=own), ENDS, WEB).window == own
    assert judged(goes_unready("worker1", within=own), LOST, timers=None).window == own
