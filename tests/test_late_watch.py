"""A watch that was late hides nothing: what it showed is only dated less exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, Verdict, seconds
from chaos.clock import ManualClock
from chaos.history.facts import LATE, Answered, Entry, Injecting, Lag
from chaos.history.journal import Journal
from chaos.judging.recovery import Recovery
from chaos.judging.ruling import eventually, never
from chaos.laws import steady
from chaos.testing import app_of, at, gap, lag, node, pod, story
from chaos.windows import Window, within

WEB = pod("web-1")
FACT, RELAPSE = at(5, WEB), at(9, WEB)
TEN = within(seconds(10))
THREE_TO_TEN = Window(seconds(3), seconds(10), "a probe")


def found(
    *entries: Entry, hold: float = 0, window: Window = TEN, relapse: Entry | None = None
) -> Verdict:
    """What is seen of web-1 recovers it; until the relapse, if there is one."""
    history = story(*entries, end=20)
    facts = (Recovery(seen, relapse) for seen, _ in history.sightings("web") if seen != relapse)
    return eventually(history, facts, window, missing="nothing", hold=seconds(hold))


def since(history: History, opened: float) -> History:
    return replace(history, opened=seconds(opened))


@pytest.mark.parametrize(
    ("seen", "older"),
    [
        pytest.param(FACT, True, id="within-it"),
        pytest.param(at(6, WEB), True, id="at-its-end"),
        pytest.param(at(6.1, WEB), False, id="after-it"),
        pytest.param(at(4, WEB), False, id="at-its-beginning"),
        pytest.param(at(3.9, WEB), False, id="before-it"),
        pytest.param(at(5, node("worker1")), True, id="whatever-was-shown"),
    ],
)
def test_what_a_watch_shows_while_it_is_late_may_be_older(
    seen: Entry,
    older: bool,  # noqa: FBT001
) -> None:
    assert story(seen, lag(4, 6), end=20).lag(seen) == (lag(4, 6) if older else None)


def test_nothing_is_older_while_no_watch_was_late() -> None:
    assert story(FACT, gap(4, 6), end=20).lag(FACT) is None


def test_of_several_lags_the_one_that_reaches_back_the_most_counts() -> None:
    assert story(FACT, lag(4.5, 5), lag(4, 5), lag(4.2, 7), end=20).lag(FACT) == lag(4, 5)


def test_what_was_asked_and_not_watched_is_dated_exactly() -> None:
    answer = Answered(seconds(5), WEB.uid, "web", 200, None)
    assert story(answer, lag(4, 6), end=20).lag(answer) is None


def test_a_lag_before_the_stretch_may_reach_into_it_and_one_after_it_is_not_known() -> None:
    journal = Journal(ManualClock())
    journal.write(lag(4, 6))
    journal.write(Injecting(seconds(4.5), "Crash()", 1))
    asked = journal.since(1)
    journal.write(lag(3, 6))
    assert asked.lag(FACT) == lag(4, 6)


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([FACT, lag(0, 6)], Ruling.HOLDS, id="in-time-whenever-it-was"),
        pytest.param([FACT, lag(6, 8)], Ruling.HOLDS, id="late-later"),
        pytest.param([lag(2, 8)], Ruling.BROKEN, id="nothing-was-missed"),
        pytest.param([at(11, WEB), lag(9.9, 11)], Ruling.UNKNOWN, id="perhaps-in-time"),
        pytest.param([at(11, WEB), lag(10, 11)], Ruling.BROKEN, id="too-late-whenever-it-was"),
        pytest.param([at(11, WEB), lag(5, 9)], Ruling.BROKEN, id="late-only-before"),
        pytest.param([FACT, lag(-LATE, 5)], Ruling.HOLDS, id="as-much-goes-unnoticed"),
        pytest.param([FACT, lag(-1.1, 5)], Ruling.UNKNOWN, id="perhaps-before-the-fault"),
    ],
)
def test_a_late_watch_matters_only_where_the_date_does(
    entries: list[Entry], ruling: Ruling
) -> None:
    assert found(*entries).ruling is ruling


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([FACT, lag(2, 5)], Ruling.HOLDS, id="as-much-goes-unnoticed"),
        pytest.param([FACT, lag(1.9, 5)], Ruling.UNKNOWN, id="perhaps-too-early"),
        pytest.param([at(2.9, WEB), lag(1, 4)], Ruling.BROKEN, id="too-early-whenever-it-was"),
    ],
)
def test_whether_it_came_too_early_hangs_on_its_date(entries: list[Entry], ruling: Ruling) -> None:
    assert found(*entries, window=THREE_TO_TEN).ruling is ruling


@pytest.mark.parametrize(
    ("relapse", "late", "ruling"),
    [
        pytest.param(9, lag(6, 7), Ruling.HOLDS, id="late-within-the-hold"),
        pytest.param(9, lag(7.9, 9), Ruling.UNKNOWN, id="perhaps-undone-before-its-end"),
        pytest.param(9, lag(8, 9), Ruling.HOLDS, id="undone-after-its-end"),
        pytest.param(8, lag(7, 7.5), Ruling.BROKEN, id="undone-before-its-end"),
        pytest.param(8, lag(4.9, 5), Ruling.UNKNOWN, id="perhaps-it-had-lasted"),
        pytest.param(7, lag(4, 5), Ruling.BROKEN, id="it-had-not-lasted"),
    ],
)
def test_whether_it_lasted_may_hang_on_its_date(relapse: float, late: Lag, ruling: Ruling) -> None:
    undone = at(relapse, WEB)
    assert found(FACT, undone, late, hold=3, relapse=undone).ruling is ruling


@pytest.mark.parametrize(
    ("late", "ruling"),
    [
        pytest.param(lag(-3, 2.5), Ruling.UNKNOWN, id="it-may-have-lasted-and-was-too-early"),
        pytest.param(lag(2, 2.5), Ruling.HOLDS, id="too-early-by-no-more-than-goes-unnoticed"),
        pytest.param(lag(-3, 2.4), Ruling.HOLDS, id="it-did-not-last"),
    ],
)
def test_one_before_it_may_have_counted_by_its_date(late: Lag, ruling: Ruling) -> None:
    """Back after 2.5 s, which is too early, and again after 5.5 s: three seconds are its hold."""
    first, then = at(2.5, WEB), at(5.5, WEB)
    history = story(first, then, late, end=20)
    facts = [Recovery(first, then), Recovery(then, None)]

    verdict = eventually(history, facts, THREE_TO_TEN, missing="nothing", hold=seconds(3))

    assert verdict.ruling is ruling


@pytest.mark.parametrize("last", [at(7, WEB), at(11, WEB)], ids=["undone", "too-late"])
def test_one_recovery_that_lasted_perhaps_is_enough_for_doubt(last: Entry) -> None:
    spells = [Recovery(at(1, WEB), at(4, WEB)), Recovery(last, at(8, WEB))]
    history = story(lag(0.9, 1), end=20)
    verdict = eventually(history, spells, TEN, missing="nothing", hold=seconds(3))
    assert verdict.ruling is Ruling.UNKNOWN


@pytest.mark.parametrize(
    ("fact", "late", "ruling"),
    [
        pytest.param(None, lag(2, 9), Ruling.HOLDS, id="nothing-was-missed"),
        pytest.param(None, lag(9, 12), Ruling.HOLDS, id="nor-at-the-end"),
        pytest.param(5, lag(1, 6), Ruling.BROKEN, id="it-happened-whenever-it-was"),
        pytest.param(5, lag(-LATE, 6), Ruling.BROKEN, id="as-much-goes-unnoticed"),
        pytest.param(5, lag(-1.1, 6), Ruling.UNKNOWN, id="perhaps-before-the-fault"),
        pytest.param(11, lag(10, 12), Ruling.HOLDS, id="after-its-time-whenever-it-was"),
        pytest.param(11, lag(9.9, 12), Ruling.UNKNOWN, id="perhaps-in-its-time"),
    ],
)
def test_what_never_happens_is_not_hidden_by_a_late_watch(
    fact: float | None, late: Lag, ruling: Ruling
) -> None:
    seen = None if fact is None else at(fact, WEB)
    entries = [late] if seen is None else [seen, late]
    assert never(story(*entries, end=20), seen, seconds(10)).ruling is ruling


def test_a_gap_counts_beside_a_lag() -> None:
    assert found(gap(2, 3), lag(2, 8)).ruling is Ruling.UNKNOWN
    assert found(FACT, gap(5.5, 6), lag(2, 8), hold=0.2).ruling is Ruling.HOLDS


def test_it_says_how_late_and_what_hangs_on_it() -> None:
    late, once = at(11, WEB), "so when it came or went is not known"
    verdict = found(late, lag(9, 11), window=THREE_TO_TEN)
    assert (verdict.evidence, verdict.window) == ((lag(9, 11),), THREE_TO_TEN)
    assert verdict.because == (
        f"the watch was late from 9.0 to 11.0 s after the fault, {once}; "
        "expected in [3.0, 10.0] s: a probe"
    )
    verdict = never(story(late, lag(9, 11), end=20), late, seconds(10))
    assert verdict.because.endswith(f"{once}; must not happen in [0.0, 10.0] s")


def test_its_seconds_count_from_the_fault() -> None:
    history = replace(story(FACT, lag(-3, 5), end=20), opened=seconds(1), start=seconds(2))
    verdict = never(history, FACT, seconds(10))
    assert "late from -5.0 to 3.0 s after the fault" in verdict.because


def test_a_workload_was_still_though_the_watch_that_shows_it_was_late() -> None:
    law = steady(app_of(WEB), still=seconds(3), within=seconds(10))
    shown: list[Entry] = [at(0, WEB), lag(1, 8)]
    assert law.judge(story(*shown, stood=[WEB], end=4)).ruling is Ruling.HOLDS
