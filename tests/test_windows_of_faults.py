from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chaos import seconds, windows
from chaos.errors import ChaosError
from chaos.history.effect import UNSAID, Effect
from chaos.history.timers import Timers
from chaos.testing import app_of, having, pod
from chaos.windows import Window
from chaos.windows.sight import HUNG
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec, HttpGet, TcpSocket

PLAIN = replace(app_of(pod("web-1")), grace=seconds(1))
FAST = Probe(period=seconds(1), timeout=seconds(1), failures=2)
SLOW = Probe(period=seconds(2), timeout=seconds(5), failures=3)
TIMERS = Timers(
    lease=seconds(4), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=2
)


def ends(window: Window) -> tuple[float, float]:
    return (window.earliest, window.latest)


MEMORY = having(PLAIN, liveness=FAST, readiness=SLOW, memory=64.0)
FILLS = Effect("fills", mib_per_second=16)


@pytest.mark.parametrize(
    ("effect", "restarts", "window"),
    [
        pytest.param(Effect("ends"), 0, windows.crash(PLAIN), id="a-first-crash"),
        pytest.param(Effect("silent"), 0, windows.hang(MEMORY), id="a-hang"),
        pytest.param(Effect("silent"), 1, windows.hang(MEMORY), id="a-second-kill-is-free"),
        pytest.param(Effect("refuses"), 0, windows.refusal(MEMORY), id="a-refusal"),
        pytest.param(Effect("refuses"), 1, windows.refusal(MEMORY), id="again-free"),
        pytest.param(Effect("passes", late=1), 0, windows.hang(MEMORY), id="too-late"),
        pytest.param(Effect("refuses", late=1), 0, windows.hang(MEMORY), id="ill-and-too-late"),
        pytest.param(
            FILLS, 0, windows.filled(MEMORY, mib=64, mib_per_second=16), id="a-leak-to-its-limit"
        ),
    ],
)
def test_a_restart_s_window_is_that_of_what_the_fault_looks_like(
    effect: Effect, restarts: int, window: Window
) -> None:
    assert windows.restart(MEMORY, effect, restarts=restarts) == window


@pytest.mark.parametrize(
    ("effect", "soonest", "words"),
    [
        pytest.param(Effect("refuses"), 4, "period 2 s x 3 failures", id="at-once"),
        pytest.param(Effect("refuses", late=2), 6, "period 2 s x 3 failures", id="in-a-period"),
        pytest.param(
            Effect("refuses", late=3), 9, "period 2 s + 2 x an answer after 3 s", id="slower"
        ),
        pytest.param(Effect("refuses", late=9), 15, "period 2 s + 2 x timeout 5 s", id="never"),
    ],
)
def test_an_answer_that_takes_longer_than_a_period_delays_the_next_question(
    effect: Effect, soonest: float, words: str
) -> None:
    app = having(PLAIN, liveness=SLOW, readiness=SLOW)

    for window in (windows.restart(app, effect), windows.unrouted(app, effect)):
        assert window.earliest == soonest
        assert words in window.because


def test_what_is_heard_of_only_after_a_while_may_be_mended_as_much_later() -> None:
    at_once, later = (windows.restart(MEMORY, Effect("refuses", onset=o)) for o in (0, 1.5))

    assert ends(later) == (at_once.earliest, at_once.latest + 1.5)
    assert "heard after up to 1.5 s" in later.because
    assert "heard" not in at_once.because
    assert "onset" not in {term.name for term in at_once.terms}


@pytest.mark.parametrize(
    ("command", "program", "words"),
    [
        pytest.param(("check",), "check", "period 2 s x 3 failures", id="it-alone"),
        pytest.param(("check", "--retries"), "check", "2 x timeout 5 s", id="it-tries-again"),
        pytest.param(("sh", "-c", "check"), "check", "2 x timeout 5 s", id="a-script-around-it"),
        pytest.param(("sh", "-c", "x"), "", "period 2 s x 3 failures", id="whatever-it-runs"),
    ],
)
def test_what_is_around_a_program_that_fails_may_take_up_to_the_timeout(
    command: tuple[str, ...], program: str, words: str
) -> None:
    app = having(PLAIN, liveness=replace(SLOW, asks=Exec(command)))

    window = windows.restart(app, Effect("refuses", program=program))

    assert window.earliest == seconds(4)
    assert words in window.because


def test_nobody_counts_a_restart_that_is_not_told() -> None:
    assert windows.restart(PLAIN, Effect("ends")) == windows.crash(PLAIN)


@pytest.mark.parametrize(
    ("restarts", "longest", "late"),
    [
        pytest.param(1, 300, 16, id="10-s"),
        pytest.param(2, 300, 31, id="doubled"),
        pytest.param(3, 300, 61, id="and-again"),
        pytest.param(6, 300, 451, id="up-to-the-cap"),
        pytest.param(99, 300, 451, id="and-no-further"),
        pytest.param(1, 1, 2.5, id="a-cap-below-the-first-wait"),
        pytest.param(3, 20, 31, id="a-lower-cap"),
    ],
)
def test_a_back_off_is_waited_for_with_half_of_it_and_a_second(
    restarts: int, longest: float, late: float
) -> None:
    timers = replace(TIMERS, longest_backoff=seconds(longest))
    crash, hang = windows.crash(PLAIN), windows.hang(MEMORY)

    crashed = windows.restart(PLAIN, Effect("ends"), restarts=restarts, timers=timers)
    assert ends(crashed) == (crash.earliest, crash.latest + late)
    assert crashed.because == f"{crash.because} + back-off up to {late:g} s"
    for effect in (Effect("silent"), Effect("refuses")):
        killed = windows.restart(MEMORY, effect, restarts=restarts + 1, timers=timers)
        assert killed.latest == hang.latest + late


def test_the_longest_back_off_is_kubernetes_own_where_nobody_read_it() -> None:
    crash = windows.crash(PLAIN)

    assert windows.backed_off(crash, 99, None).latest == crash.latest + 451
    assert windows.backed_off(crash, 0, None) == crash


@pytest.mark.parametrize(
    ("window", "asked"),
    [
        (lambda: windows.restart(PLAIN, FILLS), "restarts when a fault looks like 'fills'"),
        (lambda: windows.restart(PLAIN, UNSAID), "restarts when a fault does not say how it looks"),
        (lambda: windows.unrouted(PLAIN, Effect("lost")), "endpoints when a fault looks like"),
        (lambda: windows.unrouted(PLAIN, FILLS, TIMERS), "endpoints when a fault looks like"),
        (lambda: windows.replacement(PLAIN, Effect("lost"), None), "replacements when a fault"),
        (lambda: windows.replacement(PLAIN, FILLS, TIMERS), "replacements when a fault looks"),
    ],
)
def test_where_no_formula_is_known_the_scenario_has_to_say(
    window: Callable[[], Window], asked: str
) -> None:
    with pytest.raises(ChaosError, match=asked):
        window()


def test_how_long_a_leak_takes_is_its_size_by_its_speed() -> None:
    assert windows.filling(64, 16) == seconds(4)


TRAFFIC = having(PLAIN, readiness=replace(SLOW, successes=2))


@pytest.mark.parametrize(
    ("effect", "window"),
    [
        pytest.param(Effect("ends"), (0, 4), id="a-crash"),
        pytest.param(Effect("silent"), (15, 2 + 10 + 5 + 3), id="a-hang"),
        pytest.param(Effect("refuses"), (4, 6 + 5 + 3), id="a-refusal"),
        pytest.param(Effect("lost"), (8 - 1.04, 3 + 10), id="a-lost-node"),
    ],
)
def test_traffic_stops_by_what_the_fault_looks_like(
    effect: Effect, window: tuple[float, float]
) -> None:
    assert ends(windows.unrouted(TRAFFIC, effect, TIMERS)) == window


SEES, SEES_NOT = replace(FAST, asks=HttpGet("/", 8080)), replace(FAST, asks=TcpSocket(8080))
SLOWER = replace(FAST, period=seconds(60))


@pytest.mark.parametrize(
    ("liveness", "effect", "soonest"),
    [
        pytest.param(SEES, HUNG, 1 + 1, id="killed-before-it-is-unready"),
        pytest.param(SEES, Effect("refuses"), 1, id="and-at-once-when-it-refuses"),
        pytest.param(SLOWER, HUNG, 15, id="unready-before-it-is-killed"),
        pytest.param(SEES_NOT, HUNG, 15, id="a-probe-that-does-not-see-it"),
        pytest.param(None, HUNG, 15, id="no-probe"),
        pytest.param(SEES, replace(HUNG, probe="readiness"), 15, id="the-other-probe-s-fault"),
    ],
)
def test_traffic_may_stop_as_early_as_a_liveness_probe_has_it_killed(
    liveness: Probe | None, effect: Effect, soonest: float
) -> None:
    app = having(TRAFFIC, liveness=liveness)
    assert windows.unrouted(app, effect).earliest == soonest
    assert windows.unrouted(app, effect).latest == windows.unrouted(TRAFFIC, effect).latest


def test_who_is_killed_for_a_neighbour_s_fault_is_nobody() -> None:
    beside = replace(PLAIN.containers[0], name="beside", liveness=FAST, desk=None)
    pair = replace(TRAFFIC, containers=(*TRAFFIC.containers, beside))
    assert windows.unrouted(pair, replace(HUNG, hits=("web/app",))).earliest == seconds(15)
    assert windows.unrouted(pair, replace(HUNG, hits=("web/beside",))).earliest == seconds(2)


def test_of_two_that_are_hurt_the_first_to_be_killed_counts() -> None:
    slower = replace(FAST, failures=5)
    both = [
        replace(PLAIN.containers[0], name=n, liveness=p) for n, p in (("a", slower), ("b", FAST))
    ]
    pair = replace(TRAFFIC, containers=(replace(both[0], readiness=SLOW), both[1]))
    effect = replace(HUNG, hits=("web/a", "web/b"))
    assert windows.unrouted(pair, effect).earliest == windows.hang(pair.container("b")).earliest


def test_traffic_comes_back_after_the_successes() -> None:
    assert ends(windows.ready_again(TRAFFIC)) == (0, 4 + 5 + 3)
    assert ends(windows.ready_again(having(PLAIN, readiness=FAST))) == (0, 1 + 1 + 3)


@pytest.mark.parametrize(("timeout", "earliest"), [(1, 8 - 1), (3, 8 - 3), (4, 8 - 8), (5, 8 - 8)])
def test_what_waited_while_it_hung_is_answered_at_once(timeout: float, earliest: float) -> None:
    """Two successes of three cost no period where questions burn a whole one."""
    probe = replace(SLOW, period=seconds(4), timeout=seconds(timeout), successes=3)
    assert windows.ready_again(having(PLAIN, readiness=probe)).earliest == earliest


@pytest.mark.parametrize(
    ("window", "because"),
    [
        (windows.crash(PLAIN), "relist 1 s + container start 3 s"),
        (windows.within(seconds(7)), "the scenario says so"),
        (windows.trace(seconds(7)), "a real fault shows by then"),
        (
            windows.filled(PLAIN, mib=64, mib_per_second=16),
            "64 MiB at 16 MiB/s + relist 1 s + container start 3 s",
        ),
        (windows.unready(TRAFFIC), "period 2 s + 2 x timeout 5 s + timeout 5 s + status 3 s"),
        (windows.ready_again(TRAFFIC), "period 2 s x 2 successes + timeout 5 s + status 3 s"),
        (windows.node_noticed(TIMERS), "grace 8 s + 2 x period 1 s"),
        (
            windows.after(seconds(5), windows.within(seconds(7))),
            "up to 5.0 s before, then the scenario says so",
        ),
    ],
)
def test_each_window_says_how_its_sum_is_made(window: Window, because: str) -> None:
    assert window.because == because


def test_a_fault_shows_from_its_first_moment_on() -> None:
    assert ends(windows.trace(seconds(7))) == (0, 7)
