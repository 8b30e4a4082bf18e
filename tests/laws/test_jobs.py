from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Observed, Pod
from chaos.laws import (
    catches_up_once,
    completed,
    never_completed,
    never_runs,
    retried,
    starts_on_time,
)
from chaos.testing import app_of, at, container, gone, pod, story
from chaos.windows import within
from chaos.workloads.admitted import Uid

WINDOW = within(seconds(10))
FIRST = pod("batch-1", phase="Failed", ready=False)
SECOND = pod("batch-2")
DONE = replace(SECOND, phase="Succeeded", ready=False)
BATCH = app_of(FIRST, kind="Job")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, SECOND), Ruling.HOLDS, id="another"),
        pytest.param(at(3, replace(SECOND, ready=False)), Ruling.BROKEN, id="not-ready"),
        pytest.param(at(3, replace(SECOND, deleting=True)), Ruling.BROKEN, id="deleted"),
        pytest.param(gone(3, SECOND), Ruling.BROKEN, id="gone"),
        pytest.param(at(3, replace(FIRST, ready=True)), Ruling.BROKEN, id="the-same-again"),
        pytest.param(at(3, replace(SECOND, workload="web")), Ruling.BROKEN, id="another-work"),
    ],
)
def test_retried_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = retried(BATCH, within=WINDOW)

    assert law.judge(story(seen, stood=[FIRST], end=20)).ruling is ruling


def test_another_pod_that_crashes_again_is_no_recovery() -> None:
    again = at(5, replace(SECOND, ready=False, phase="Failed"))
    verdict = retried(BATCH, within=WINDOW).judge(
        story(at(3, SECOND), again, stood=[FIRST], end=20)
    )

    assert verdict.ruling is Ruling.BROKEN
    assert verdict.because == "no other pod in 10 s, nor in 20 s; back after 3.0 s, failed again"


@pytest.mark.parametrize(
    ("moment", "ruling"),
    [(8.9, Ruling.BROKEN), (9, Ruling.HOLDS), (18, Ruling.HOLDS), (18.1, Ruling.BROKEN)],
)
def test_a_job_waits_for_its_back_off(moment: float, ruling: Ruling) -> None:
    aftermath = story(at(moment, SECOND), stood=[FIRST], end=30)

    assert retried(BATCH).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, DONE), Ruling.HOLDS, id="done"),
        pytest.param(at(3, replace(DONE, phase="Failed")), Ruling.BROKEN, id="failed"),
        pytest.param(at(3, replace(DONE, workload="web")), Ruling.BROKEN, id="another-work"),
        pytest.param(at(11, DONE), Ruling.BROKEN, id="too-late"),
    ],
)
def test_completed_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = completed(BATCH, within=WINDOW)

    assert law.judge(story(seen, stood=[FIRST], end=20)).ruling is ruling


def test_two_pods_must_end_well_if_two_are_wanted() -> None:
    law = completed(BATCH, within=WINDOW, times=2)
    twice_told = [at(3, DONE), at(4, DONE)]
    other = at(5, replace(DONE, uid=Uid("other")))

    one = law.judge(story(*twice_told, stood=[FIRST], end=20))
    both = law.judge(story(*twice_told, other, stood=[FIRST], end=20))

    assert (one.ruling, one.because) == (
        Ruling.BROKEN,
        "1 of 2 pods ended well in 10 s, nor in 20 s",
    )
    assert (both.ruling, both.took) == (Ruling.HOLDS, seconds(5))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, DONE), Ruling.BROKEN, id="done"),
        pytest.param(at(3, replace(DONE, phase="Failed")), Ruling.HOLDS, id="failed"),
        pytest.param(at(11, DONE), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_completed_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = never_completed(BATCH, through=seconds(10))

    assert law.judge(story(seen, stood=[FIRST], end=20)).ruling is ruling


def run(minute: int, late: float, *, of: str = "tick") -> Pod:
    """A CronJob's pod whose container started so many seconds after its minute."""
    started = datetime.fromtimestamp(minute * 60 + late, UTC).isoformat().replace("+00:00", "Z")
    shown = (container(started_at=started),)
    return pod(f"{of}-{minute}-x", of=of, job=f"{of}-{minute}", containers=shown)


TICK = app_of(run(100, 1), kind="CronJob", stands=())


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, run(101, 1)), Ruling.BROKEN, id="a-run"),
        pytest.param(at(3, run(100, 1)), Ruling.HOLDS, id="news-of-one-that-stood"),
        pytest.param(at(3, run(101, 1, of="tock")), Ruling.HOLDS, id="another-s"),
        pytest.param(at(11, run(101, 1)), Ruling.HOLDS, id="after-the-end"),
    ],
)
def test_never_running_by_near_misses(seen: Observed, ruling: Ruling) -> None:
    law = never_runs(TICK, through=seconds(10))

    assert law.judge(story(seen, stood=[run(100, 1)], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("late", "ruling"),
    [(-1, Ruling.BROKEN), (0, Ruling.HOLDS), (10, Ruling.HOLDS), (11, Ruling.BROKEN)],
)
def test_a_run_on_time_starts_in_its_minute_s_first_seconds(late: float, ruling: Ruling) -> None:
    law = starts_on_time(TICK, within=WINDOW)

    assert law.judge(story(at(3, run(101, late)), end=20)).ruling is ruling


def test_one_run_that_is_late_spoils_those_on_time() -> None:
    law = starts_on_time(TICK, within=WINDOW)
    aftermath = story(at(3, run(101, 1)), at(4, run(102, 30)), end=20)

    verdict = law.judge(aftermath)

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "no run on time: one 1 s late, one 30 s late in 10 s, nor in 20 s",
    )


def test_a_pod_that_has_not_started_is_no_run_yet() -> None:
    law = starts_on_time(TICK, within=WINDOW)
    waiting = replace(run(101, 1), containers=())
    beside = replace(run(101, 1), containers=(container("side"), *run(101, 1).containers))

    assert law.judge(story(at(3, beside), end=20)).took == seconds(3)
    assert (
        law.judge(story(at(3, waiting), end=20)).because
        == "no run on time: no run in 10 s, nor in 20 s"
    )
    assert law.judge(story(at(3, waiting), at(4, run(101, 1)), end=20)).took == seconds(4)
    assert law.judge(story(at(3, run(100, 1)), stood=[run(100, 1)], end=20)).ruling is (
        Ruling.BROKEN
    )


@pytest.mark.parametrize(
    ("runs", "ruling"),
    [
        pytest.param([(107, 40), (108, 2)], Ruling.HOLDS, id="the-last-missed-then-on-time"),
        pytest.param([(107, 60), (108, 10)], Ruling.HOLDS, id="at-the-last-moment"),
        pytest.param([(107, 61), (108, 2)], Ruling.BROKEN, id="one-before-the-last"),
        pytest.param([(107, 0), (108, 0)], Ruling.HOLDS, id="both-at-their-very-minutes"),
        pytest.param([(107, -1), (108, 2)], Ruling.BROKEN, id="before-its-minute"),
        pytest.param([(107, 40), (108, 11)], Ruling.BROKEN, id="then-late"),
        pytest.param([(107, 40), (109, 2)], Ruling.BROKEN, id="then-one-left-out"),
        pytest.param([(107, 40), (108, 2), (110, 2)], Ruling.BROKEN, id="and-later-one-left-out"),
        pytest.param([(107, 40), (106, 9)], Ruling.BROKEN, id="then-an-older-one"),
        pytest.param([(107, 40)], Ruling.BROKEN, id="and-nothing-after"),
        pytest.param([], Ruling.BROKEN, id="nothing"),
    ],
)
def test_catching_up_once_by_near_misses(runs: list[tuple[int, float]], ruling: Ruling) -> None:
    law = catches_up_once(TICK, within=WINDOW)
    entries = [at(2 + n, run(*each)) for n, each in enumerate(runs)]

    assert law.judge(story(*entries, end=20)).ruling is ruling


def test_news_of_a_run_is_not_another() -> None:
    law = catches_up_once(TICK, within=WINDOW)
    entries = [at(2, run(107, 40)), at(3, run(107, 40)), at(4, run(108, 1)), at(5, run(108, 1))]

    assert law.judge(story(*entries, end=20)).took == seconds(4)


def test_three_runs_all_on_time_are_no_more_than_one_caught_up() -> None:
    law = catches_up_once(TICK, within=WINDOW)
    entries = [at(2, run(107, 40)), at(3, run(108, 1)), at(4, run(109, 30))]

    verdict = law.judge(story(*entries, end=20))

    assert verdict.because == (
        "not once, then on time: one 40 s late, one 1 s late, one 30 s late in 10 s, nor in 20 s"
    )


@pytest.mark.parametrize(
    ("seen", "stood", "end", "ruling"),
    [
        pytest.param([], [], 20, Ruling.UNKNOWN, id="nobody-ever-worked"),
        pytest.param([], [FIRST], 20, Ruling.HOLDS, id="one-stood"),
        pytest.param([at(3, SECOND)], [], 20, Ruling.HOLDS, id="one-came"),
        pytest.param([at(3, DONE)], [], 20, Ruling.BROKEN, id="one-came-and-was-done"),
        pytest.param([], [], 5, Ruling.OPEN, id="one-may-come-yet"),
    ],
)
def test_work_that_nobody_does_proves_nothing(
    seen: list[Observed], stood: list[Pod], end: float, ruling: Ruling
) -> None:
    verdict = never_completed(BATCH, through=seconds(10)).judge(story(*seen, stood=stood, end=end))

    assert verdict.ruling is ruling
    assert (verdict.because == "batch had no pods") is (ruling is Ruling.UNKNOWN)
