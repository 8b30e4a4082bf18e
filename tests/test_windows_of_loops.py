"""How long a container that ends again and again waits, against a simulation of the kubelet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos import windows
from chaos.clock import seconds
from chaos.history.timers import Timers
from chaos.windows.terms import RELIST, START

SHARE = st.floats(0, 1)  # of a delay that the kubelet may take
SYNC = 60.0  # its syncFrequency
ROUNDING = 1e-6  # sums of floats


def timers(cap: float) -> Timers:
    return Timers(
        lease=seconds(8),
        monitor_period=seconds(1),
        monitor_grace=seconds(8),
        eviction_rate=100,
        longest_backoff=seconds(cap),
    )


@pytest.mark.parametrize(
    ("times", "cap", "waits"),
    [
        pytest.param(1, 300, (0,), id="the-first-waits-for-nothing"),
        pytest.param(4, 300, (0, 10, 20, 40), id="then-it-is-doubled"),
        pytest.param(8, 300, (0, 10, 20, 40, 80, 160, 300, 300), id="up-to-the-cap"),
        pytest.param(3, 5, (0, 5, 5), id="which-is-the-first-wait-s-too"),
        pytest.param(0, 300, (), id="no-end-no-wait"),
    ],
)
def test_waits_are_doubled_up_to_the_cap(times: int, cap: float, waits: tuple[float, ...]) -> None:
    assert windows.back_offs(times, timers(cap)) == tuple(map(seconds, waits))


@pytest.mark.parametrize(
    ("nominal", "latest"),
    [(0, 4), (5, 12.5), (10, 20), (60, 95), (80, 115), (300, 335)],
)
def test_a_wait_ends_when_it_may_and_not_much_later(nominal: float, latest: float) -> None:
    window = windows.waited(nominal)

    assert (window.earliest, window.latest) == (nominal, latest)


def test_a_loop_lasts_as_long_as_its_waits() -> None:
    window = windows.looped((0, 10, 20))

    assert (float(window.earliest), float(window.latest)) == (30, 4 + 20 + 35)
    assert window.because == (
        "relist 1 s + container start 3 s; "
        "back-off 10 s, woken up to 6 s later + relist 1 s + container start 3 s; "
        "back-off 20 s, woken up to 11 s later + relist 1 s + container start 3 s"
    )


def waits(cap: float) -> Iterator[float]:
    """flowcontrol/backoff.go `Next`: kept for a container's key, doubled up to the cap."""
    yield 0
    current = min(10.0, cap)
    while True:
        yield current
        current = min(current * 2, cap)


@given(
    cap=st.integers(1, 300).map(float),
    delays=st.lists(st.tuples(SHARE, SHARE, SHARE), min_size=1, max_size=9),
)
def test_every_start_of_a_simulated_loop_is_in_its_window(
    cap: float, delays: list[tuple[float, float, float]]
) -> None:
    nominals = windows.back_offs(len(delays), timers(cap))
    total = 0.0
    for nominal, real, (late, relist, start) in zip(nominals, waits(cap), delays, strict=False):
        woken = min(real * late / 2, SYNC * late / 2)  # pod_workers.go: jitter of expiry, or sync
        took = real + woken + relist * RELIST.span + start * START.span
        total += took
        window = windows.waited(nominal)
        assert window.earliest - ROUNDING <= took <= window.latest + ROUNDING
    loop = windows.looped(nominals)
    assert loop.earliest - ROUNDING <= total <= loop.latest + ROUNDING


def test_spans_of_waiting_are_seconds() -> None:
    assert windows.back_offs(2, timers(300)) == (seconds(0), seconds(10))
