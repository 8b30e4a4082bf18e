from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos import seconds, windows
from chaos.errors import ChaosError
from chaos.history.timers import Timers
from chaos.testing import app_of, having, pod
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe

EVERY_SECOND = Probe(period=seconds(1), timeout=seconds(1), failures=5)
SELDOM = Probe(delay=seconds(10), period=seconds(4), timeout=seconds(2), failures=3)
APP = app_of(pod("web-1"), liveness=EVERY_SECOND, grace=1)
FOREVER = seconds(600)
TIMERS = Timers(
    lease=seconds(4),
    monitor_period=seconds(1),
    monitor_grace=seconds(4),
    eviction_rate=1,
    longest_backoff=seconds(5),
)


def ends(window: windows.Window) -> tuple[float, float]:
    return (window.earliest, window.latest)


def watched_by(probe: Probe) -> Workload:
    return having(APP, liveness=probe)


@pytest.mark.parametrize(
    ("app", "window"),
    [
        # two probes may have failed on the crashed container already; then 4 s for its restart,
        # 1 s of rounding, n periods and a timeout, 1 s to act, 2 s grace, 3 s to be seen
        pytest.param(APP, (2, 4 + 1 + 5 + 1 + 1 + 2 + 3), id="no-delay"),
        pytest.param(
            watched_by(SELDOM), (9 + 4, 4 + 10 + 1 + 12 + 2 + 1 + 2 + 3), id="delay-and-period"
        ),
        pytest.param(
            watched_by(replace(EVERY_SECOND, failures=1)), (0, 4 + 1 + 2 + 1 + 2 + 3), id="one"
        ),
        pytest.param(
            having(APP, startup=SELDOM), (13, 4 + 10 + 1 + 12 + 2 + 1 + 2 + 3), id="startup-first"
        ),
        pytest.param(
            watched_by(replace(EVERY_SECOND, grace=seconds(9))),
            (2, 4 + 1 + 5 + 1 + 1 + 9 + 3),
            id="grace",
        ),
    ],
)
def test_a_start_that_never_ends_is_ended(app: Workload, window: tuple[float, float]) -> None:
    assert ends(windows.killed_at_start(app, FOREVER)) == window


def test_between_spared_and_killed_nothing_is_certain() -> None:
    assert windows.killed_at_start(APP, seconds(7.1))
    with pytest.raises(ChaosError, match="above 7 s"):
        windows.killed_at_start(APP, seconds(7))
    patient = watched_by(replace(SELDOM, failures=4))  # 9 s, two periods of 4 s, less a start of 3
    assert windows.spared_at_start(patient, seconds(14)) == seconds(4 + 10 + 1 + 16 + 2 + 1 + 2 + 3)
    with pytest.raises(ChaosError, match="up to 14 s"):
        windows.spared_at_start(patient, seconds(14.1))
    with pytest.raises(ChaosError, match="up to -1 s"):
        windows.spared_at_start(APP, seconds(0))


def test_without_a_probe_no_start_is_too_slow() -> None:
    bare = having(APP, liveness=None)

    with pytest.raises(ChaosError, match="has no startup or liveness probe"):
        windows.killed_at_start(bare, FOREVER)


def test_each_time_again_may_wait_for_a_longer_back_off() -> None:
    once = windows.killed_at_start(APP, FOREVER)

    assert windows.again(once, 1, TIMERS) == once
    # 5 s is this kubelet's longest back-off, and up to 1.5 times that and a second are waited
    assert ends(windows.again(once, 2, TIMERS)) == (2, 2 * 17 + 8.5)
    assert ends(windows.again(once, 3, None)) == (2, 3 * 17 + 16 + 31)


@given(
    probe=st.builds(
        Probe,
        delay=st.integers(0, 20).map(float),
        period=st.integers(1, 10).map(float),
        timeout=st.integers(1, 5).map(float),
        failures=st.integers(1, 8),
    ),
    phase=st.floats(0, 1, exclude_max=True),
    rounding=st.floats(0, 1),
    banked=st.integers(0, 2),
)
def test_a_start_that_is_slow_for_certain_is_ended_inside_its_window(
    probe: Probe, phase: float, rounding: float, banked: int
) -> None:
    """The prober's ticker has any phase; the start is known to the whole second before it."""
    crashed = 0.5  # somewhere in the relist and the start
    ticks = ((tick + phase) * probe.period for tick in range(1000))
    first = next(tick for tick in ticks if tick >= max(0.0, probe.delay - rounding))
    known = min(banked, 1 + int(1 / probe.period), probe.failures - 1)
    decided = crashed + first + (probe.failures - 1 - known) * probe.period

    window = windows.killed_at_start(watched_by(probe), FOREVER)

    assert window.earliest <= decided <= window.latest - windows.grace(APP, probe)
