from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaos import Ruling, Verdict, seconds
from chaos.history.facts import Observed, Pod, Termination
from chaos.judging.ends import unless_untold
from chaos.laws import ends, exited
from chaos.testing import app_of, at, container, pod, restarted, story
from chaos.windows import Window, within
from chaos.workloads.admitted import Uid

WEB = pod("web-1")
APP = app_of(WEB)
WINDOW = within(seconds(10))


def over(pod: Pod, code: int, reason: str = "Error", name: str = "app-0") -> Pod:
    end = Termination(name, code, reason)
    return replace(pod, containers=(container(state="terminated", ended=end),))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(restarted(WEB, code=137), Ruling.HOLDS, id="the-last-container-s"),
        pytest.param(over(WEB, 137), Ruling.HOLDS, id="this-container-s"),
        pytest.param(restarted(WEB, code=143), Ruling.BROKEN, id="143-is-not-137"),
        pytest.param(over(WEB, 143), Ruling.BROKEN, id="nor-here"),
        pytest.param(WEB, Ruling.BROKEN, id="it-goes-on"),
        pytest.param(
            replace(restarted(WEB, code=137), uid=Uid("uid-new")), Ruling.BROKEN, id="another-pod-s"
        ),
    ],
)
def test_exited_by_one_near_miss_a_clause(seen: Pod, ruling: Ruling) -> None:
    law = exited(APP, code=137, within=WINDOW)

    assert law.judge(story(at(3, seen), stood=[WEB], end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("reason", "ruling"), [("OOMKilled", Ruling.HOLDS), ("Error", Ruling.BROKEN)]
)
def test_exited_may_ask_for_the_reason(reason: str, ruling: Ruling) -> None:
    law = exited(APP, code=137, within=WINDOW, reasons=("OOMKilled",))
    aftermath = story(at(3, restarted(WEB, code=137, reason=reason)), stood=[WEB], end=20)

    assert law.judge(aftermath).ruling is ruling


@pytest.mark.parametrize("old", [over(WEB, 137), restarted(WEB, code=137)], ids=["ended", "last"])
def test_an_end_from_before_the_fault_does_not_count(old: Pod) -> None:
    law = exited(APP, code=137, within=WINDOW)
    aftermath = story(at(3, old), stood=[old], end=20)

    assert law.judge(aftermath).ruling is Ruling.BROKEN


def test_what_was_known_of_another_pod_is_not_known_of_this_one() -> None:
    twin = replace(over(WEB, 137), uid=Uid("uid-web-2"), name="web-2")
    aftermath = story(at(3, over(WEB, 137)), stood=[WEB, twin], end=20)

    assert exited(APP, code=137, within=WINDOW).judge(aftermath).ruling is Ruling.HOLDS


def test_an_exit_before_its_window_breaks_the_law() -> None:
    law = exited(APP, code=137, within=Window(seconds(4), seconds(10), "a probe"))
    aftermath = story(at(3, restarted(WEB, code=137)), stood=[WEB], end=20)

    assert law.judge(aftermath).ruling is Ruling.BROKEN


def test_a_wrong_exit_is_named_beside_the_wanted_one() -> None:
    law = exited(APP, code=137, within=WINDOW)
    aftermath = story(at(3, restarted(WEB, code=143)), stood=[WEB], end=20)

    assert law.judge(aftermath).because == "wanted exit 137, saw 143 Error in 10 s, nor in 20 s"
    assert (
        law.judge(story(end=20, stood=[WEB])).because
        == "wanted exit 137, saw no end in 10 s, nor in 20 s"
    )


def test_the_earliest_exit_of_several_pods_is_the_fact() -> None:
    twin = replace(pod("web-2"), containers=(container(id="twin-0"),))
    law = exited(app_of(WEB, twin), code=1, within=WINDOW)
    aftermath = story(at(3, restarted(twin)), at(4, restarted(WEB)), stood=[WEB, twin], end=20)

    assert law.judge(aftermath).took == seconds(3)


def test_every_main_process_must_end_not_only_one() -> None:
    twin = replace(pod("web-2"), containers=(container(id="twin-0"),))
    law = ends(app_of(WEB, twin), code=1)
    stood = [WEB, twin]

    one = story(at(1, restarted(WEB)), stood=stood, end=20)
    both = story(at(1, restarted(WEB)), at(2, restarted(twin)), stood=stood, end=20)

    assert law.judge(one).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS
    assert law.judge(both).took == seconds(2)


def test_every_app_must_end_not_only_one() -> None:
    loner = replace(pod("loner"), containers=(container(id="loner-0"),))
    law = ends((APP, app_of(loner)), code=1)

    one = story(at(1, restarted(WEB)), stood=[WEB, loner], end=20)
    both = story(at(1, restarted(WEB)), at(2, restarted(loner)), stood=[WEB, loner], end=20)

    assert law.judge(one).ruling is Ruling.BROKEN
    assert law.judge(both).ruling is Ruling.HOLDS


def test_a_process_that_ends_otherwise_was_not_told_to() -> None:
    aftermath = story(at(1, restarted(WEB, code=2)), stood=[WEB], end=20)

    assert ends(APP, code=1).judge(aftermath).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("moment", "ruling"), [(10.0, Ruling.HOLDS), (10.1, Ruling.BROKEN)], ids=["in-time", "late"]
)
def test_a_process_that_was_told_to_end_does_so_soon(moment: float, ruling: Ruling) -> None:
    aftermath = story(at(moment, restarted(WEB)), stood=[WEB], end=20)

    assert ends(APP, code=1).judge(aftermath).ruling is ruling
    assert (
        ends(APP, code=1).judge(story(end=20, stood=[WEB])).because
        == "not every process ended in 10 s, nor in 20 s"
    )


def fresh(pod: Pod = WEB, **changes: Any) -> Pod:
    """A new container, and no word of how the one before it ended."""
    new = replace(container(id="app-1", restarts=1), **changes)
    return replace(pod, containers=(new,))


TWICE = replace(container(id="app-2", restarts=2), last=Termination("app-1", 143, "Error"))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, fresh())], Ruling.UNKNOWN, id="untold"),
        pytest.param([at(10, fresh())], Ruling.UNKNOWN, id="at-the-very-end"),
        pytest.param([at(10.1, fresh())], Ruling.BROKEN, id="later"),
        pytest.param([at(3, over(WEB, 143)), at(4, fresh())], Ruling.BROKEN, id="told-before"),
        pytest.param([at(3, fresh(id="app-0"))], Ruling.BROKEN, id="the-same-container"),
        pytest.param([at(3, fresh(id=""))], Ruling.BROKEN, id="none-yet"),
        pytest.param([at(3, fresh(id="")), at(4, fresh())], Ruling.UNKNOWN, id="then-one"),
        pytest.param([at(3, fresh(name="second"))], Ruling.BROKEN, id="another-container"),
        pytest.param(
            [at(3, fresh(replace(WEB, uid=Uid("uid-new"))))], Ruling.BROKEN, id="another-pod"
        ),
        pytest.param([at(3, fresh()), at(4, restarted(WEB, code=137))], Ruling.HOLDS, id="then"),
        pytest.param(
            [at(3, fresh()), at(4, replace(WEB, containers=(TWICE,)))],
            Ruling.UNKNOWN,
            id="another-end-is-told",
        ),
    ],
)
def test_a_restart_that_tells_no_end_leaves_it_unknown(
    seen: list[Observed], ruling: Ruling
) -> None:
    aftermath = story(*seen, stood=[WEB], end=20)

    assert exited(APP, code=137, within=WINDOW).judge(aftermath).ruling is ruling


def test_what_was_told_is_not_unknown_for_another_s_silence() -> None:
    loner = replace(pod("loner"), containers=(container(id="loner-0"),))
    law = ends((APP, app_of(loner)), code=1)
    silent = story(at(3, fresh()), at(4, restarted(loner)), stood=[WEB, loner], end=20)

    verdict = law.judge(silent)

    assert verdict.ruling is Ruling.UNKNOWN
    assert (
        verdict.because
        == "not every process ended in 10 s, nor in 20 s; a restart after 3.0 s told no end"
    )
    assert [entry.at for entry in verdict.evidence] == [seconds(3)]
    told = story(*silent.entries, at(5, restarted(WEB)), stood=[WEB, loner], end=20)
    assert law.judge(told).ruling is Ruling.HOLDS


def test_an_exit_too_early_is_known() -> None:
    law = exited(APP, code=137, within=Window(seconds(4), seconds(10), "a probe"))
    twice = replace(WEB, containers=(replace(TWICE, last=Termination("app-1", 137, "Error")),))
    aftermath = story(at(1, fresh()), at(2, twice), stood=[WEB], end=20)

    assert law.judge(aftermath).ruling is Ruling.BROKEN


def test_it_may_still_be_told() -> None:
    law = exited(APP, code=137, within=WINDOW)

    assert law.judge(story(at(3, fresh()), stood=[WEB], end=9)).ruling is Ruling.OPEN


def test_when_it_told_none_counts_from_the_fault() -> None:
    later = replace(story(at(3, fresh()), stood=[WEB], end=20), start=seconds(1))

    verdict = exited(APP, code=137, within=WINDOW).judge(later)

    assert verdict.because.endswith("; a restart after 2.0 s told no end")


def test_a_verdict_that_names_no_time_is_left_as_it_is() -> None:
    silent, said = story(at(3, fresh()), stood=[WEB], end=20), Verdict(Ruling.BROKEN, "no end")

    assert unless_untold(silent, APP, said) is said
