from __future__ import annotations

import math
from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Entry, Event, Pod
from chaos.history.history import History
from chaos.laws import steady
from chaos.laws.steady import BOOT, booting
from chaos.testing import app_of, at, container, gap, gone, having, pod, restarted, story
from chaos.workloads.admitted import Uid
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.first_start import FirstStart

WEB, TWIN = pod("web-1"), pod("web-2")
LAW = steady(app_of(WEB, TWIN), still=seconds(2), within=seconds(5))
WELL = (at(1, WEB), at(1, TWIN))
GIVEN_UP = replace(pod("web-3"), ready=False, phase="Failed", owner="ReplicaSet")


def asked(*entries: Entry, start: float, end: float) -> History:
    history = story(*entries, end=end)
    return replace(history, opened=seconds(start), start=seconds(start))


@pytest.mark.parametrize(
    ("news", "ruling"),
    [
        pytest.param([], Ruling.HOLDS, id="well-and-still"),
        pytest.param([at(7, WEB)], Ruling.HOLDS, id="news-without-change"),
        pytest.param([at(7, replace(WEB, ready=False))], Ruling.BROKEN, id="not-ready"),
        pytest.param([at(7, replace(WEB, deleting=True))], Ruling.BROKEN, id="deleting"),
        pytest.param([gone(7, WEB)], Ruling.BROKEN, id="one-is-gone"),
        pytest.param([at(7, pod("web-3"))], Ruling.BROKEN, id="one-too-many"),
        pytest.param([at(7, GIVEN_UP)], Ruling.HOLDS, id="one-that-was-given-up"),
        pytest.param([at(7, replace(GIVEN_UP, owner=""))], Ruling.BROKEN, id="but-nobody-s"),
        pytest.param([at(7, replace(GIVEN_UP, owner="Job"))], Ruling.BROKEN, id="but-a-job-s"),
        pytest.param([at(15, restarted(WEB))], Ruling.HOLDS, id="restarted-in-time"),
        pytest.param([at(15.1, restarted(WEB))], Ruling.BROKEN, id="restarted-just-now"),
        pytest.param([at(7, restarted(WEB))], Ruling.HOLDS, id="restarted-long-ago"),
    ],
)
def test_steady_by_near_misses(news: list[Entry], ruling: Ruling) -> None:
    assert LAW.judge(asked(*WELL, *news, start=10, end=20)).ruling is ruling


ORPHAN = replace(WEB, workload="web-1")  # its label is gone, so it goes by its own name


@pytest.mark.parametrize(
    ("news", "ruling"),
    [
        pytest.param([at(7, ORPHAN), at(7, pod("web-3"))], Ruling.HOLDS, id="stood-in-for"),
        pytest.param([at(7, ORPHAN)], Ruling.BROKEN, id="missed"),
        pytest.param(
            [at(7, ORPHAN), at(7, pod("web-3")), at(8, WEB)], Ruling.BROKEN, id="taken-back"
        ),
        pytest.param(
            [at(6, replace(ORPHAN, ready=False)), gone(7, ORPHAN), at(8, pod("web-3"))],
            Ruling.HOLDS,
            id="ended-without-its-label",
        ),
    ],
)
def test_a_pod_without_its_label_is_the_workload_s_no_more(
    news: list[Entry], ruling: Ruling
) -> None:
    assert LAW.judge(asked(*WELL, *news, start=10, end=20)).ruling is ruling


ENDED = replace(WEB, ready=False, phase="Succeeded")
FAILED = replace(WEB, ready=False, phase="Failed")


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(7, ENDED)], Ruling.HOLDS, id="ended-well"),
        pytest.param([at(7, FAILED)], Ruling.HOLDS, id="ended-badly-and-was-tried-again"),
        pytest.param([at(7, ENDED), at(7, pod("web-3"))], Ruling.HOLDS, id="more-than-stood"),
        pytest.param([at(15, ENDED)], Ruling.HOLDS, id="ended-in-time"),
        pytest.param([at(15.1, ENDED)], Ruling.BROKEN, id="ended-just-now"),
        pytest.param([at(7, replace(WEB, ready=False))], Ruling.BROKEN, id="not-ready"),
        pytest.param([at(7, replace(ENDED, deleting=True))], Ruling.BROKEN, id="deleting"),
    ],
)
def test_a_job_is_steady_when_its_pods_have_ended_or_are_ready(
    seen: list[Entry], ruling: Ruling
) -> None:
    job = replace(app_of(WEB, TWIN), kind="Job")
    law = steady(job, still=seconds(2), within=seconds(5))

    assert law.judge(asked(*WELL, *seen, start=10, end=20)).ruling is ruling


@pytest.mark.parametrize("end", [ENDED, FAILED])
def test_a_pod_that_ended_and_is_no_jobs_is_not_well(end: Pod) -> None:
    assert LAW.judge(asked(*WELL, at(7, end), start=10, end=20)).ruling is Ruling.BROKEN


def test_a_pod_that_is_being_deleted_is_named() -> None:
    leaving = at(2, replace(WEB, deleting=True))

    because = LAW.judge(asked(*WELL, leaving, start=10, end=20)).because

    assert (
        because
        == "web was not ready and still: web-1 is being deleted (Running) in 5 s, nor in 10 s"
    )


def test_a_workload_must_be_seen_up_to_the_question() -> None:
    verdict = LAW.judge(asked(*WELL, start=10, end=9))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(10))


def test_stillness_is_seen_only_from_the_end_of_a_gap() -> None:
    law = LAW.judge(asked(*WELL, gap(4, 9), start=10, end=10.5))
    later = LAW.judge(asked(*WELL, gap(4, 9), start=10, end=11))

    assert (law.ruling, law.due) == (Ruling.OPEN, seconds(11))
    assert later.ruling is Ruling.HOLDS


def test_what_is_not_steady_is_named_with_its_reason() -> None:
    stuck = container(state="waiting", reason="ErrImagePull", ready=False)
    ill = at(2, replace(WEB, ready=False, containers=(stuck,)))

    because = LAW.judge(asked(*WELL, ill, start=10, end=20)).because

    assert (
        because
        == "web was not ready and still: web-1 is not ready (ErrImagePull) in 5 s, nor in 10 s"
    )


def test_only_the_containers_that_have_a_reason_are_named() -> None:
    well = container("sidecar")
    stuck = container(state="waiting", reason="ErrImagePull", ready=False)
    ill = at(2, replace(WEB, ready=False, containers=(well, stuck)))

    because = LAW.judge(asked(*WELL, ill, start=10, end=20)).because

    assert (
        because
        == "web was not ready and still: web-1 is not ready (ErrImagePull) in 5 s, nor in 10 s"
    )


def test_what_is_ready_but_not_still_kept_changing() -> None:
    because = LAW.judge(asked(*WELL, at(15.1, restarted(WEB)), start=10, end=20)).because

    assert because == "web was not ready and still: it kept changing in 5 s; it came after 5.1 s"


def test_a_twin_is_known_by_its_uid() -> None:
    same_name = replace(TWIN, name=WEB.name, uid=Uid("uid-web-9"))

    verdict = LAW.judge(asked(at(1, WEB), at(1, same_name), start=10, end=20))

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.window is not None
    assert verdict.window.earliest == -math.inf


def unhealthy(moment: float, *, of: Pod = WEB, count: int = 1, reason: str = "Unhealthy") -> Entry:
    event = Event(Uid("event-1"), of.uid, reason, "Liveness probe failed: refused", count)
    return at(moment, event)


@pytest.mark.parametrize(
    ("news", "ruling"),
    [
        pytest.param([unhealthy(7)], Ruling.HOLDS, id="long-ago"),
        pytest.param([unhealthy(13)], Ruling.HOLDS, id="in-time"),
        pytest.param([unhealthy(15.1)], Ruling.BROKEN, id="just-now"),
        pytest.param([unhealthy(7), unhealthy(15.1, count=2)], Ruling.BROKEN, id="again"),
        pytest.param([unhealthy(15.1, reason="Pulled")], Ruling.HOLDS, id="but-no-failure"),
        pytest.param([unhealthy(15.1, of=pod("db-1"))], Ruling.HOLDS, id="but-anothers"),
        pytest.param([unhealthy(9.1, reason="Killing")], Ruling.BROKEN, id="killing-for-6-s"),
        pytest.param([unhealthy(8.9, reason="Killing")], Ruling.HOLDS, id="killed-long-ago"),
    ],
)
def test_a_probe_that_fails_is_not_still(news: list[Entry], ruling: Ruling) -> None:
    app = replace(app_of(WEB, TWIN), grace=seconds(2))
    law = steady(app, still=seconds(2), within=seconds(5))

    assert law.judge(asked(*WELL, *news, start=10, end=20)).ruling is ruling


@pytest.mark.parametrize(("moment", "ruling"), [(8.9, Ruling.HOLDS), (9.1, Ruling.BROKEN)])
def test_no_grace_is_shorter_than_two_seconds(moment: float, ruling: Ruling) -> None:
    """Until then, and for a kill and a start more, the API shows the old container as it was."""
    law = steady(app_of(WEB, TWIN, grace=seconds(0)), still=seconds(2), within=seconds(5))
    killing = unhealthy(moment, reason="Killing")

    assert law.judge(asked(*WELL, killing, start=10, end=20)).ruling is ruling


def test_the_next_container_ends_a_killing() -> None:
    law = steady(app_of(WEB, TWIN, grace=seconds(30)), still=seconds(2), within=seconds(5))
    killed, back = unhealthy(12, reason="Killing"), at(14, restarted(WEB))

    assert law.judge(asked(*WELL, killed, start=10, end=20)).ruling is Ruling.BROKEN
    assert law.judge(asked(*WELL, killed, back, start=10, end=20)).ruling is Ruling.HOLDS


def test_a_start_that_was_long_is_as_long_again() -> None:
    slow = FirstStart(seconds(0), seconds(7), seconds(0))
    law = steady(app_of(WEB, TWIN, first=slow), still=seconds(2), within=seconds(5))
    killing = unhealthy(8.9, reason="Killing")

    assert law.judge(asked(*WELL, killing, start=10, end=20)).ruling is Ruling.BROKEN


def test_a_probe_s_own_grace_is_how_long_a_killing_takes() -> None:
    app = app_of(WEB, TWIN, grace=seconds(30), liveness=Probe(grace=seconds(2)))
    law = steady(app, still=seconds(2), within=seconds(5))
    killing = unhealthy(8.9, reason="Killing")

    assert law.judge(asked(*WELL, killing, start=10, end=20)).ruling is Ruling.HOLDS
    without = having(app, liveness=Probe())
    law = steady(without, still=seconds(2), within=seconds(5))
    assert law.judge(asked(*WELL, killing, start=10, end=20)).ruling is Ruling.BROKEN


def test_a_probe_that_goes_on_failing_is_quoted() -> None:
    because = LAW.judge(asked(*WELL, unhealthy(15.1), start=10, end=20)).because

    changing = "it kept changing (Liveness probe failed: refused)"
    assert because == f"web was not ready and still: {changing} in 5 s; it came after 5.1 s"


@pytest.mark.parametrize(
    ("graces", "ruling"),
    [((2, 1), Ruling.HOLDS), ((1, 30), Ruling.BROKEN), ((None, 1), Ruling.BROKEN)],
    ids=["both-soon", "the-second-late", "the-pod-s-late"],
)
def test_whichever_of_two_containers_is_killed_has_its_whole_grace(
    graces: tuple[float | None, float], ruling: Ruling
) -> None:
    """Both have a probe, nobody says which is meant: a pod is still when all of it is."""
    probes = (Probe(grace=None if grace is None else seconds(grace)) for grace in graces)
    specs = tuple(ContainerSpec(str(n), liveness=probe) for n, probe in enumerate(probes))
    app = replace(app_of(WEB, TWIN, grace=seconds(30)), containers=specs)
    law = steady(app, still=seconds(2), within=seconds(5))

    killing = unhealthy(8.9, reason="Killing")
    assert law.judge(asked(*WELL, killing, start=10, end=20)).ruling is ruling


def test_who_has_just_begun_to_run_is_told_by_when_each_container_was_first_seen_to() -> None:
    db = replace(pod("db-1"), workload="db")
    waiting = replace(db, containers=(container(id="db-1-0", state="waiting"),))
    running = replace(db, containers=(container(id="db-1-0", state="running"),))
    told = asked(
        *WELL, at(2, waiting), at(5, running), at(20, WEB), at(21, running), start=0, end=30
    )

    assert booting(told, [app_of(WEB, TWIN), app_of(db)]) == 5 + BOOT
    assert booting(told, [app_of(WEB)]) == 1 + BOOT
    assert booting(told, [app_of(pod("other-1"))]) == -math.inf
