from __future__ import annotations

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Endpoints, Observed
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
    aftermath = story(*seen, stood=[WEB, TWIN, OUT], end=20)

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
        pytest.param([at(3, OUT), at(4, endpoints("db", WEB))], Ruling.HOLDS, id="another-service"),
    ],
)
def test_never_rejoining_by_near_misses(seen: list[Observed], ruling: Ruling) -> None:
    aftermath = story(*seen, stood=[WEB, IN], end=20)

    law = never_rejoins_endpoints(APP, through=seconds(10))
    assert law.judge(aftermath).ruling is ruling


def test_one_of_two_pods_that_is_back_is_back() -> None:
    aftermath = story(at(3, OUT), at(4, IN), stood=[WEB, TWIN, ALL], end=20)

    law = never_rejoins_endpoints(BOTH, through=seconds(10))
    assert law.judge(aftermath).ruling is Ruling.BROKEN
