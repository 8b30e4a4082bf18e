"""Windows of a workload that was slow to come up: as slow again is no fault of the cluster's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos import seconds, windows
from chaos.history.effect import Effect
from chaos.testing import app_of, having, pod
from chaos.windows import Window
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe
from chaos.workloads.first_start import FirstStart
from chaos.workloads.handlers import HttpGet

PROBE = Probe(period=seconds(1), failures=2, asks=HttpGet("/health", 8080))
WEB = having(
    replace(app_of(pod("web-1")), grace=seconds(5), tolerance=seconds(2), init=("first",)),
    liveness=PROBE,
    readiness=PROBE,
)
TIMERS = windows.Timers(
    lease=seconds(4), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=2
)
START, READY = 3.0, 2.0  # the constant, and a period and a timeout of the readiness probe


def came_up(init: float = 0, start: float = 0, ready: float = 0, pull: float = 0) -> Workload:
    return replace(WEB, first=FirstStart(*map(seconds, (init, start, ready, pull))))


def restarts(app: Workload) -> dict[str, Window]:
    """Those that end with a container's start, and how many such starts they have."""
    return {
        "crash 1": windows.crash(app),
        "hang 1": windows.hang(app),
        "refusal 1": windows.refusal(app),
        "filled 1": windows.filled(app, mib=64, mib_per_second=8),
        "back-off 1": windows.restart(app, Effect("ends"), restarts=2),
        "waited 1": windows.waited(10, app),
        "at once 1": windows.waited(0, app),
        "looped 3": windows.looped((0, 10, 20), app),
        "killed at start 2": windows.killed_at_start(app, seconds(90)),
        "retry 2": windows.retry(replace(app, init=())),
    }


def pods(app: Workload) -> dict[str, Window]:
    """Those that end with a new pod that is ready."""
    return {
        "made anew": windows.made_anew(app),
        "lost": windows.node_lost(app, TIMERS),
        "deleted": windows.replacement(app, Effect("deletes"), None),
        "evicted": windows.replacement(app, Effect("evicts", taint="a=b:NoExecute"), None),
        "collected": windows.collected(app),
    }


@pytest.mark.parametrize("name", restarts(WEB))
def test_a_container_may_take_as_long_as_its_first(name: str) -> None:
    starts = int(name.rpartition(" ")[2])
    slow, plain = restarts(came_up(start=8.25))[name], restarts(WEB)[name]
    assert slow.latest == plain.latest + starts * (8.25 - START)
    assert slow.earliest == plain.earliest
    assert "container start 8.2 s, as its first" in slow.because
    assert "pull" not in slow.because
    assert restarts(came_up(start=START))[name] == restarts(came_up(99, 1, 99))[name] == plain


@pytest.mark.parametrize("name", pods(WEB))
def test_a_pod_may_take_as_long_as_its_first_and_its_app_twice_as_long(name: str) -> None:
    slow, plain = pods(came_up(10, 8.25, 22))[name], pods(WEB)[name]
    assert slow.latest == plain.latest + (10 - START) + (8.25 - START) + 2 * (22 - READY)
    assert slow.earliest == plain.earliest
    assert "1 init container 10.0 s, as its first + container start 8.2 s" in slow.because
    assert "the app's own start 2 x 20.0 s, as its first" in slow.because
    assert pods(came_up(START, START, READY))[name] == pods(came_up())[name] == plain


@pytest.mark.parametrize("name", restarts(WEB))
def test_a_container_pulls_no_image_where_it_stood(name: str) -> None:
    """But a Job's next pod may stand elsewhere."""
    starts, anew = int(name.rpartition(" ")[2]), int(name == "retry 2")
    pulled, plain = restarts(came_up(start=28.25, pull=20))[name], restarts(WEB)[name]
    assert pulled.latest == plain.latest + starts * (8.25 - START) + 20 * anew
    assert "container start 8.2 s, as its first but for the pull" in pulled.because
    quick = restarts(came_up(start=22, pull=20))[name].latest
    assert quick == plain.latest + anew * (22 - START)


@pytest.mark.parametrize("name", pods(WEB))
def test_a_pod_may_have_to_pull_its_image_where_it_comes(name: str) -> None:
    assert pods(came_up(start=28, pull=20))[name] == pods(came_up(start=28))[name]


def test_a_pod_without_init_containers_waits_for_none() -> None:
    plain = replace(WEB, init=())
    assert windows.made_anew(replace(came_up(init=50), init=())) == windows.made_anew(plain)


def test_a_lost_job_s_start_counts_in_its_back_off_too() -> None:
    job, slow = (replace(app, kind="Job", init=()) for app in (WEB, came_up(start=40)))
    assert windows.node_lost(slow, TIMERS).latest == windows.node_lost(job, TIMERS).latest + 37
    assert "a Job's back-off" in windows.node_lost(slow, TIMERS).because
    pulled = replace(came_up(start=40, pull=30), kind="Job", init=())
    assert windows.node_lost(pulled, TIMERS).latest == windows.node_lost(slow, TIMERS).latest


def test_who_is_spared_is_watched_for_as_long_as_its_start_may_take() -> None:
    patient = having(WEB, startup=Probe(period=seconds(5), failures=20, asks=PROBE.asks))
    slow = replace(patient, first=came_up(start=8).first)
    spared = windows.spared_at_start(patient, seconds(10))
    assert windows.spared_at_start(slow, seconds(10)) == spared + 2 * (8 - START)


@given(*[st.floats(0, 500)] * 3)
def test_no_first_start_makes_a_window_narrower(init: float, start: float, ready: float) -> None:
    app = came_up(init, start, ready)
    for sums in (restarts, pods):
        for name, window in sums(app).items():
            assert window.latest >= sums(WEB)[name].latest
            assert sum(term.span for term in window.terms) == pytest.approx(window.latest)
