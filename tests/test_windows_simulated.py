"""The windows against a simulation of the kubelet: its prober's ticker, its kill, its relist."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos import seconds, windows
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.testing import app_of, having, pod
from chaos.windows.terms import KILL, RELIST, START, STATUS
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe

WEB = app_of(pod("web-1"))
ROUNDING = 1e-6  # sums of floats
ONSET = 1.5  # seconds
BURST = 100.0  # seconds of probes before the fault: enough for every phase

PROBES = st.builds(
    Probe,
    timeout=st.integers(1, 6).map(float),
    period=st.integers(1, 12).map(float),
    failures=st.integers(1, 5),
    successes=st.integers(1, 4),
    grace=st.one_of(st.none(), st.integers(1, 9).map(float)),
)
PHASE = st.floats(0, 1, exclude_max=True)  # how far into a period the fault comes
SHARE = st.floats(0, 1)  # of a delay that the kubelet may take


@dataclass(frozen=True)
class Prober:
    """One worker of pkg/kubelet/prober: a Go ticker that keeps one tick for a busy reader."""

    probe: Probe
    answers_after: float  # how long a probe takes while the fault is in force
    healed: float = math.inf  # from when on it is answered at once, also if it is under way

    def verdicts(self, fault: float) -> Iterator[tuple[float, bool]]:
        """When each probe ends, and whether it succeeded, from the first after time 0 on."""
        period, free, tick = self.probe.period, 0.0, 0.0
        while True:
            begun = max(tick, free)
            broken = fault <= begun < self.healed
            late = begun + min(self.answers_after, self.probe.timeout) if broken else begun
            free = min(late, max(begun, self.healed))
            yield free, free < late or not broken
            # The ticker holds one tick back for a reader who is late, and drops the others.
            tick += period
            while tick + period <= free:
                tick += period

    def decision(self, fault: float) -> float:
        """When the n-th failure in a row is there."""
        failures = 0
        for moment, success in self.verdicts(fault):
            failures = 0 if success else failures + 1
            if failures == self.probe.failures:
                return moment
        raise AssertionError

    def recovery(self) -> float:
        """When the n-th success in a row is there, all of them after the healing."""
        successes = 0
        for moment, success in self.verdicts(0):
            successes = successes + 1 if success else 0
            if successes == self.probe.successes:
                return moment
        raise AssertionError


@given(probe=PROBES, phase=PHASE, sync=SHARE, stop=SHARE, start=SHARE)
def test_a_hang_is_mended_inside_its_window(
    probe: Probe, phase: float, sync: float, stop: float, start: float
) -> None:
    app = having(WEB, liveness=probe, grace=seconds(5))
    fault = BURST + phase * probe.period
    decided = Prober(probe, answers_after=probe.timeout).decision(fault) - fault

    window = windows.restart(app, Effect("silent"))

    assert window.earliest - ROUNDING <= decided
    assert _running(app, decided, sync, stop, start) <= window.latest + ROUNDING


@given(probe=PROBES, phase=PHASE, sync=SHARE, stop=SHARE, start=SHARE)
def test_a_refusal_is_mended_inside_its_window(
    probe: Probe, phase: float, sync: float, stop: float, start: float
) -> None:
    app = having(WEB, liveness=probe, grace=seconds(5))
    fault = BURST + phase * probe.period
    decided = Prober(probe, answers_after=0).decision(fault) - fault

    window = windows.restart(app, Effect("refuses"))

    assert window.earliest - ROUNDING <= decided
    assert _running(app, decided, sync, stop, start) <= window.latest + ROUNDING


@given(probe=PROBES, phase=PHASE, late=st.floats(0, 8), shows=SHARE, told=SHARE)
def test_what_is_heard_late_is_mended_inside_its_window(
    probe: Probe, phase: float, late: float, shows: float, told: float
) -> None:
    """An answer that is a failure takes its time, and may only come some time after the fault."""
    app, fault = having(WEB, liveness=probe, grace=seconds(5)), BURST + phase * probe.period
    decided = Prober(probe, answers_after=late).decision(fault + shows * ONSET) - fault

    window = windows.restart(app, Effect("refuses", late=late, onset=ONSET))

    assert window.earliest - ROUNDING <= decided
    assert _running(app, decided, told, told, told) <= window.latest + ROUNDING


@given(probe=PROBES, late=st.floats(0, 8))
def test_its_window_is_no_wider_than_what_the_kubelet_may_take(probe: Probe, late: float) -> None:
    app, late = having(WEB, liveness=probe), min(late, probe.timeout)
    soonest, latest = _extremes(probe, answers_after=late)

    window = windows.restart(app, Effect("refuses", late=late))

    assert abs(window.earliest - soonest) < 0.02 * probe.period
    slack = KILL.span + windows.grace(app, probe) + START.span + probe.timeout - late
    assert abs(window.latest - latest - slack) < 0.02 * probe.period


@given(probe=PROBES, phase=PHASE, told=SHARE, hung=st.booleans())
def test_readiness_is_lost_inside_its_window(
    probe: Probe, phase: float, told: float, *, hung: bool
) -> None:
    app = having(WEB, readiness=probe)
    fault = BURST + phase * probe.period
    prober = Prober(probe, answers_after=probe.timeout if hung else 0)
    out = prober.decision(fault) - fault + told * STATUS.span

    window = windows.unrouted(app, Effect("silent" if hung else "refuses"))

    assert window.earliest - ROUNDING <= out <= window.latest + ROUNDING


@given(probe=PROBES, phase=st.floats(0, 12), told=SHARE, hung=st.booleans())
def test_readiness_is_had_again_inside_its_window(
    probe: Probe, phase: float, told: float, *, hung: bool
) -> None:
    healed = BURST + phase * probe.period
    prober = Prober(probe, answers_after=probe.timeout if hung else 0, healed=healed)
    back = prober.recovery() - healed + told * STATUS.span

    window = windows.ready_again(having(WEB, readiness=probe))

    assert window.earliest - ROUNDING <= back <= window.latest + ROUNDING


@pytest.mark.parametrize(
    ("period", "timeout", "successes"), [(4, 1, 1), (4, 1, 3), (4, 3, 4), (2, 5, 4), (1, 3, 4)]
)
def test_readiness_may_be_had_again_as_soon_as_its_window_says(
    period: float, timeout: float, successes: int
) -> None:
    """Over all phases of the ticker, and of a question that is under way: the window is as wide."""
    probe = Probe(period=seconds(period), timeout=seconds(timeout), successes=successes)
    healings = (BURST + step / 100 * period for step in range(1, 600))
    soonest = min(Prober(probe, timeout, healed).recovery() - healed for healed in healings)

    window = windows.ready_again(having(WEB, readiness=probe))

    assert 0 <= soonest - window.earliest < 0.02 * period


@given(probe=PROBES)
def test_a_hang_s_window_is_no_wider_than_what_the_kubelet_may_take(probe: Probe) -> None:
    app = having(WEB, liveness=probe)
    soonest, latest = _extremes(probe, answers_after=probe.timeout)

    window = windows.restart(app, Effect("silent"))

    assert abs(window.earliest - soonest) < 0.02 * probe.period
    slack = KILL.span + windows.grace(app, probe) + START.span
    assert abs(window.latest - latest - slack) < 0.02 * probe.period


@given(
    restarts=st.integers(1, 12),
    longest=st.sampled_from([1.0, 5.0, 60.0, 300.0]),
    late=st.floats(0, 0.5),
    relist=SHARE,
)
def test_a_crash_that_has_to_wait_is_mended_inside_its_window(
    restarts: int, longest: float, late: float, relist: float
) -> None:
    nominal = min(10.0, longest)
    for _ in range(restarts - 1):
        nominal = min(longest, nominal * 2)  # flowcontrol/backoff.go
    timers = Timers(seconds(8), seconds(1), seconds(8), 100, longest_backoff=seconds(longest))

    window = windows.restart(WEB, Effect("ends"), restarts=restarts, timers=timers)

    mended = relist * RELIST.span + nominal * (1 + late) + START.span
    assert window.earliest <= mended <= window.latest


def _running(app: Workload, decided: float, sync: float, stop: float, start: float) -> float:
    """The next container runs: sync loop, SIGTERM or SIGKILL after the grace, start."""
    patience = windows.grace(app, app.liveness)
    return decided + sync * KILL.span + stop * patience + start * START.span


def _extremes(probe: Probe, *, answers_after: float) -> tuple[float, float]:
    """The soonest and the latest decision over all phases."""
    prober = Prober(probe, answers_after)
    faults = (BURST + step / 100 * probe.period for step in range(101))
    took = [prober.decision(fault) - fault for fault in faults]
    return min(took), max(took)
