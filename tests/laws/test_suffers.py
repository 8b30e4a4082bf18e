from __future__ import annotations

from typing import Any

import pytest

from chaos import Ruling, seconds
from chaos.history.looked import Sounded, Sounding
from chaos.laws import suffers
from chaos.testing import app_of, pod, story
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Grpc, TcpSocket
from chaos.workloads.wires import Toxic

STOOD = [pod("web-1"), pod("web-2")]
WEB = app_of(STOOD[0])
BOTH = app_of(*STOOD)
WELL: dict[str, Any] = {
    "end": "closed",
    "took": 0.02,
    "first": 0.01,
    "last": 0.01,
    "sent": 2000,
    "count": 200,
    "pieces": 1,
}


def heard(
    moment: float = 1, *toxics: str, of: str = "web-1", wire: str = "db", **how: Any
) -> Sounded:
    said = {**WELL, **how}
    return Sounded(seconds(moment), pod(of).uid, "web", wire, toxics, **said)


# A toxic, what was ordered of it, a request that suffers from it, and one that does not quite.
EFFECTS: list[tuple[Toxic, float, dict[str, Any], dict[str, Any]]] = [
    ("latency", 1, {"first": 0.95}, {"first": 0.5}),
    ("latency", 1, {"first": 1.4}, {"first": None, "end": "open"}),
    ("bandwidth", 1, {"last": 2.1}, {"last": 1.0}),
    ("bandwidth", 50, {"last": 0.05}, {"last": 0.02}),
    ("bandwidth", 50, {"last": 0.05}, {"last": 0.05, "count": 0}),
    ("bandwidth", 100, {"last": 0.05}, {"last": 0.05, "sent": 100}),
    ("timeout", 0, {"count": 0, "end": "open", "took": 2.0}, {"count": 0}),
    ("timeout", 0, {"count": 0, "took": 1.0}, {"count": 0, "took": 0.9}),
    ("timeout", 0, {"count": 0, "took": 2.0}, {"count": 1, "took": 2.0}),
    ("timeout", 2, {"count": 0, "took": 2.0}, {"count": 0, "took": 1.0}),
    ("timeout", 2, {"count": 0, "took": 2.0}, {"count": 0, "took": 3.0, "end": "open"}),
    ("reset_peer", 0, {"end": "reset"}, {"end": "closed"}),
    ("reset_peer", 1, {"end": "reset", "took": 1.0}, {"end": "reset", "took": 0.1}),
    ("slicer", 1, {"pieces": 200}, {"pieces": 1}),
    ("slicer", 1, {"pieces": 150}, {"pieces": 50}),
    ("limit_data", 1, {"count": 1}, {"count": 2}),
    ("limit_data", 1, {"count": 1}, {"count": 1, "end": "open"}),
    ("slow_close", 1, {"took": 1.1}, {"took": 0.5}),
    ("slow_close", 1, {"took": 1.1}, {"took": 1.1, "end": "open"}),
    ("slow_close", 1, {"took": 2.0, "last": 1.0}, {"took": 1.1, "last": 1.0}),
    ("down", 0, {"end": "refused"}, {"end": "reset"}),
]
each = pytest.mark.parametrize(("toxic", "amount", "suffering", "spared"), EFFECTS)


@each
def test_a_request_that_suffers_proves_the_toxic_and_one_that_does_not_leaves_it_open(
    toxic: Toxic, amount: float, suffering: dict[str, Any], spared: dict[str, Any]
) -> None:
    law = suffers(WEB, wire="db", toxic=toxic, amount=amount)

    seen = heard(1, toxic, **suffering)
    proved = law.judge(story(seen, end=2, stood=STOOD))
    unproved = law.judge(story(heard(1, toxic, **spared), end=2, stood=STOOD))

    assert (proved.ruling, proved.evidence) == (Ruling.HOLDS, (seen,))
    assert unproved.ruling is Ruling.OPEN


@each
def test_nothing_is_proved_by_a_wire_that_has_not_the_toxic(
    toxic: Toxic, amount: float, suffering: dict[str, Any], spared: dict[str, Any]
) -> None:
    law = suffers(WEB, wire="db", toxic=toxic, amount=amount)

    assert law.judge(story(heard(1, **suffering), end=2, stood=STOOD)).ruling is Ruling.OPEN


LATE = suffers(BOTH, wire="db", toxic="latency", amount=1)
SLOW: dict[str, Any] = {"first": 1.1}


def test_every_pod_s_wire_must_suffer_and_those_that_have_not_are_asked_again() -> None:
    one, other = heard(1, "latency", **SLOW), heard(3, "latency", of="web-2", **SLOW)

    both = LATE.judge(story(one, other, end=4, stood=STOOD))
    asked = LATE.judge(story(one, heard(2, of="web-2"), end=4, stood=STOOD))

    assert (both.ruling, both.took, both.evidence) == (Ruling.HOLDS, seconds(3), (one, other))
    assert both.because == "after 3.0 s, expected in [0.0, 18.0] s: a real fault shows by then"
    assert (asked.ruling, asked.due) == (Ruling.OPEN, seconds(3))
    assert asked.sound == (Sounding(BOTH.stands[1], "db", "", seconds(3)),)


def test_nobody_has_been_asked_yet() -> None:
    first = LATE.judge(story(end=0.5, stood=STOOD))

    assert (first.ruling, first.due) == (Ruling.OPEN, seconds(0))
    assert [asked.pod for asked in first.sound] == [*BOTH.stands]


@pytest.mark.parametrize(
    ("last", "ruling"), [(17.9, Ruling.OPEN), (18.0, Ruling.BROKEN), (25.0, Ruling.BROKEN)]
)
def test_who_does_not_suffer_when_the_time_is_over_was_not_hit(last: float, ruling: Ruling) -> None:
    law = suffers(WEB, wire="db", toxic="latency", amount=1)

    assert law.judge(story(heard(last, "latency"), end=30, stood=STOOD)).ruling is ruling
    later = heard(26, "latency", **SLOW)  # a verdict is final: what comes later changes nothing
    changed = law.judge(story(heard(last, "latency"), later, end=30, stood=STOOD)).ruling
    assert changed is (Ruling.HOLDS if ruling is Ruling.OPEN else ruling)


def test_another_wire_and_another_pod_prove_nothing() -> None:
    law = suffers(WEB, wire="db", toxic="latency", amount=1)
    others = (heard(1, "latency", wire="api", **SLOW), heard(1, "latency", of="web-2", **SLOW))

    assert law.judge(story(*others, end=2, stood=STOOD)).ruling is Ruling.OPEN


@pytest.mark.parametrize(
    ("wire", "way"), [("liveness", "grpc"), ("readiness", "http"), ("startup", ""), ("db", "")]
)
def test_a_probe_s_wire_is_spoken_on_as_the_probe_does(wire: str, way: str) -> None:
    app = app_of(pod("web-1"), liveness=Probe(asks=Grpc()), readiness=Probe(asks=TcpSocket()))

    (asked,) = suffers(app, wire=wire, toxic="down").judge(story(end=1, stood=STOOD)).sound

    assert asked.way == way


@pytest.mark.parametrize(
    ("toxic", "amount", "patience"),
    [("latency", 9, 11), ("slow_close", 9, 11), ("timeout", 0, 2), ("bandwidth", 1, 6)],
)
def test_an_answer_is_listened_to_for_longer_than_what_was_ordered(
    toxic: Toxic, amount: float, patience: float
) -> None:
    (asked,) = (
        suffers(WEB, wire="db", toxic=toxic, amount=amount).judge(story(end=1, stood=STOOD)).sound
    )

    assert asked.patience == patience
