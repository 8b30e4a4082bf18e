"""A container that a probe has killed once more while it boots: the next is waited for, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, seconds, windows
from chaos.history.effect import Effect, How
from chaos.history.facts import Entry, Event
from chaos.history.timers import Timers
from chaos.judging.due import lasting_window
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, having, pod, restarted, story
from chaos.workloads.admitted import Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe

WEB, TWIN = pod("web-1"), pod("web-2")
APP = having(app_of(WEB), liveness=Probe(period=seconds(1), failures=1), grace=seconds(5))
BOTH = having(app_of(WEB, TWIN), liveness=APP.liveness, grace=seconds(5))
BACK = restarted(WEB)
ENDED = restarted(BACK, state="terminated")
CRASH = 1 + 3  # relist, start
MORE = 5 + 1 + 3 + 16.0  # grace, kill, start, and the first back-off, at most
WORDS = "failed liveness probe, will be restarted"
TIMERS = Timers(seconds(8), seconds(1), seconds(8), 100, longest_backoff=seconds(1))


def killed(moment: float, message: str = f"Container app {WORDS}", **changes: object) -> Entry:
    event = Event(Uid(f"e{moment}"), WEB.uid, "Killing", message, container="app")
    return at(moment, replace(event, **changes))  # type: ignore[arg-type]


def seen(*entries: Entry, how: How = "ends", timers: Timers | None = None) -> History:
    told = story(*entries, end=60, stood=[WEB, TWIN])
    return replace(told, effect=Effect(how), timers=timers)


def latest(*entries: Entry, app: Workload = APP, how: How = "ends") -> float:
    return lasting_window(seen(*entries, how=how), app).latest


def test_a_container_that_is_killed_once_more_while_it_boots_comes_back() -> None:
    booted = (at(2, BACK), killed(3), at(3.1, ENDED), at(15, restarted(ENDED)))
    verdict = is_restarted(APP).judge(seen(*booted))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(15))
    assert "relist 1 s + container start 3 s + killed once more after 3.0 s" in verdict.because
    without = seen(*(entry for entry in booted if entry != killed(3)))
    assert is_restarted(APP).judge(without).ruling is Ruling.BROKEN


LINGERS = (at(2, BACK), killed(4), at(9.1, ENDED), at(15, restarted(ENDED)))  # its grace is 5 s


def test_one_that_was_killed_has_not_lasted_however_long_it_takes_to_end() -> None:
    """It is shown as running, and ready, past its hold."""
    verdict = is_restarted(APP).judge(seen(*LINGERS))
    named = is_restarted(APP, within=windows.within(seconds(30))).judge(seen(*LINGERS))

    assert (verdict.ruling, verdict.took) == (named.ruling, named.took)
    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(15))


def test_one_that_was_killed_is_not_back_when_it_is_seen_once_more() -> None:
    unready = at(4.5, replace(BACK, ready=False))
    gone = seen(*LINGERS[:2], unready, LINGERS[2])

    assert is_restarted(APP).judge(gone).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("kill", "how"),
    [
        pytest.param(killed(5.1), "ends", id="it-had-lasted"),
        pytest.param(killed(4, about=TWIN.uid), "ends", id="another-pod"),
        pytest.param(killed(4, "Stopping container app"), "ends", id="deleted"),
        pytest.param(killed(4), "lost", id="nobody-knows-how-often-it-is-to-be-killed"),
        pytest.param(killed(1), "silent", id="the-one-that-is-promised"),
        pytest.param(killed(4), "silent", id="the-one-that-is-promised-told-late"),
    ],
)
def test_what_is_no_relapse_by_near_misses(kill: Entry, how: How) -> None:
    law = is_restarted(APP, within=windows.within(seconds(30)))

    verdict = law.judge(seen(*(kill if one is LINGERS[1] else one for one in LINGERS), how=how))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(2))


def test_who_is_killed_each_time_it_boots_does_not_recover() -> None:
    flapping = [at(2, BACK), killed(3), at(3.1, ENDED), killed(16), at(16.1, ENDED)]
    again = restarted(ENDED)
    loop = seen(*flapping[:3], at(15, again), *flapping[3:], at(40, restarted(again)))

    assert is_restarted(APP).judge(loop).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("kill", "longer"),
    [
        pytest.param(killed(3), True, id="it-is"),
        pytest.param(killed(3, "Container app failed startup probe"), True, id="a-startup-probe"),
        pytest.param(killed(3, f"Init container app {WORDS}"), True, id="a-sidecar"),
        pytest.param(killed(3, container=""), True, id="told-before-containers-were-kept"),
        pytest.param(killed(3, "Stopping container app"), False, id="deleted"),
        pytest.param(killed(3, "Container app failed readiness probe"), False, id="readiness"),
        pytest.param(killed(3, about=TWIN.uid), False, id="another-pod"),
        pytest.param(killed(3, reason="Unhealthy"), False, id="no-kill"),
        pytest.param(killed(CRASH + 3), True, id="at-the-end-of-its-hold"),
        pytest.param(killed(CRASH + 3.1), False, id="after-it-had-lasted"),
    ],
)
def test_what_makes_it_longer_by_near_misses(kill: Entry, *, longer: bool) -> None:
    assert latest(kill) == (kill.at + MORE if longer else CRASH)


def test_another_container_s_kill_is_not_its_own() -> None:
    two = replace(APP, containers=(*APP.containers, ContainerSpec("beside"))).container("app")

    assert latest(killed(3), app=two) == 3 + MORE
    assert latest(killed(3, container="beside"), app=two) == CRASH


def test_the_first_of_each_pod_counts_and_the_last_of_those() -> None:
    other = killed(3.5, about=TWIN.uid)

    assert latest(killed(2), killed(3)) == 2 + MORE
    assert latest(killed(2), other, killed(4), app=BOTH) == 3.5 + MORE


@pytest.mark.parametrize("how", ["silent", "refuses"])
def test_the_kill_that_a_fault_leads_to_is_the_law_s_own(how: How) -> None:
    """Of two kills none waits for a back-off."""
    promised = windows.restart(APP, Effect(how)).latest

    assert latest(killed(2), how=how) == promised
    assert latest(killed(2), killed(8), how=how) == 8 + 5 + 1 + 3


def test_its_back_off_is_the_cluster_s_own() -> None:
    assert lasting_window(seen(killed(3), timers=TIMERS), APP).latest == 3 + 9 + 2.5


def test_what_was_restarted_before_waits_the_longest() -> None:
    """Of two pods one has paid for a restart already: the next two take 10 s and 20 s."""
    aftermath = story(killed(3), end=60, stood=[WEB, restarted(TWIN)])
    window = lasting_window(replace(aftermath, effect=Effect("ends")), BOTH)

    assert window.latest == 3 + MORE + 15  # a back-off of 20 s is 15 s longer than one of 10 s


def test_a_fault_of_its_own_tells_which_kill_is_one_more() -> None:
    hung = ContainerSpec("beside", liveness=APP.liveness)
    two = replace(APP, containers=(*APP.containers, hung)).container("app")
    crashed, silent = Effect("ends", hits=("web/app",)), Effect("silent", hits=("web/beside",))
    aftermath = replace(seen(killed(3)), effect=silent, beside=(crashed,))

    assert lasting_window(aftermath, two).latest == 3 + MORE


def test_a_kill_while_the_fault_is_being_caused_counts_from_its_start() -> None:
    aftermath = replace(seen(killed(3)), opened=seconds(2), start=seconds(4))

    assert lasting_window(aftermath, APP).latest == MORE


def test_one_that_comes_soon_makes_no_window_shorter() -> None:
    quick = having(APP, grace=seconds(0), liveness=Probe(period=seconds(1), failures=30))
    window = windows.restart(quick, Effect("silent"))
    soon = seen(killed(0.1), killed(0.2), how="silent", timers=TIMERS)

    assert lasting_window(soon, quick).latest == window.latest


def test_one_that_was_filled_is_a_crash_too() -> None:
    web = having(APP, memory=64.0)
    aftermath = replace(seen(killed(3)), effect=Effect("fills", mib_per_second=64))

    assert lasting_window(aftermath, web).latest == 3 + MORE
