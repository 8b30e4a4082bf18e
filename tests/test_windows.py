from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chaos import Seconds, seconds, windows
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.testing import app_of, having, pod
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import ContainerSpec, Probe

PLAIN = replace(app_of(pod("web-1")), grace=seconds(1))
FAST = Probe(period=seconds(1), timeout=seconds(1), failures=2)
SLOW = Probe(period=seconds(2), timeout=seconds(5), failures=3)


def ends(window: windows.Window) -> tuple[float, float]:
    return (window.earliest, window.latest)


def test_a_window_shows_both_its_ends() -> None:
    assert str(windows.Window(seconds(1.25), seconds(10), "")) == "[1.2, 10.0] s"
    assert ends(windows.within(seconds(7))) == (0, 7)


@pytest.mark.parametrize(
    ("grace", "probe", "patience"),
    [
        (1, None, 2),
        (30, None, 30),
        (30, FAST, 30),
        (30, replace(FAST, grace=seconds(5)), 5),
        (30, replace(FAST, grace=seconds(0)), 2),
    ],
)
def test_the_probe_s_grace_comes_before_the_pod_s_and_is_two_seconds_at_least(
    grace: float, probe: Probe | None, patience: float
) -> None:
    assert windows.grace(replace(PLAIN, grace=seconds(grace)), probe) == patience


def test_a_crash_is_mended_within_a_relist_and_a_start() -> None:
    assert ends(windows.crash(PLAIN)) == (0, 4)


@pytest.mark.parametrize(
    ("probe", "window"),
    [
        # (n-1)I + tau, then one period more, 1 s to act, 2 s grace, 3 s to start
        pytest.param(FAST, (2, 2 + 1 + 1 + 2 + 3), id="period-is-the-interval"),
        pytest.param(SLOW, (15, 15 + 2 + 1 + 2 + 3), id="timeout-is-the-interval"),
    ],
)
def test_a_hang_burns_a_timeout_a_probe(probe: Probe, window: tuple[float, float]) -> None:
    assert ends(windows.hang(having(PLAIN, liveness=probe))) == window


@pytest.mark.parametrize(
    ("probe", "window"),
    [
        pytest.param(FAST, (1, 2 + 1 + 1 + 2 + 3), id="fast"),
        pytest.param(SLOW, (4, 6 + 5 + 1 + 2 + 3), id="slow"),
    ],
)
def test_a_refusal_costs_a_period_a_probe(probe: Probe, window: tuple[float, float]) -> None:
    assert ends(windows.refusal(having(PLAIN, liveness=probe))) == window


def test_a_probe_s_own_grace_is_in_the_window() -> None:
    longer = having(PLAIN, liveness=replace(FAST, grace=seconds(10)))

    assert windows.hang(longer).latest == seconds(2 + 1 + 1 + 10 + 3)


def test_readiness_takes_a_pod_out_after_its_failures() -> None:
    assert ends(windows.unready(having(PLAIN, readiness=FAST))) == (2, 1 + 1 + 1 + 3)
    assert ends(windows.unready(having(PLAIN, readiness=SLOW))) == (15, 2 + 10 + 5 + 3)


@pytest.mark.parametrize("window", [windows.hang, windows.refusal, windows.unready])
def test_without_the_probe_there_is_no_window(
    window: Callable[[Workload], windows.Window],
) -> None:
    with pytest.raises(ChaosError, match=r"web has no .* probe"):
        window(PLAIN)


def test_a_leak_reaches_its_limit_and_is_then_a_crash() -> None:
    assert ends(windows.filled(PLAIN, mib=64, mib_per_second=16)) == (0, 8)


def test_a_window_behind_another_wait_ends_that_much_later() -> None:
    assert ends(windows.after(seconds(5), windows.Window(seconds(1), seconds(4), ""))) == (1, 9)


TIMERS = windows.Timers(
    lease=seconds(4), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=2
)


def test_a_dead_node_is_noticed_around_its_grace() -> None:
    assert ends(windows.node_noticed(TIMERS)) == (8 - 1.04, 10)


def test_a_dead_node_is_tainted_when_its_turn_comes() -> None:
    assert ends(windows.node_tainted(TIMERS)) == (8 - 1.04, 10 + 0.5 + 1)
    assert ends(windows.node_tainted(TIMERS, nodes=4)) == (8 - 1.04, 10 + 2 + 1)
    assert windows.node_tainted(TIMERS).because.endswith("+ 1 eviction at 2/s + eviction 1 s")
    assert windows.node_tainted(TIMERS, nodes=4).because.endswith(
        "+ 4 evictions at 2/s + eviction 1 s"
    )


def test_a_lost_pod_is_evicted_when_it_has_tolerated_the_taint() -> None:
    tolerant = replace(PLAIN, tolerance=seconds(2))
    window = windows.eviction(tolerant, Effect("lost", count=4), TIMERS)

    assert ends(window) == (8 - 1.04 + 2, 10 + 2 + 1 + 2)
    assert window.because.endswith("+ toleration 2 s")


def test_a_lost_pod_is_replaced_after_notice_toleration_and_eviction() -> None:
    tolerant = replace(PLAIN, tolerance=seconds(2))

    soonest, latest = ends(windows.node_lost(tolerant, TIMERS))

    assert soonest == pytest.approx(8 - 1.04 + 2)
    assert latest == pytest.approx(10 + 0.5 + 1 + 2 + 1 + 3)
    assert windows.node_lost(tolerant, TIMERS, nodes=3).latest == pytest.approx(latest + 1)
    assert windows.node_lost(tolerant, TIMERS).because.endswith(
        "+ toleration 2 s + creation 1 s + container start 3 s"
    )


@pytest.mark.parametrize(
    ("tolerance", "window"),
    [
        # the back-off runs from the moment at which the pod was not ready, in whole seconds
        pytest.param(2, (8 - 1.04 + 9, 10 + 10 + 1 + 3 + 1), id="the-back-off-is-longer"),
        pytest.param(30, (8 - 1.04 + 30, 10 + 0.5 + 1 + 30 + 1 + 3 + 1), id="the-toleration-is"),
    ],
)
def test_a_lost_job_s_pod_waits_for_a_back_off_too(
    tolerance: float, window: tuple[float, float]
) -> None:
    job = replace(PLAIN, kind="Job", tolerance=seconds(tolerance))

    assert ends(windows.node_lost(job, TIMERS)) == pytest.approx(window)
    longer = "or a Job's back-off 10 s if that is longer"
    assert (longer in windows.node_lost(job, TIMERS).because) == (tolerance < 10)


def test_who_tolerates_a_taint_for_ever_is_never_replaced() -> None:
    with pytest.raises(ChaosError, match="web tolerates the taint for ever"):
        windows.node_lost(PLAIN, TIMERS)


@pytest.mark.parametrize(
    ("tolerates", "soonest"),
    [
        pytest.param((), 0, id="nothing"),
        pytest.param((("team", 3.0),), 3, id="by-its-key"),
        pytest.param((("team=red", 3.0),), 3, id="by-its-key-and-value"),
        pytest.param((("", 3.0),), 3, id="everything"),
        pytest.param((("team=blue", 9.0), ("other", None), ("team", 3.0)), 3, id="not-others"),
        pytest.param((("team", 3.0), ("team", 9.0)), 3, id="the-first-that-matches"),
    ],
)
def test_a_taint_evicts_when_it_has_been_tolerated(
    tolerates: tuple[tuple[str, Seconds | None], ...], soonest: float
) -> None:
    app, taint = (
        replace(PLAIN, tolerates=tolerates, tolerance=seconds(50)),
        Effect("evicts", taint="team=red"),
    )

    assert ends(windows.eviction(app, taint, None)) == (soonest, soonest + 1)
    assert ends(windows.replacement(app, taint, None)) == (soonest, soonest + 1 + 1 + 3)


def test_a_fault_that_takes_no_node_evicts_nobody() -> None:
    with pytest.raises(ChaosError, match="no formula gives web's evictions"):
        windows.eviction(PLAIN, Effect("ends"), TIMERS)
    with pytest.raises(ChaosError, match="no formula gives web's evictions"):
        windows.eviction(PLAIN, Effect("lost"), None)


def test_what_is_deleted_is_made_anew_at_once() -> None:
    assert ends(windows.replacement(PLAIN, Effect("deletes"), None)) == (0, 4)
    assert windows.made_anew().because == "creation 1 s + container start 3 s"


def test_a_failed_job_is_tried_again_after_its_back_off() -> None:
    window = windows.retry(PLAIN)

    assert ends(window) == (9, 1 + 3 + 10 + 1 + 3)
    assert window.because.endswith("+ back-off 10 s + batching 1 s + container start 3 s")


def test_what_a_lost_node_leaves_is_collected_in_turns_and_after_a_quarantine() -> None:
    served, deleted = windows.collected(), windows.collected(node_deleted=True)

    assert (ends(served), ends(deleted)) == ((0, 20 + 4), (40, 40 + 20 + 4))
    assert served.because == "collection every 20 s + creation 1 s + container start 3 s"
    assert deleted.because == f"quarantine 40 s + {served.because}"


def test_a_recovery_must_last_two_probe_periods_or_three_seconds() -> None:
    assert windows.hold(PLAIN) == seconds(3)
    assert windows.hold(having(PLAIN, liveness=FAST)) == seconds(3)
    assert windows.hold(having(PLAIN, liveness=SLOW)) == seconds(4)
    assert windows.hold(
        having(PLAIN, liveness=FAST, readiness=Probe(period=seconds(5)))
    ) == seconds(10)


def test_a_pod_of_several_containers_must_last_as_long_as_the_slowest_unless_one_is_named() -> None:
    fast = ContainerSpec("fast", liveness=FAST)
    slow = ContainerSpec("slow", readiness=Probe(period=seconds(9)), liveness=FAST)
    app = replace(PLAIN, containers=(fast, slow))
    assert windows.hold(app) == windows.hold(app.container("slow")) == seconds(18)
    assert windows.hold(app.container("fast")) == seconds(3)


def test_a_window_says_how_its_sum_is_made() -> None:
    because = windows.hang(having(PLAIN, liveness=FAST)).because

    assert because.startswith("period 1 s x 2 failures + timeout 1 s + grace 2 s")
