from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Answered, Observed, Pod
from chaos.laws import found_again, never_found_again, never_moved
from chaos.testing import app_of, at, gap, gone, pod, restarted, story
from chaos.workloads.admitted import NodeName, Uid

WEB, TWIN = pod("web-1", ip="10.1.0.7"), pod("web-2", ip="10.1.0.8")
APP = app_of(WEB)
THROUGH = seconds(10)
STAYS = never_moved(APP, through=THROUGH)
FOUND = found_again(APP, folder="/keep")
LOST = never_found_again(APP, folder="/keep", through=THROUGH)


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(at(3, restarted(WEB)), Ruling.HOLDS, id="restarted"),
        pytest.param(at(3, replace(WEB, uid=Uid("new"))), Ruling.BROKEN, id="another-uid"),
        pytest.param(at(3, replace(WEB, node=NodeName("worker2"))), Ruling.BROKEN, id="a-node"),
        pytest.param(at(3, replace(WEB, ip="10.1.0.9")), Ruling.BROKEN, id="an-address"),
        pytest.param(at(3, replace(WEB, ip="")), Ruling.BROKEN, id="no-address"),
        pytest.param(gone(3, WEB), Ruling.BROKEN, id="it-is-gone"),
        pytest.param(at(3, replace(TWIN, ip=WEB.ip)), Ruling.BROKEN, id="a-twin-in-its-place"),
        pytest.param(at(3, replace(WEB, ip="1", workload="db")), Ruling.HOLDS, id="another-app-s"),
        pytest.param(at(10.1, replace(WEB, ip="10.1.0.9")), Ruling.HOLDS, id="but-later"),
    ],
)
def test_staying_who_it_is_by_one_near_miss_a_clause(seen: Observed, ruling: Ruling) -> None:
    assert STAYS.judge(story(seen, stood=[WEB], end=20)).ruling is ruling


def test_each_pod_of_an_app_has_its_own_address() -> None:
    law = never_moved(app_of(WEB, TWIN), through=THROUGH)
    stood = [WEB, TWIN]
    swapped = at(3, replace(TWIN, ip=WEB.ip))

    assert law.judge(story(at(3, WEB), at(4, TWIN), stood=stood, end=20)).ruling is Ruling.HOLDS
    assert law.judge(story(swapped, stood=stood, end=20)).ruling is Ruling.BROKEN


def test_who_never_stood_cannot_stay() -> None:
    verdict = STAYS.judge(story(at(3, WEB), end=20))

    assert (verdict.ruling, verdict.because) == (Ruling.UNKNOWN, "web had no pods")


def test_a_move_that_a_gap_may_hide_is_not_denied() -> None:
    assert STAYS.judge(story(gap(4, 5), stood=[WEB], end=20)).ruling is Ruling.UNKNOWN


def says(
    moment: float, age: float | None, *, folder: str = "/keep", starts: int = 2, by: Pod = WEB
) -> Answered:
    """What the app says of itself, `age` seconds after its process began."""
    report: dict[str, bool | float | str] = {f"marks_{folder}": starts}
    report |= {} if age is None else {"since": age}
    return Answered(seconds(moment), by.uid, by.workload, 200, report)


MUTE = Answered(seconds(3), WEB.uid, "web", None, None)


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(3, 2.9), Ruling.HOLDS, id="by-a-new-process"),
        pytest.param(says(3, 2.9, starts=3), Ruling.HOLDS, id="however-often-it-has-started"),
        pytest.param(says(3, 2.9, starts=1), Ruling.BROKEN, id="but-it-begins-anew"),
        pytest.param(says(3, 3.0), Ruling.BROKEN, id="but-by-the-old-process"),
        pytest.param(says(3, 9), Ruling.BROKEN, id="but-by-a-much-older-one"),
        pytest.param(says(3, None), Ruling.BROKEN, id="but-it-does-not-say-how-old-it-is"),
        pytest.param(says(3, 2.9, folder="/tmp"), Ruling.BROKEN, id="but-in-another-folder"),
        pytest.param(MUTE, Ruling.UNKNOWN, id="but-it-says-nothing"),
        pytest.param(says(30.1, 2.9), Ruling.UNKNOWN, id="but-too-late"),
        pytest.param(says(3, 2.9, by=TWIN), Ruling.UNKNOWN, id="but-another-pod-does"),
    ],
)
def test_finding_again_by_one_near_miss_a_clause(answer: Answered, ruling: Ruling) -> None:
    assert FOUND.judge(story(answer, stood=[WEB], end=40)).ruling is ruling


def test_what_was_not_found_is_named() -> None:
    verdict = FOUND.judge(story(says(3, 9), stood=[WEB], end=20))

    assert verdict.because == "nothing was found in /keep by a new process in 10 s, nor in 20 s"


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(10, 9.9, starts=1), Ruling.HOLDS, id="a-new-process-begins-anew"),
        pytest.param(says(10, 9.9, starts=2), Ruling.BROKEN, id="but-it-finds-something"),
        pytest.param(says(10, 10, starts=1), Ruling.BROKEN, id="but-the-old-process-says-so"),
        pytest.param(says(10, None, starts=1), Ruling.BROKEN, id="but-it-does-not-say-how-old"),
        pytest.param(
            says(10, 9.9, folder="/tmp", starts=1), Ruling.BROKEN, id="but-in-another-folder"
        ),
        pytest.param(says(9.9, 3, starts=1), Ruling.OPEN, id="but-the-time-is-not-over"),
        pytest.param(replace(MUTE, at=seconds(10)), Ruling.UNKNOWN, id="but-nobody-could-ask"),
    ],
)
def test_losing_for_good_by_one_near_miss_a_clause(answer: Answered, ruling: Ruling) -> None:
    assert LOST.judge(story(answer, stood=[WEB], end=20)).ruling is ruling


def test_what_is_there_all_the_same_is_said() -> None:
    verdict = LOST.judge(story(says(11, 9), stood=[WEB], end=20))

    assert verdict.because == "there was something in /keep, or no new process after 11.0 s"
