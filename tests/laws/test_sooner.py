"""Of several open faults the last is asked about; an earlier one may have been answered by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from chaos import Law, Ruling, Verdict, seconds
from chaos.clock import ManualClock
from chaos.history.effect import Effect
from chaos.history.facts import Entry, Healed, Healing, Injected, Injecting, Pod
from chaos.history.journal import replay
from chaos.laws import backs_off, exited, leaves_endpoints
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, endpoints, having, pod, restarted, story
from chaos.windows import Window, within
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import HttpGet

WEB, OTHER = pod("web-1"), pod("db-1", of="db")
PROBE = Probe(asks=HttpGet("/health", 8080))
APP = app_of(WEB, liveness=PROBE, readiness=PROBE)
DB = app_of(OTHER)
SOON = within(seconds(5))
OURS, THEIRS = Effect("ends", hits=("web",)), Effect("refuses", hits=("db",))
LAWS = [
    pytest.param(is_restarted(APP), id="restarted"),
    pytest.param(is_restarted(APP, within=SOON), id="restarted-within"),
    pytest.param(exited(APP, code=1, within=SOON), id="exited"),
    pytest.param(backs_off(APP, waits=(seconds(0),)), id="backs_off"),
]
TOLD = "it was restarted after Crash(web) was caused and before the fault that is asked about"


STOOD = (at(0, WEB), at(0, OTHER), at(0, endpoints("web", WEB)))


def judged(
    law: Law,
    *between: Entry,
    before: Iterable[Entry] = STOOD,
    ours: Effect = OURS,
    theirs: Effect = THEIRS,
    more: Iterable[Entry] = (),
) -> Verdict:
    """What a law says of a fault of theirs, caused while one of ours was open."""
    told = [
        *before,
        Injecting(seconds(1), "Crash(web)", 1, ours),
        Injected(seconds(1.1), "Crash(web)", 1),
        *between,
        Injecting(seconds(3), "Refusing(db)", 2, theirs),
        Injected(seconds(3.1), "Refusing(db)", 2),
        *more,
    ]
    return law.judge(replay(told, ManualClock(), frontier=seconds(60)).since(2))


@pytest.mark.parametrize("law", LAWS)
def test_nobody_is_accused_of_what_came_before_the_fault_that_is_asked_about(law: Law) -> None:
    verdict = judged(law, at(2, restarted(WEB)))

    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because.startswith(TOLD)
    assert not verdict.missed


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    "between",
    [
        pytest.param([], id="nothing-came"),
        pytest.param([at(2, replace(WEB, ready=False))], id="but-it-was-not-ready"),
        pytest.param([at(2, restarted(OTHER))], id="but-another-was-restarted"),
        pytest.param([at(1, restarted(WEB))], id="but-when-the-first-was-only-caused"),
    ],
)
def test_what_never_came_is_broken(law: Law, between: list[Entry]) -> None:
    assert judged(law, *between).ruling is Ruling.BROKEN


@pytest.mark.parametrize("law", LAWS)
def test_so_is_what_had_come_before_that_fault(law: Law) -> None:
    before = (*STOOD, at(0.5, restarted(WEB)))

    assert judged(law, at(2, restarted(WEB)), before=before).ruling is Ruling.BROKEN


def test_a_fault_that_was_healed_answers_for_nothing() -> None:
    over: list[Entry] = [
        at(2, restarted(WEB)),
        Healing(seconds(2.1), "Crash(web)", 1),
        Healed(seconds(2.2), "Crash(web)", 1),
    ]

    assert judged(is_restarted(APP, within=SOON), *over).ruling is Ruling.BROKEN


def test_a_fault_of_others_answers_for_nothing() -> None:
    theirs = Effect("ends", hits=("db",))
    law = is_restarted(APP, within=SOON)

    assert judged(law, at(2, restarted(WEB)), ours=theirs).ruling is Ruling.BROKEN


def test_the_same_fault_once_more_is_asked_about_itself() -> None:
    law = is_restarted(APP, within=SOON)

    assert judged(law, at(2, restarted(WEB)), theirs=replace(OURS)).ruling is Ruling.BROKEN


def test_of_two_pods_one_may_have_been_soon() -> None:
    twin = pod("web-2")
    law = is_restarted(app_of(WEB, twin), within=SOON)
    before, more = (*STOOD, at(0, twin)), [at(4, restarted(twin))]

    verdict = judged(law, at(2, restarted(WEB)), before=before, more=more)

    assert verdict.because.startswith(TOLD)


PAIR = having(APP, containers=(*APP.containers, ContainerSpec("beside")))
BESIDE = Effect("ends", hits=("web/beside",))
APPS = Effect("ends", hits=("web/app",))


@pytest.mark.parametrize(("ours", "ruling"), [(BESIDE, Ruling.BROKEN), (APPS, Ruling.UNKNOWN)])
def test_what_was_done_to_another_container_answers_for_nothing(
    ours: Effect, ruling: Ruling
) -> None:
    law = is_restarted(PAIR.container("app"), within=SOON)

    assert judged(law, at(2, restarted(WEB)), ours=ours).ruling is ruling


def test_traffic_is_the_whole_pod_s_whichever_container_is_meant() -> None:
    law = leaves_endpoints(PAIR, within=SOON)

    verdict = judged(law, at(2, replace(WEB, ready=False)), ours=BESIDE)

    assert verdict.because.startswith("it left the endpoints after ")


def test_who_was_not_seen_before_may_have_been_so_already() -> None:
    law = is_restarted(APP, within=SOON)

    assert judged(law, at(2, restarted(WEB)), before=()).ruling is Ruling.BROKEN


def test_a_history_that_does_not_tell_when_is_ruled_on() -> None:
    aftermath = replace(story(stood=[WEB], end=60), effect=THEIRS, beside=(OURS,))

    assert is_restarted(APP, within=SOON).judge(aftermath).ruling is Ruling.BROKEN


def test_one_more_that_comes_late_is_another() -> None:
    law = is_restarted(APP, within=SOON)
    again: Pod = restarted(WEB, restarts=2, id="app-2")

    verdict = judged(law, at(2, restarted(WEB)), more=[at(20, again)])

    assert verdict.ruling is Ruling.UNKNOWN


def test_what_comes_in_time_holds() -> None:
    law = is_restarted(APP, within=SOON)
    again: Pod = restarted(WEB, restarts=2, id="app-2")

    verdict = judged(law, at(2, restarted(WEB)), more=[at(4, again)])

    assert verdict.ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("window", "between", "ruling"),
    [
        (None, [replace(WEB, ready=False)], Ruling.UNKNOWN),
        (SOON, [replace(WEB, ready=False)], Ruling.UNKNOWN),
        (SOON, [replace(WEB, ready=False), WEB], Ruling.UNKNOWN),
        (SOON, [], Ruling.BROKEN),
        (SOON, [restarted(WEB)], Ruling.BROKEN),
    ],
)
def test_traffic_that_was_taken_away_before_is_not_missed(
    window: Window | None, between: list[Pod], ruling: Ruling
) -> None:
    hung = Effect("silent", hits=("web",))
    law = leaves_endpoints(APP, within=window)

    before = [at(0.5, replace(WEB, ready=False)), at(0.9, WEB)]

    verdict = judged(law, *before, *(at(2, one) for one in between), ours=hung)

    assert verdict.ruling is ruling
    assert (ruling is Ruling.BROKEN) or verdict.because.startswith("it left the endpoints after ")
