"""A container that a probe has killed more often while it boots: the next is waited for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos import History, Ruling, seconds, windows
from chaos.history.effect import Effect, How
from chaos.history.facts import Entry, Event, Pod
from chaos.history.timers import Timers
from chaos.judging.lasting import lasting_window
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, container, having, pod, restarted, story
from chaos.workloads.admitted import Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Sleep

WEB, TWIN = pod("web-1"), pod("web-2")
APP = having(app_of(WEB), liveness=Probe(period=seconds(1), failures=1), grace=seconds(5))
BOTH = having(app_of(WEB, TWIN), liveness=APP.liveness, grace=seconds(5))
BACK = restarted(WEB)


def over(of: Pod) -> Pod:
    return replace(of, containers=(replace(of.containers[0], state="terminated"),))


ENDED = over(BACK)
CRASH = 1 + 3  # relist, start
MORE = 5 + 1 + 3 + 16.0  # grace, kill, start, and the first back-off, at most
WORDS = "failed liveness probe, will be restarted"
TIMERS = Timers(seconds(8), seconds(1), seconds(8), 100, longest_backoff=seconds(1))


def killed(moment: float, message: str = f"Container app {WORDS}", **changes: object) -> Entry:
    event = Event(Uid(f"e{moment}"), WEB.uid, "Killing", message, container="app")
    return at(moment, replace(event, **changes))  # type: ignore[arg-type]


def seen(
    *entries: Entry, how: How = "ends", timers: Timers | None = None, end: float = 60
) -> History:
    told = story(*entries, end=end, stood=[WEB, TWIN])
    return replace(told, effect=Effect(how), timers=timers)


def latest(*entries: Entry, app: Workload = APP, how: How = "ends") -> float:
    return lasting_window(seen(*entries, how=how), app).latest


def test_a_container_that_is_killed_once_more_while_it_boots_comes_back() -> None:
    booted = (at(2, BACK), killed(3), at(3.1, ENDED), at(15, restarted(ENDED)))
    verdict = is_restarted(APP).judge(seen(*booted))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(15))
    assert "relist 1 s + container start 3 s + killed once more, at 3.0 s" in verdict.because
    without = seen(*(entry for entry in booted if entry != killed(3)))
    assert is_restarted(APP).judge(without).because.startswith("no restart in 4 s; it came after")


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


def loop(*kills: float, back: float = 0) -> History:
    """It is up a second before each kill, and at last if it comes back; it had crashed at 0."""
    entries, last = list[Entry](), WEB
    for moment in kills:
        up = restarted(last)
        last = over(up)
        entries += [at(moment - 1, up), killed(moment), at(moment + 0.1, last)]
    ended = [at(back, restarted(last))] if back else []
    return seen(*entries, *ended, end=2000)


def test_who_is_killed_at_several_starts_comes_back_when_its_kubelet_starts_it_again() -> None:
    verdict = is_restarted(APP).judge(loop(3, 15, 37, back=60))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(60))
    words = "killed 3 times more, at 37.0 s: grace 5 s + kill 1 s + container start 3 s + back-off"
    assert f"relist 1 s + container start 3 s + {words} up to 61 s" in verdict.because


def test_each_start_has_a_time_of_its_own() -> None:
    late = is_restarted(APP).judge(loop(3, 15, back=15 + MORE + 15 + 0.1))

    killed_twice = "killed 2 times more by a probe: no restart in 55 s; it came after 55.1 s"
    assert late.because.startswith(killed_twice)
    assert late.ruling is Ruling.BROKEN


def test_who_is_killed_at_each_start_does_not_recover() -> None:
    """A Deployment that does not come up is waited for as long."""
    kills = (3, 15, 40, 90, 180, 350, 700, 1100)
    verdict = is_restarted(APP).judge(loop(*kills))

    assert "killed 8 times more by a probe: no restart in 430 s; it came after" in verdict.because
    assert verdict.because.endswith("back after 349.0 s, failed again")
    assert verdict.ruling is Ruling.BROKEN


@pytest.mark.parametrize(("last", "ends"), [(144, CRASH + 600), (144.1, 100 + 250)])
def test_the_next_start_has_to_be_due_by_a_deployment_s_progress_deadline(
    last: float, ends: float
) -> None:
    """The sixth start waits for up to 451 s, and 9 s more; the fifth for 241 s."""
    kills = [killed(moment) for moment in (3, 15, 37, 60, 100, last)]

    assert latest(*kills) == ends


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
        pytest.param(killed(CRASH), True, id="at-its-end"),
        pytest.param(killed(CRASH + 0.1), False, id="when-its-time-was-over"),
    ],
)
def test_what_makes_it_longer_by_near_misses(kill: Entry, *, longer: bool) -> None:
    assert latest(kill) == (kill.at + MORE if longer else CRASH)


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        pytest.param({"startup": Probe(grace=seconds(50))}, 45, id="a-startup-probe-s-grace"),
        pytest.param({"startup": Probe(grace=seconds(1))}, 0, id="the-pod-s-is-longer"),
        pytest.param({"liveness": replace(APP.liveness, grace=seconds(3))}, -2, id="the-probe-s"),  # type: ignore[type-var]
        pytest.param({"liveness": None, "startup": Probe(grace=seconds(9))}, 4, id="it-alone"),
        pytest.param({"liveness": None}, 0, id="of-which-nobody-knows"),
        pytest.param({"pre_stop": Sleep(seconds(1))}, 2, id="a-hook-may-use-it-up"),
    ],
)
def test_the_next_start_waits_for_the_grace_of_whoever_killed_it(
    spec: dict[str, Any], more: float
) -> None:
    assert latest(killed(3), app=having(APP, **spec)) == 3 + MORE + more


@pytest.mark.parametrize("app", ["running", "waiting"])
def test_whether_another_container_is_up_is_not_its_own_matter(
    app: Literal["running", "waiting"],
) -> None:
    two = replace(APP, containers=(*APP.containers, ContainerSpec("beside"))).container("app")
    other: Literal["running", "waiting"] = "waiting" if app == "running" else "running"
    up = (replace(BACK.containers[0], state=app), container("beside", state=other))
    kill = killed(CRASH + 3)

    found = latest(at(2, replace(BACK, containers=up)), kill, app=two)

    assert found == (kill.at + MORE if app == "running" else CRASH)


def test_another_container_s_kill_is_not_its_own() -> None:
    two = replace(APP, containers=(*APP.containers, ContainerSpec("beside"))).container("app")

    assert latest(killed(3), app=two) == 3 + MORE
    assert latest(killed(3, container=""), app=two) == 3 + MORE  # from before they were kept
    assert latest(killed(3, container="beside"), app=two) == CRASH


def test_of_several_pods_the_one_that_takes_the_longest_counts() -> None:
    other = killed(3.5, about=TWIN.uid)

    assert latest(killed(2), other, app=BOTH) == 3.5 + MORE
    assert latest(killed(2), killed(3), other, app=BOTH) == 3 + MORE + 15


@pytest.mark.parametrize(
    ("others", "longer"),
    [
        pytest.param([at(2, BACK)], True, id="it-is"),
        pytest.param([at(CRASH, BACK)], True, id="at-the-last-moment"),
        pytest.param([at(CRASH + 0.1, BACK)], False, id="not-in-time"),
        pytest.param([at(2, restarted(BACK, state="waiting"))], False, id="not-up"),
        pytest.param([at(2, BACK), at(3, ENDED)], False, id="not-up-any-more"),
        pytest.param([at(2, WEB)], False, id="not-anew"),
        pytest.param([], False, id="not-seen"),
    ],
)
def test_who_was_up_in_time_has_to_last_yet(others: list[Entry], *, longer: bool) -> None:
    kill = killed(CRASH + 3)

    assert latest(*others, kill) == (kill.at + MORE if longer else CRASH)
    assert latest(*others, killed(CRASH + 3.1)) == CRASH


def test_all_have_to_be_up_to_be_killed_in_their_hold() -> None:
    one, other, kill = at(2, BACK), at(2, restarted(TWIN)), killed(CRASH + 3)

    assert latest(one, other, kill, app=BOTH) == kill.at + MORE
    assert latest(one, kill, app=BOTH) == CRASH


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


LIVES = st.lists(st.tuples(st.floats(0.1, 30), st.floats(0.1, 8)), max_size=4)


def life(of: Pod, lives: list[tuple[float, float]], lingers: float) -> Iterator[Entry]:
    """Each container waits, lives, and is killed; the last one stays."""
    moment, last = 0.0, of
    for wait, lived in [*lives, (5.0, math.inf)]:
        yield at(moment + wait, last := restarted(last))
        killing = moment + wait + lived
        moment = killing + lingers
        if lived < math.inf:
            yield killed(killing, about=of.uid)
            yield at(moment, last := over(last))


@given(one=LIVES, other=LIVES, lingers=st.floats(0, 4))
def test_no_final_ruling_is_taken_back(
    one: list[tuple[float, float]], other: list[tuple[float, float]], lingers: float
) -> None:
    entries = sorted([*life(WEB, one, lingers), *life(TWIN, other, lingers)], key=lambda e: e.at)
    ends = sorted([entry.at for entry in entries] + [4.0 * step for step in range(100)] + [2000.0])
    told = [seen(*(entry for entry in entries if entry.at <= end), end=end) for end in ends]

    rulings = [is_restarted(BOTH).judge(so_far).ruling for so_far in told]

    first = next(index for index, one in enumerate(rulings) if one is not Ruling.OPEN)
    assert set(rulings[first:]) == {rulings[first]}
