from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Law, Ruling, seconds
from chaos.history.facts import Endpoints, Observed, Thing
from chaos.laws import (
    leaves_endpoints,
    never_leaves_endpoints,
    never_rejoins_endpoints,
    rejoins_endpoints,
)
from chaos.testing import app_of, at, endpoints, gone, pod, story
from chaos.windows import within

WEB, TWIN = pod("web-1"), pod("web-2")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
IN, OUT = endpoints("web", WEB), endpoints("web")
ALL = endpoints("web", WEB, TWIN)
WINDOW = within(seconds(10))


@pytest.mark.parametrize(
    ("seen", "leaves"),
    [
        pytest.param(OUT, True, id="out"),
        pytest.param(endpoints("web", TWIN), True, id="only-others-are-in"),
        pytest.param(IN, False, id="still-in"),
        pytest.param(endpoints("db"), False, id="but-another-service"),
    ],
)
def test_leaving_the_endpoints_by_near_misses(seen: Endpoints, leaves: bool) -> None:  # noqa: FBT001
    aftermath = story(at(3, seen), stood=[WEB, IN], end=20)

    left = leaves_endpoints(APP, within=WINDOW).judge(aftermath).ruling
    stayed = never_leaves_endpoints(APP, through=seconds(10)).judge(aftermath).ruling

    assert left is (Ruling.HOLDS if leaves else Ruling.BROKEN)
    assert stayed is (Ruling.BROKEN if leaves else Ruling.HOLDS)


def test_a_slice_that_is_gone_sends_no_traffic() -> None:
    aftermath = story(gone(3, IN), stood=[WEB, IN], end=20)

    assert leaves_endpoints(APP, within=WINDOW).judge(aftermath).ruling is Ruling.HOLDS


def test_a_pod_may_be_named_by_another_slice_of_its_service() -> None:
    second = endpoints("web", TWIN, slice_name="web-second")
    aftermath = story(at(3, second), stood=[WEB, IN, second], end=20)

    assert leaves_endpoints(APP, within=WINDOW).judge(aftermath).ruling is Ruling.BROKEN
    law = never_leaves_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.HOLDS


def test_one_of_two_pods_out_is_neither_left_nor_stayed() -> None:
    aftermath = story(at(3, IN), stood=[WEB, TWIN, ALL], end=20)

    assert leaves_endpoints(BOTH, within=WINDOW).judge(aftermath).ruling is Ruling.BROKEN
    law = never_leaves_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, ALL)], Ruling.HOLDS, id="both-in"),
        pytest.param([at(3, IN)], Ruling.BROKEN, id="only-one-in"),
        pytest.param([at(3, ALL), at(6, IN)], Ruling.BROKEN, id="out-again-within-the-hold"),
        pytest.param([at(3, ALL), at(6.1, IN)], Ruling.HOLDS, id="out-again-after-it"),
    ],
)
def test_rejoining_by_near_misses(seen: list[Observed], ruling: Ruling) -> None:
    neither = endpoints("web", unready=(WEB, TWIN))
    aftermath = story(*seen, stood=[WEB, TWIN, neither], end=20)

    assert rejoins_endpoints(BOTH, within=WINDOW).judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param([at(3, OUT)], Ruling.HOLDS, id="out"),
        pytest.param([at(3, IN)], Ruling.HOLDS, id="never-out"),
        pytest.param([at(2, IN), at(3, OUT)], Ruling.HOLDS, id="in-before-it-was-out"),
        pytest.param([at(3, OUT), at(10, IN)], Ruling.BROKEN, id="back"),
        pytest.param([at(3, OUT), at(10.1, IN)], Ruling.HOLDS, id="back-later"),
        pytest.param([at(3, OUT), at(4, endpoints("web", TWIN))], Ruling.HOLDS, id="another-pod"),
        pytest.param(
            [at(3, OUT), at(4, endpoints("db", TWIN))], Ruling.HOLDS, id="another-pod-s-service"
        ),
    ],
)
def test_never_rejoining_by_near_misses(seen: list[Observed], ruling: Ruling) -> None:
    aftermath = story(*seen, stood=[WEB, IN], end=20)

    law = never_rejoins_endpoints(APP, through=seconds(10))
    assert law.judge(aftermath).ruling is ruling


PUBLIC, OWN = endpoints("public", WEB), endpoints("own", WEB)  # two services before one pod
PUBLISHED = endpoints("own", WEB, unready=(WEB,))  # one that sends to pods that are not ready
CLOSED = endpoints("public", unready=(WEB,))


@pytest.mark.parametrize(
    ("seen", "leaves", "stays"),
    [
        pytest.param([at(3, CLOSED)], Ruling.BROKEN, Ruling.BROKEN, id="one-of-two"),
        pytest.param(
            [at(3, CLOSED), at(4, endpoints("own"))], Ruling.HOLDS, Ruling.BROKEN, id="both"
        ),
        pytest.param(
            [at(3, CLOSED), at(4, PUBLISHED)], Ruling.HOLDS, Ruling.BROKEN, id="published-by-own"
        ),
        pytest.param([at(3, PUBLISHED)], Ruling.BROKEN, Ruling.HOLDS, id="public-still-sends"),
        pytest.param([], Ruling.BROKEN, Ruling.HOLDS, id="neither"),
    ],
)
def test_a_service_is_found_by_the_pods_it_names(
    seen: list[Observed], leaves: Ruling, stays: Ruling
) -> None:
    """What it is called says nothing (kubernetes issue 127234)."""
    aftermath = story(*seen, stood=[WEB, PUBLIC, OWN], end=20)

    assert leaves_endpoints(APP, within=WINDOW).judge(aftermath).ruling is leaves
    assert never_leaves_endpoints(APP, through=seconds(10)).judge(aftermath).ruling is stays


def test_a_pod_is_back_when_each_service_sends_to_it() -> None:
    seen = [at(3, CLOSED), at(4, PUBLISHED)]
    law = rejoins_endpoints(APP, within=WINDOW)

    one_only = story(*seen, at(5, PUBLIC), stood=[WEB, PUBLIC, endpoints("x", WEB)], end=20)
    assert law.judge(one_only).ruling is Ruling.HOLDS  # "x" never let it go, "own" never would
    shut = story(at(3, endpoints("x")), at(5, PUBLIC), stood=[WEB, PUBLIC, OWN], end=20)
    assert law.judge(shut).ruling is Ruling.HOLDS
    lacking = story(at(3, endpoints("own")), at(5, PUBLIC), stood=[WEB, PUBLIC, OWN], end=20)
    assert law.judge(lacking).ruling is Ruling.BROKEN


def test_a_service_for_each_pod_is_asked_for_its_own_pod_alone() -> None:
    """As brokers have it that are called one by one."""
    first, second = endpoints("web-1", WEB), endpoints("web-2", TWIN)
    aftermath = story(at(3, first), stood=[WEB, TWIN, first, second], end=20)

    law = never_leaves_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.HOLDS
    gone_out = story(at(3, endpoints("web-2")), stood=[WEB, TWIN, first, second], end=20)
    assert law.judge(gone_out).ruling is Ruling.BROKEN


def test_a_service_that_publishes_pods_that_are_not_ready_is_said_to() -> None:
    """Then nobody can be let go (kubernetes pull request 90783)."""
    aftermath = story(at(3, PUBLISHED), stood=[WEB, OWN], end=20)

    verdict = leaves_endpoints(APP, within=WINDOW).judge(aftermath)

    assert verdict.ruling is Ruling.BROKEN
    assert verdict.because == (
        "it stayed in the endpoints (own publishes pods that are not ready) in 10 s, nor in 20 s"
    )


@pytest.mark.parametrize(
    "law",
    [
        leaves_endpoints(APP, within=WINDOW),
        rejoins_endpoints(APP, within=WINDOW),
        never_leaves_endpoints(APP, through=seconds(10)),
        never_rejoins_endpoints(APP, through=seconds(10)),
    ],
    ids=str,
)
@pytest.mark.parametrize("stood", [[WEB], [WEB, endpoints("db", TWIN)]], ids=["none", "another-s"])
def test_without_a_service_nothing_is_known_of_traffic(law: Law, stood: list[Thing]) -> None:
    verdict = law.judge(story(stood=stood, end=20))

    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because == "no service has ever named a pod of web: there is no traffic"


def test_a_service_that_named_it_before_the_fault_is_known_by_that() -> None:
    """A history of before slices told who is not ready: the record knows who was."""
    whole = story(at(-5, IN), at(-1, OUT), at(3, IN), at(4, OUT), stood=[WEB], end=20)
    after = replace(whole, first=2, opening=story(stood=[WEB, OUT], end=0).opening)

    assert rejoins_endpoints(APP, within=WINDOW).judge(after).ruling is Ruling.BROKEN
    law = never_rejoins_endpoints(APP, through=seconds(10))
    assert law.judge(after).ruling is Ruling.BROKEN


def test_of_two_pods_one_that_goes_and_comes_was_never_out_with_both() -> None:
    aftermath = story(at(3, IN), at(4, ALL), stood=[WEB, TWIN, ALL], end=20)

    law = never_rejoins_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.HOLDS


def test_a_pod_that_stayed_is_said_to_and_no_more() -> None:
    verdict = leaves_endpoints(APP, within=WINDOW).judge(story(stood=[WEB, IN], end=20))

    assert verdict.because == "it stayed in the endpoints in 10 s, nor in 20 s"


def test_one_of_two_pods_that_is_back_is_back() -> None:
    aftermath = story(at(3, OUT), at(4, IN), stood=[WEB, TWIN, ALL], end=20)

    law = never_rejoins_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.BROKEN
