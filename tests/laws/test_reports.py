from __future__ import annotations

import pytest

from chaos import Ruling, seconds
from chaos.history.facts import Answered
from chaos.laws import reports
from chaos.testing import app_of, pod, story

WEB, TWIN = pod("web-1"), pod("web-2")


def says(moment: float, report: dict[str, bool | float | str] | None) -> Answered:
    return Answered(seconds(moment), WEB.uid, "web", 200, report)


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        pytest.param(says(1, {"shield": "off"}), Ruling.HOLDS, id="says-so"),
        pytest.param(says(1, {"shield": "on"}), Ruling.BROKEN, id="says-otherwise"),
        pytest.param(says(1, {"sword": "off"}), Ruling.BROKEN, id="says-it-of-something-else"),
        pytest.param(says(1, None), Ruling.UNKNOWN, id="says-nothing"),
    ],
)
def test_reporting_by_near_misses(answer: Answered, ruling: Ruling) -> None:
    law = reports(app_of(WEB), what="shield", value="off")

    assert law.judge(story(answer, end=40, stood=[WEB, TWIN])).ruling is ruling


def test_every_app_must_report_it_and_the_verdict_says_what() -> None:
    law = reports(app_of(WEB, TWIN), what="shield", value="off")

    otherwise = Answered(seconds(1), TWIN.uid, "web", 200, {"shield": "on"})
    verdict = law.judge(story(says(1, {"shield": "off"}), otherwise, end=20, stood=[WEB, TWIN]))

    assert (verdict.ruling, verdict.because) == (
        Ruling.BROKEN,
        "not every app said shield: off in 5 s, nor in 20 s",
    )
