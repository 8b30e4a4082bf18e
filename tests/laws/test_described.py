from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.laws import described
from chaos.testing import app_of, having, pod, story
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import HttpGet

BOOK = "http-get http://:8080/ delay=0s timeout=1s period=10s #success=1 #failure=3"
PROBE = Probe(asks=HttpGet("/", 8080))
APP = app_of(pod("web-1"), liveness=PROBE)


def ruling(app: Workload) -> Ruling:
    return described(app, line=BOOK).judge(story(end=0)).ruling


def test_a_probe_without_a_number_is_described_as_in_the_book() -> None:
    verdict = described(APP, line=BOOK).judge(story(end=0))

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.because == f"Liveness: {BOOK}"


@pytest.mark.parametrize(
    "other",
    [
        replace(PROBE, delay=seconds(1)),
        replace(PROBE, timeout=seconds(2)),
        replace(PROBE, period=seconds(11)),
        replace(PROBE, successes=2),
        replace(PROBE, failures=4),
        replace(PROBE, asks=HttpGet("/health", 8080)),
        None,
    ],
)
def test_any_other_number_is_another_line(other: Probe | None) -> None:
    assert ruling(having(APP, liveness=other)) is Ruling.BROKEN


def test_another_probe_of_the_container_has_its_own_line() -> None:
    ready = having(APP, liveness=None, readiness=PROBE)

    assert ruling(ready) is Ruling.BROKEN
    law = described(ready, line=BOOK, place="readiness")
    assert law.judge(story(end=0)).ruling is Ruling.HOLDS
