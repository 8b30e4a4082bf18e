from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaos import Ruling, Verdict, seconds
from chaos.history.facts import Container, Entry, Event, Observed, Pod, Termination
from chaos.laws import backs_off, never_backs_off
from chaos.testing import app_of, at, container, gap, lag, pod, story
from chaos.windows import looped
from chaos.workloads.admitted import Uid
from chaos.workloads.containers import ContainerSpec
from chaos.workloads.first_start import FirstStart

WEB, TWIN = pod("web-1"), pod("web-2", containers=(container(id="twin-0"),))
APP = app_of(WEB)
WAITS = (seconds(0), seconds(10), seconds(20))
LAW = backs_off(APP, waits=WAITS)
SAYS = "back-off {} restarting failed container=app pod=web-1_default(uid-web-1)"


def clock(second: int | None) -> str:
    """The kubelet's clock, cut to the second; None: it does not say."""
    return "" if second is None else f"2026-11-24T10:{second // 60:02}:{second % 60:02}Z"


def shown(pod: Pod, **changes: Any) -> Pod:
    return replace(pod, containers=(container(**changes),))


def ended(life: int, moment: float, finished: int | None = None, *, of: Pod = WEB) -> Observed:
    name = f"{_stem(of)}-{life}"
    end = Termination(name, 1, "Error", clock(finished))
    return at(moment, shown(of, id=name, restarts=life, state="terminated", ended=end))


def waiting(
    life: int, moment: float, says: str, *, reason: str = "CrashLoopBackOff", of: Pod = WEB
) -> Observed:
    name = f"{_stem(of)}-{life}"
    idle: Container = container(id=name, restarts=life, state="waiting", reason=reason)
    idle = replace(idle, message=says, last=Termination(name, 1, "Error"))
    return at(moment, replace(of, containers=(idle,)))


def begun(life: int, moment: float, started: int | None = None, *, of: Pod = WEB) -> Observed:
    name = f"{_stem(of)}-{life}"
    return at(moment, shown(of, id=name, restarts=life, started_at=clock(started)))


def _stem(of: Pod) -> str:
    return of.containers[0].id.partition("-")[0]


LOOP: dict[str, Entry] = {
    "first-end": ended(0, 1, 0),
    "first-start": begun(1, 2, 1),
    "second-end": ended(1, 3, 2),
    "second-word": waiting(1, 15, SAYS.format("10s")),
    "second-start": begun(2, 15.1, 14),
    "third-end": ended(2, 16, 15),
    "third-word": waiting(2, 40, SAYS.format("20s")),
    "third-start": begun(3, 40.1, 39),
}


def judged(*others: Entry, **changes: Entry | None) -> Verdict:
    """The verdict on the loop with some of its sights changed, or left out, and others added."""
    named = {name.replace("_", "-"): entry for name, entry in changes.items()}
    entries = [entry for entry in (LOOP | named).values() if entry is not None]
    entries = sorted([*entries, *others], key=lambda entry: entry.at)
    return LAW.judge(story(*entries, stood=[WEB], end=80))


def test_a_loop_whose_waits_are_as_long_as_they_are_said_to_be_is_backed_off() -> None:
    verdict = judged()

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(40.1))
    assert verdict.window == looped(WAITS)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        pytest.param(
            {"third_start": None},
            "not 3 new starts in 59 s, nor in 80 s",
            id="one-start-is-missing",
        ),
        pytest.param(
            {"third_start": begun(2, 40.1, 39)},
            "not 3 new starts in 59 s, nor in 80 s",
            id="or-is-none",
        ),
        pytest.param(
            {"third_start": begun(3, 59.1, 39)},
            "not 3 new starts in 59 s; it came after 59.1 s",
            id="or-it-is-too-late",
        ),
        pytest.param(
            {"third_word": waiting(2, 40, SAYS.format("10s"))},
            "the kubelet said that it waits for 10s, wanted 20 s",
            id="not-doubled",
        ),
        pytest.param(
            {"third_word": waiting(2, 40, "back-off pulling image")},
            "the kubelet said that it waits for something else, wanted 20 s",
            id="another-word",
        ),
        pytest.param(
            {"second_end": ended(1, 3, 5)},
            "started again after 9 s by the kubelet's clock, wanted 10 s",
            id="a-second-too-soon",
        ),
        pytest.param(
            {"third_start": begun(3, 40.1, 34)},
            "started again after 19 s by the kubelet's clock, wanted 20 s",
            id="and-in-the-next-wait",
        ),
        pytest.param(
            {"second_start": begun(2, 23.1, 14), "third_end": ended(2, 23.2, 15)},
            "started again 20.1 s after its end, wanted 10 to 20 s",
            id="seen-too-late",
        ),
        pytest.param(
            {"first_start": begun(1, 5.1, 1), "second_end": ended(1, 5.2, 2)},
            "started again 4.1 s after its end, wanted 0 to 4 s",
            id="the-first-too-late",
        ),
        pytest.param(
            {"second_word": None, "third_word": None},
            "the kubelet never said that it waits",
            id="nothing-said",
        ),
        pytest.param(
            {
                "second_word": waiting(1, 15, SAYS.format("10s"), reason="ContainerCreating"),
                "third_word": None,
            },
            "the kubelet never said that it waits",
            id="said-of-something-else",
        ),
    ],
)
def test_a_loop_is_not_backed_off_by_near_misses(
    changes: dict[str, Entry | None], because: str
) -> None:
    verdict = judged(**changes)

    assert (verdict.ruling, verdict.because) == (Ruling.BROKEN, because)


def test_of_several_wrong_words_the_first_is_told() -> None:
    verdict = judged(waiting(2, 39, SAYS.format("40s")), waiting(2, 39.5, SAYS.format("10s")))

    assert verdict.because == "the kubelet said that it waits for 10s, wanted 20 s"


def test_what_is_told_of_a_start_later_changes_no_verdict() -> None:
    verdict = judged(begun(3, 40.5, 34), third_start=begun(3, 40.1, None))

    assert verdict.ruling is Ruling.HOLDS


def test_a_wait_may_last_to_the_end_of_its_window() -> None:
    verdict = judged(second_start=begun(2, 23, 14), third_end=ended(2, 23.2, 15))

    assert verdict.ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("start", "ruling"), [(3.0, Ruling.BROKEN), (3.9, Ruling.BROKEN), (4.1, Ruling.HOLDS)]
)
def test_a_start_may_take_as_long_as_the_app_s_first(start: float, ruling: Ruling) -> None:
    """The second wait ends 1 s after the window of an app that is quick to start."""
    first = FirstStart(seconds(0), seconds(start), seconds(0))
    law = backs_off(replace(APP, first=first), waits=WAITS)
    late = {"second-start": begun(2, 24, 14), "third-end": ended(2, 24.2, 15)}
    entries = sorted((LOOP | late).values(), key=lambda entry: entry.at)
    assert law.judge(story(*entries, stood=[WEB], end=80)).ruling is ruling


def test_the_first_end_is_not_waited_for() -> None:
    verdict = judged(waiting(0, 1.5, SAYS.format("10s")))

    assert verdict.ruling is Ruling.BROKEN
    assert verdict.because == "the kubelet said that it waits for 10s, wanted 0 s"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"second_word": None}, id="the-second-wait-s-word"),
        pytest.param({"third_word": None}, id="the-third-wait-s-word"),
        pytest.param({"first_end": None, "first_start": ended(1, 2, 2)}, id="a-short-life"),
    ],
)
def test_what_is_shown_for_a_moment_only_may_be_missed(changes: dict[str, Entry | None]) -> None:
    first = replace(WEB.containers[0], id="app-1", restarts=1, started_at=clock(1))
    first = replace(first, last=Termination("app-0", 1, "Error", clock(0)))
    seen_late = at(2, replace(WEB, containers=(first,)))

    assert judged(*[seen_late] * ("first_end" in changes), **changes).ruling is Ruling.HOLDS


@pytest.mark.parametrize("silent", ["end", "start"])
def test_without_the_kubelet_s_times_only_our_own_count(silent: str) -> None:
    end, start = ended(1, 3, None if silent == "end" else 2), begun(2, 15.1, None)
    start = start if silent == "start" else begun(2, 15.1, 3)

    assert judged(second_end=end, second_start=start).ruling is Ruling.HOLDS


def test_a_loop_that_is_through_before_its_waits_can_be_over_is_too_early() -> None:
    verdict = judged(
        second_end=ended(1, 3, None),
        second_word=waiting(1, 4, SAYS.format("10s")),
        second_start=begun(2, 5, None),
        third_end=ended(2, 6, None),
        third_word=waiting(2, 7, SAYS.format("20s")),
        third_start=begun(3, 29.9, None),
    )

    assert verdict.ruling is Ruling.BROKEN
    assert verdict.because.startswith("after 29.9 s already")


def test_a_wait_that_a_gap_may_explain_is_not_held_against_anybody() -> None:
    words: dict[str, Entry | None] = {"second_word": None, "third_word": None}

    hidden, after = judged(gap(31, 32), **words), judged(gap(41, 42), **words)

    assert (hidden.ruling, hidden.evidence) == (Ruling.UNKNOWN, (gap(31, 32),))
    assert (
        hidden.because == "the kubelet never said that it waits, but the watch was down from 31.0 s"
    )
    assert after.ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("late", "ruling"),
    [
        pytest.param(lag(15, 23.1), Ruling.UNKNOWN, id="the-start"),
        pytest.param(lag(15, 23), Ruling.BROKEN, id="before-it"),
        pytest.param(lag(23.1, 24), Ruling.BROKEN, id="after-it"),
    ],
)
def test_a_wait_that_was_too_long_is_none_where_the_watch_was_late(
    late: Entry, ruling: Ruling
) -> None:
    slow = {"second_start": begun(2, 23.1, 14), "third_end": ended(2, 23.2, 15)}
    verdict = judged(late, **slow)

    assert verdict.ruling is ruling
    assert verdict.because.startswith("started again 20.1 s after its end")
    assert ("the watch was late from 15.0 s" in verdict.because) is (ruling is Ruling.UNKNOWN)


def test_a_loop_is_not_over_before_its_time() -> None:
    loop = [entry for name, entry in LOOP.items() if name != "third-start"]

    verdict = LAW.judge(story(*loop, stood=[WEB], end=58))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(59))


def test_two_pods_are_both_backed_off() -> None:
    law = backs_off(app_of(WEB, TWIN), waits=WAITS[:1])
    ours = [ended(0, 1, 0), begun(1, 2, 1)]
    theirs = [ended(0, 1, 0, of=TWIN), begun(1, 3, 1, of=TWIN)]
    late = [ended(0, 1, 0, of=TWIN), begun(1, 5.1, 1, of=TWIN)]
    stood = [WEB, TWIN]

    assert law.judge(story(*ours, stood=stood, end=9)).ruling is Ruling.BROKEN
    assert law.judge(story(*ours, *late, stood=stood, end=9)).ruling is Ruling.BROKEN
    both = law.judge(story(*ours, *theirs, stood=stood, end=9))
    assert (both.ruling, both.took) == (Ruling.HOLDS, seconds(3))


def test_a_start_whose_end_was_not_told_leaves_it_unknown() -> None:
    verdict = judged(third_end=None, third_word=None)

    assert verdict.ruling is Ruling.UNKNOWN
    assert (
        verdict.because
        == "not 3 new starts in 59 s, nor in 80 s; a restart after 40.1 s told no end"
    )


def test_who_waits_for_nothing_needs_to_say_nothing() -> None:
    law = backs_off(APP, waits=WAITS[:1])

    verdict = law.judge(story(ended(0, 1, 0), begun(1, 2, 0), stood=[WEB], end=9))

    assert verdict.ruling is Ruling.HOLDS


def test_the_ends_before_the_fault_are_not_counted() -> None:
    old = begun(1, 0, 1).thing
    loop = [entry for name, entry in LOOP.items() if not name.startswith("first")]

    verdict = LAW.judge(story(*loop, stood=[old], end=80))

    assert verdict.because == "not 3 new starts in 59 s, nor in 80 s"


def test_a_longer_wait_is_said_in_minutes() -> None:
    law = backs_off(APP, waits=(seconds(80),))
    loop = [ended(0, 1, 0), waiting(0, 100, SAYS.format("1m20s")), begun(1, 100.1, 99)]

    assert law.judge(story(*loop, stood=[WEB], end=200)).ruling is Ruling.HOLDS


def said(moment: float, reason: str, message: str, about: Pod = WEB) -> Observed:
    return at(moment, Event(Uid("uid-event"), about.uid, reason, message))


RESTARTING = "Back-off restarting failed container app in pod web-1_default(uid-web-1)"


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(waiting(0, 3, SAYS.format("10s")), Ruling.BROKEN, id="it-waits"),
        pytest.param(said(3, "BackOff", RESTARTING), Ruling.BROKEN, id="it-says-so"),
        pytest.param(begun(1, 3, 2), Ruling.HOLDS, id="but-it-is-restarted-only"),
        pytest.param(
            waiting(0, 3, "", reason="ContainerCreating"), Ruling.HOLDS, id="but-it-is-being-made"
        ),
        pytest.param(at(3, shown(WEB, reason="CrashLoopBackOff")), Ruling.HOLDS, id="but-it-runs"),
        pytest.param(said(3, "Unhealthy", RESTARTING), Ruling.HOLDS, id="but-it-is-another-event"),
        pytest.param(
            said(3, "BackOff", 'Back-off pulling image "x"'), Ruling.HOLDS, id="but-of-an-image"
        ),
        pytest.param(
            said(3, "BackOff", RESTARTING, about=TWIN), Ruling.HOLDS, id="but-another-pod-s"
        ),
        pytest.param(
            at(3, Event(Uid("uid-event"), WEB.uid, "BackOff", RESTARTING)),
            Ruling.BROKEN,
            id="whatever-it-is-called",
        ),
        pytest.param(waiting(0, 10.1, SAYS.format("10s")), Ruling.HOLDS, id="but-later"),
    ],
)
def test_never_backing_off_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    law = never_backs_off(APP, through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize("first", ["event", "status"])
def test_the_earlier_of_word_and_sight_is_the_fact(first: str) -> None:
    event_at, sight_at = (2, 3) if first == "event" else (3, 2)
    seen = [said(event_at, "BackOff", RESTARTING), waiting(0, sight_at, SAYS.format("10s"))]
    seen.sort(key=lambda entry: entry.at)

    verdict = never_backs_off(APP, through=seconds(10)).judge(story(*seen, stood=[WEB], end=20))

    assert verdict.took == seconds(2)


def test_any_container_of_a_pod_may_be_the_one_that_waits() -> None:
    side = container("side", id="side-0", state="waiting", reason="CrashLoopBackOff")
    seen = at(3, replace(WEB, containers=(*WEB.containers, side)))
    law = never_backs_off(APP, through=seconds(10))

    assert law.judge(story(seen, stood=[WEB], end=20)).ruling is Ruling.BROKEN


def test_a_wait_that_a_gap_may_hide_is_not_denied() -> None:
    law = never_backs_off(APP, through=seconds(10))

    assert law.judge(story(gap(4, 5), stood=[WEB], end=20)).ruling is Ruling.UNKNOWN


SIDE = ContainerSpec("side")
TWO = replace(APP, containers=(ContainerSpec("app", desk=8081), SIDE))


def beside(entry: Observed, *, first: bool) -> Observed:
    """The same of a pod in which another container runs on, before or behind."""
    assert isinstance(entry.thing, Pod)
    (loops,) = entry.thing.containers
    side = container("side", id="side-0")
    both = (side, loops) if first else (loops, side)
    return replace(entry, thing=replace(entry.thing, containers=both))


@pytest.mark.parametrize("first", [True, False])
def test_of_a_pod_with_several_containers_the_one_that_is_meant_backs_off(*, first: bool) -> None:
    loop = [beside(entry, first=first) for entry in LOOP.values() if isinstance(entry, Observed)]
    (stood,) = [beside(at(0, WEB), first=first).thing]
    assert isinstance(stood, Pod)
    told = story(*loop, stood=[stood], end=80)

    for app in (TWO, TWO.container("app")):
        assert backs_off(app, waits=WAITS).judge(told).ruling is Ruling.HOLDS
        assert never_backs_off(app, through=seconds(80)).judge(told).ruling is Ruling.BROKEN
    other = TWO.container("side")
    assert backs_off(other, waits=WAITS).judge(told).ruling is Ruling.BROKEN
    assert never_backs_off(other, through=seconds(80)).judge(told).ruling is Ruling.HOLDS


def test_who_can_be_either_of_two_is_named_before_it_is_ruled_on() -> None:
    either = replace(APP, containers=(ContainerSpec("app"), SIDE))
    verdict = backs_off(either, waits=WAITS).judge(story(stood=[WEB], end=80))
    assert (verdict.ruling, "say which is meant" in verdict.because) == (Ruling.UNKNOWN, True)


def test_the_event_s_container_is_the_one_that_waits() -> None:
    told = story(said(3, "BackOff", RESTARTING), stood=[WEB], end=20)
    for name, ruling in (("app", Ruling.BROKEN), ("side", Ruling.HOLDS)):
        law = never_backs_off(TWO.container(name), through=seconds(10))
        assert law.judge(told).ruling is ruling


def test_a_pod_of_which_nothing_is_told_yet_has_no_waits() -> None:
    assert judged(at(1.5, replace(WEB, containers=()))).ruling is Ruling.HOLDS
