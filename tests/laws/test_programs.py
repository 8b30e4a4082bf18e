from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, Verdict, seconds
from chaos.history.effect import Effect
from chaos.history.facts import Entry, Pod
from chaos.history.looked import Checked, Inspected
from chaos.laws import (
    catches_up,
    found_down,
    runs_on,
    runtime_never_restarted,
    runtime_restarted,
)
from chaos.testing import app_of, at, container, gap, pod, story
from chaos.windows import Window, crash, trace, within
from chaos.workloads.admitted import NodeName

WEB, TWIN = pod("web-1"), pod("web-2", containers=(container(id="twin-0"),))
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
TEN = within(seconds(10))


def look(moment: float, *running: str, of: Pod = WEB) -> Inspected:
    return Inspected(seconds(moment), of.uid, of.workload, NodeName("worker1"), running)


def check(moment: float, what: str = "etcd", *, up: bool) -> Checked:
    return Checked(seconds(moment), what, up)


def down(*checks: Entry, end: float = 90, programs: tuple[str, ...] = ("etcd",)) -> Verdict:
    return found_down(programs).judge(story(*checks, end=end))


@pytest.mark.parametrize(
    ("checks", "ruling"),
    [
        pytest.param([check(3, up=False)], Ruling.HOLDS, id="down"),
        pytest.param([check(3, up=True), check(4, up=False)], Ruling.HOLDS, id="down-at-last"),
        pytest.param([check(3, "kcm", up=False)], Ruling.OPEN, id="another-is-down"),
        pytest.param([check(60, up=False)], Ruling.HOLDS, id="at-the-last-moment"),
        pytest.param([check(60.1, up=False)], Ruling.BROKEN, id="too-late"),
        pytest.param([check(60, up=True)], Ruling.BROKEN, id="up-at-the-end"),
        pytest.param([check(59.9, up=True)], Ruling.OPEN, id="not-asked-at-the-end"),
        pytest.param([], Ruling.OPEN, id="never-asked"),
        pytest.param([gap(1, 2), check(3, up=False)], Ruling.HOLDS, id="no-watch-is-needed"),
    ],
)
def test_found_down_by_near_misses(checks: list[Entry], ruling: Ruling) -> None:
    assert down(*checks).ruling is ruling


def test_every_program_must_be_down() -> None:
    programs = ("etcd", "kcm")
    one, other = check(3, up=False), check(5, "kcm", up=False)

    both = down(one, other, programs=programs)
    assert (both.ruling, both.took, both.evidence) == (Ruling.HOLDS, seconds(5), (one, other))
    assert both.because == "after 5.0 s, expected in [0.0, 60.0] s: a real fault shows by then"
    assert both.window is not None
    open_ = down(one, programs=programs)
    assert (open_.ruling, open_.check) == (Ruling.OPEN, ("kcm",))
    broken = down(one, check(60, "kcm", up=True), programs=programs)
    assert (broken.ruling, broken.check) == (Ruling.BROKEN, ())
    assert broken.because == "kcm went on working in 60 s"
    assert broken.window == both.window


def test_one_that_was_found_down_too_late_is_not_waited_for() -> None:
    late = check(60.1, up=False)

    assert down(late, programs=("etcd", "kcm")).ruling is Ruling.BROKEN
    assert down(check(60, up=False), programs=("etcd", "kcm")).ruling is Ruling.OPEN
    early = check(3, "scheduler", up=False)
    assert down(early, late, programs=("etcd", "kcm", "scheduler")).ruling is Ruling.BROKEN


def test_a_program_is_asked_at_once_then_every_second_and_at_the_deadline() -> None:
    later = replace(story(end=3), opened=seconds(1), start=seconds(2))

    assert found_down(("etcd",)).judge(later).due == seconds(2)
    assert down(check(3, up=True)).due == seconds(4)
    assert down(check(59.5, up=True)).due == seconds(60)
    assert down(check(3, up=True), programs=("etcd", "kcm")).due == seconds(0)
    one, other = check(60, up=True), check(58, "kcm", up=True)
    asked = down(other, one, programs=("etcd", "kcm"))
    assert (asked.ruling, asked.due, asked.window) == (Ruling.OPEN, seconds(59), trace(seconds(60)))


def test_what_was_checked_while_the_fault_was_caused_took_no_time() -> None:
    history = replace(story(check(3, up=False), end=9), opened=seconds(2), start=seconds(4))

    assert found_down(("etcd",)).judge(history).took == seconds(0)


def again(*looks: Entry, window: Window = TEN, law_of: tuple[Pod, ...] = (WEB,)) -> Verdict:
    law = runtime_restarted(app_of(*law_of), within=window)
    return law.judge(story(*looks, stood=law_of, end=30))


@pytest.mark.parametrize(
    ("looks", "ruling"),
    [
        pytest.param([look(3, "app-1")], Ruling.HOLDS, id="another-container"),
        pytest.param([look(3, "app-0", "app-1")], Ruling.HOLDS, id="beside-the-old"),
        pytest.param([look(3, "app-0")], Ruling.OPEN, id="the-old-one"),
        pytest.param([look(3)], Ruling.OPEN, id="none"),
        pytest.param([look(3, "twin-1", of=TWIN)], Ruling.OPEN, id="another-pod-s"),
        pytest.param([look(3, "db-1", of=pod("db-1"))], Ruling.OPEN, id="another-workload-s"),
        pytest.param([look(10, "app-1")], Ruling.HOLDS, id="at-the-last-moment"),
        pytest.param([look(10.1, "app-1")], Ruling.BROKEN, id="too-late"),
        pytest.param([look(10, "app-0")], Ruling.BROKEN, id="not-in-time"),
    ],
)
def test_restarts_at_the_runtime_by_near_misses(looks: list[Entry], ruling: Ruling) -> None:
    assert again(*looks).ruling is ruling


@pytest.mark.parametrize(
    ("moment", "ruling"), [(2.9, Ruling.BROKEN), (3.0, Ruling.HOLDS)], ids=["before", "at"]
)
def test_a_restart_at_the_runtime_may_come_too_early(moment: float, ruling: Ruling) -> None:
    window = Window(seconds(3), seconds(10), "a probe")

    assert again(look(moment, "app-1"), window=window).ruling is ruling


def test_too_early_at_the_runtime_is_reckoned_from_the_first_attempt() -> None:
    law = runtime_restarted(APP, within=Window(seconds(3), seconds(10), "a probe"))
    history = story(look(4, "app-1"), stood=[WEB], end=30)

    injected = replace(history, opened=seconds(1), start=seconds(2))
    assert law.judge(injected).ruling is Ruling.HOLDS


def test_one_pod_too_early_breaks_it_for_all() -> None:
    window = Window(seconds(3), seconds(10), "a probe")
    looks = look(2, "app-1"), look(4, "twin-1", of=TWIN)

    assert again(*looks, window=window, law_of=(WEB, TWIN)).ruling is Ruling.BROKEN


def test_the_runtime_of_every_pod_is_asked_until_all_have_restarted() -> None:
    one, other = look(3, "app-1"), look(5, "twin-1", of=TWIN)

    verdict = again(one, law_of=(WEB, TWIN))
    assert (verdict.ruling, verdict.inspect) == (Ruling.OPEN, (BOTH.stands[1],))
    assert again(one, other, law_of=(WEB, TWIN)).took == seconds(5)
    never = again(one, look(10, of=TWIN), law_of=(WEB, TWIN))
    assert (never.ruling, never.because) == (
        Ruling.BROKEN,
        "no other container was found running in 10 s",
    )


def earlier(*looks: Entry, after: Entry) -> History:
    """A history that begins behind some looks; the API server knows of no container yet."""
    unseen = replace(WEB, containers=())
    whole = story(*looks, after, end=30)
    return replace(whole, first=len(looks), opening=story(stood=[unseen], end=0).opening)


def test_what_we_saw_run_before_the_fault_is_known_too() -> None:
    law = runtime_restarted(APP, within=TEN)
    known = look(-1, "app-7")

    assert law.judge(earlier(known, after=look(3, "app-7"))).ruling is Ruling.OPEN
    assert law.judge(earlier(known, after=look(3, "app-8"))).ruling is Ruling.HOLDS
    stranger = look(-1, "app-7", of=TWIN)
    assert law.judge(earlier(stranger, after=look(3, "app-7"))).ruling is Ruling.UNKNOWN


def test_what_was_known_of_another_pod_is_new_to_this_one() -> None:
    assert again(look(3, "twin-0"), look(3, "twin-1", of=TWIN), law_of=(WEB, TWIN)).ruling is (
        Ruling.HOLDS
    )


def test_where_nothing_was_known_nothing_can_be_new() -> None:
    nameless = pod("web-1", containers=(container(id=""),))
    because = "no container of web-1 was known"
    aftermath = story(look(3, "app-1"), look(10, "app-1"), stood=[nameless], end=30)

    once = runtime_restarted(APP, within=TEN).judge(aftermath)
    assert (once.ruling, once.because, once.window) == (Ruling.UNKNOWN, because, TEN)
    never = runtime_never_restarted(APP, through=seconds(10)).judge(aftermath)
    assert (never.ruling, never.because) == (Ruling.UNKNOWN, because)
    assert never.window is not None


@pytest.mark.parametrize(
    ("looks", "ruling"),
    [
        pytest.param([look(10, "app-0")], Ruling.HOLDS, id="the-old-one"),
        pytest.param([look(10)], Ruling.HOLDS, id="none"),
        pytest.param([look(9.9, "app-0")], Ruling.OPEN, id="asked-too-early"),
        pytest.param([], Ruling.OPEN, id="never-asked"),
        pytest.param([look(10, "twin-1", of=TWIN)], Ruling.OPEN, id="only-another-was-asked"),
        pytest.param([look(3, "app-1")], Ruling.BROKEN, id="another-container"),
        pytest.param([look(3, "app-1"), look(10)], Ruling.BROKEN, id="that-is-gone-again"),
        pytest.param([look(10, "app-1")], Ruling.BROKEN, id="at-the-last-moment"),
        pytest.param([look(10.1, "app-1")], Ruling.HOLDS, id="after-its-time"),
    ],
)
def test_no_restart_at_the_runtime_by_near_misses(looks: list[Entry], ruling: Ruling) -> None:
    law = runtime_never_restarted(APP, through=seconds(10))

    assert law.judge(story(*looks, stood=[WEB], end=30)).ruling is ruling


def test_no_pod_may_restart_at_the_runtime_and_all_are_asked() -> None:
    law = runtime_never_restarted(BOTH, through=seconds(10))
    first, second = look(10, "app-0"), look(11, "twin-0", of=TWIN)
    fresh = look(4, "twin-1", of=TWIN)

    def ruled(*looks: Entry) -> Verdict:
        history = story(*looks, stood=[WEB, TWIN], end=30)
        return law.judge(replace(history, opened=seconds(0), start=seconds(0)))

    asked = ruled(first)
    assert (asked.ruling, asked.due, asked.inspect) == (Ruling.OPEN, seconds(10), BOTH.stands)
    held = ruled(first, second)
    assert (held.ruling, held.because) == (Ruling.HOLDS, "not once in 10 s")
    assert held.evidence == (first, second)
    broken = ruled(first, fresh)
    assert (broken.ruling, broken.evidence, broken.took) == (Ruling.BROKEN, (fresh,), seconds(4))
    assert broken.because == "another container was found running after 4.0 s"
    for verdict in (asked, held, broken):
        assert verdict.window == Window(seconds(10), seconds(10), "must not happen")


def test_the_time_of_a_runtime_law_runs_from_the_injection() -> None:
    law = runtime_never_restarted(APP, through=seconds(10))
    history = story(look(11, "app-1"), stood=[WEB], end=30)

    verdict = law.judge(replace(history, opened=seconds(1), start=seconds(2)))

    assert (verdict.ruling, verdict.took) == (Ruling.BROKEN, seconds(9))


def test_without_a_window_of_its_own_the_spec_s_counts() -> None:
    history = replace(story(look(3, "app-1"), stood=[WEB], end=30), effect=Effect("ends"))

    verdict = runtime_restarted(APP).judge(history)

    assert (verdict.ruling, verdict.window) == (Ruling.HOLDS, crash(APP))


def shows(moment: float, *ids: str, of: Pod = WEB) -> Entry:
    return at(moment, replace(of, containers=tuple(container(id=id_) for id_ in ids)))


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([look(1, "app-1"), shows(3, "app-1")], Ruling.HOLDS, id="shown"),
        pytest.param([look(1, "app-1"), shows(3, "app-0", "app-1")], Ruling.HOLDS, id="beside"),
        pytest.param([look(1, "app-1"), shows(3, "app-0")], Ruling.BROKEN, id="the-old-one"),
        pytest.param([look(1, "app-1")], Ruling.BROKEN, id="nothing-shown"),
        pytest.param(
            [look(1, "app-1"), shows(3, "app-1", of=TWIN)], Ruling.BROKEN, id="another-pod-s"
        ),
        pytest.param(
            [look(1, "app-1"), look(2, "app-2"), shows(3, "app-1")],
            Ruling.BROKEN,
            id="not-the-last",
        ),
        pytest.param([shows(3, "app-1")], Ruling.UNKNOWN, id="nobody-had-looked"),
        pytest.param([look(1), shows(3, "app-1")], Ruling.UNKNOWN, id="nothing-ran"),
        pytest.param(
            [look(1, "app-1", of=TWIN), shows(3, "app-1")], Ruling.UNKNOWN, id="looked-elsewhere"
        ),
        pytest.param([look(1, "app-1"), shows(10, "app-1")], Ruling.HOLDS, id="at-the-end"),
        pytest.param([look(1, "app-1"), shows(10.1, "app-1")], Ruling.BROKEN, id="too-late"),
        pytest.param([look(1, "app-1"), gap(0, 2), shows(3, "app-1")], Ruling.HOLDS, id="gap"),
    ],
)
def test_catching_up_by_near_misses(entries: list[Entry], ruling: Ruling) -> None:
    law = catches_up(APP, within=TEN)

    assert law.judge(story(*entries, stood=[WEB], end=30)).ruling is ruling


def test_the_api_server_must_catch_up_with_every_pod() -> None:
    law = catches_up(BOTH, within=TEN)
    looks = look(1, "app-1"), look(1, "twin-1", of=TWIN)
    one, other = shows(3, "app-1"), shows(5, "twin-1", of=TWIN)
    late = shows(11, "twin-1", of=TWIN)

    def ruled(*entries: Entry, end: float = 30) -> Verdict:
        history = story(*entries, stood=[WEB, TWIN], end=end)
        return law.judge(replace(history, first=1))

    both = ruled(*looks, one, other)
    assert (both.ruling, both.took, both.window) == (Ruling.HOLDS, seconds(5), TEN)
    assert ruled(*looks, one, late).ruling is Ruling.BROKEN
    missed = ruled(*looks, one)
    assert (missed.ruling, missed.because) == (
        Ruling.BROKEN,
        "the API server does not show it in 10 s, nor in 30 s",
    )
    unknown = ruled(looks[0], one)
    assert (unknown.ruling, unknown.because, unknown.window) == (
        Ruling.UNKNOWN,
        "nobody had looked on the node",
        TEN,
    )
    assert ruled(*looks, one, end=9).ruling is Ruling.OPEN
    hidden = gap(9, 11)
    assert ruled(*looks, one, late, hidden).ruling is Ruling.UNKNOWN
    assert ruled(*looks, late, shows(11, "app-1"), hidden).ruling is Ruling.UNKNOWN


@pytest.mark.parametrize(
    ("stood", "seen", "ruling"),
    [
        pytest.param(["app-1", "twin-1"], [], Ruling.HOLDS, id="both"),
        pytest.param(["app-1", "twin-0"], [], Ruling.BROKEN, id="one-only"),
        pytest.param(["app-1", "twin-0"], ["twin-1"], Ruling.HOLDS, id="one-and-the-other-later"),
        pytest.param(["app-0", "twin-1"], ["twin-1"], Ruling.BROKEN, id="the-same-one-twice"),
    ],
)
def test_an_api_server_that_was_never_away_may_show_it_at_the_opening(
    stood: list[str], seen: list[str], ruling: Ruling
) -> None:
    pods = [
        replace(pod, containers=(container(id=id_),))
        for pod, id_ in zip((WEB, TWIN), stood, strict=True)
    ]
    looks = look(1, "app-1"), look(1, "twin-1", of=TWIN)
    later = [shows(3, id_, of=TWIN) for id_ in seen]

    history = story(*looks, *later, stood=pods, end=30)

    assert catches_up(BOTH, within=TEN).judge(history).ruling is ruling


def test_catching_up_is_timed_from_the_injection() -> None:
    history = story(look(1, "app-1"), shows(12, "app-1"), stood=[WEB], end=30)
    later = replace(history, opened=seconds(2), start=seconds(2))

    assert catches_up(APP, within=TEN).judge(later).ruling is Ruling.HOLDS


def test_sightings_of_the_api_server_are_no_looks() -> None:
    assert again(at(3, pod("web-1", containers=(container(id="app-1"),)))).ruling is Ruling.OPEN


@pytest.mark.parametrize(
    ("looks", "ruling"),
    [
        pytest.param([look(10, "app-0")], Ruling.HOLDS, id="the-old-one"),
        pytest.param([look(4, "app-0"), look(12, "app-0")], Ruling.HOLDS, id="at-every-look"),
        pytest.param([look(10, "app-0", "app-1")], Ruling.HOLDS, id="beside-another"),
        pytest.param([look(10, "app-0"), look(11)], Ruling.HOLDS, id="ended-after-its-time"),
        pytest.param([look(9.9, "app-0")], Ruling.OPEN, id="asked-too-early"),
        pytest.param([], Ruling.OPEN, id="never-asked"),
        pytest.param([look(10, "twin-0", of=TWIN)], Ruling.OPEN, id="only-another-was-asked"),
        pytest.param([look(10)], Ruling.BROKEN, id="gone"),
        pytest.param([look(11)], Ruling.BROKEN, id="gone-at-the-first-look-after"),
        pytest.param([look(10, "app-1")], Ruling.BROKEN, id="another-container"),
        pytest.param([look(4)], Ruling.BROKEN, id="gone-early"),
        pytest.param([look(4), look(10, "app-0")], Ruling.BROKEN, id="away-for-a-while"),
    ],
)
def test_running_on_by_near_misses(looks: list[Entry], ruling: Ruling) -> None:
    law = runs_on(APP, through=seconds(10))

    assert law.judge(story(*looks, stood=[WEB], end=30)).ruling is ruling


def test_every_pod_must_run_on_and_all_are_asked() -> None:
    law = runs_on(BOTH, through=seconds(10))
    first, second, without = look(10, "app-0"), look(11, "twin-0", of=TWIN), look(4, of=TWIN)

    def ruled(*looks: Entry) -> Verdict:
        history = story(*looks, stood=[WEB, TWIN], end=30)
        return law.judge(replace(history, opened=seconds(0), start=seconds(0)))

    asked = ruled(first)
    assert (asked.ruling, asked.due, asked.inspect) == (Ruling.OPEN, seconds(10), BOTH.stands)
    held = ruled(first, second)
    assert (held.because, held.evidence) == ("still so after 10 s", (first, second))
    broken = ruled(first, without)
    assert (broken.ruling, broken.evidence, broken.took) == (Ruling.BROKEN, (without,), seconds(4))
    assert broken.because == "its container was not found after 4.0 s"
    for verdict in (asked, held, broken):
        assert verdict.window == Window(seconds(10), seconds(10), "must stay so")


def test_what_was_not_known_cannot_run_on() -> None:
    nameless = pod("web-1", containers=(container(id=""),))

    verdict = runs_on(APP, through=seconds(10)).judge(story(stood=[nameless], end=30))

    assert (verdict.ruling, verdict.because) == (
        Ruling.UNKNOWN,
        "no container of web-1 was known",
    )
