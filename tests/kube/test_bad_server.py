"""An API server that hangs, refuses, is slow or talks nonsense is given up by deadline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deadlines import LONG
from watched import (
    KEY,
    NODE,
    NODES,
    OFTEN,
    PODS,
    WATCHES,
    WEB,
    Scene,
    node,
    sees,
    watching,
    web,
)

from chaos.clock import poll, seconds
from chaos.history.facts import Node, Observed, Pod
from chaos.judging.verdict import Ruling
from chaos.laws import never_restarted
from chaos.laws.nodes import goes_unready, never_goes_unready
from chaos.recording.backoff import LONGEST_PAUSE
from chaos.windows import within

pytestmark = pytest.mark.loopback

SOONER = seconds(0.5)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with watching(tmp_path, monkeypatch) as made:
        yield made


def test_an_api_server_that_takes_calls_and_never_answers_is_given_up_by_deadline(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.hang()
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.UNKNOWN
        assert scene.ruling(never_restarted(WEB, through=scene.by(SOONER))) is Ruling.UNKNOWN
    assert any("in time" in gap.why or "timed out" in gap.why for gap in scene.gaps), scene.gaps


def test_what_an_api_server_that_hung_says_afterwards_is_not_dated(scene: Scene) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.hang()
        scene.server.store.put(NODES, node(ready=False))
        scene.later(1.9, scene.server.resume)
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(SOONER)))) is Ruling.UNKNOWN
        scene.await_entry(sees(Node, ready="False"))
        assert scene.ruling(never_restarted(WEB, through=scene.by(3))) in {
            Ruling.HOLDS,
            Ruling.UNKNOWN,
        }


def test_a_hang_that_is_over_before_anybody_gave_up_and_hid_nothing_costs_no_verdict(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.server.hang()
        scene.later(0.8, scene.server.resume)
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.HOLDS
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(SOONER)))) is Ruling.BROKEN


def test_a_hang_that_hid_a_fact_until_before_the_look_at_it_is_over_is_not_dated(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.server.hang()
        scene.server.store.put(NODES, node(ready=False))
        scene.server.store.put(NODES, node(ready=True))
        scene.later(1.9, scene.server.resume)
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.UNKNOWN


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_while_it_refuses_to_be_looked_at_nothing_is_vouched_for(scene: Scene, code: int) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.refuse(code)
        scene.server.store.put(PODS, web(restarts=1))
        scene.await_entry(sees(Pod, restarts=1))
        soon = scene.from_now(SOONER)
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.UNKNOWN
        assert str(code) in scene.gaps[-1].why
    scene.server.relent()
    scene.have_patience()
    with scene.injected():
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.HOLDS


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_refusal_that_is_over_in_time_costs_nothing(scene: Scene, code: int) -> None:
    with scene.injected():
        scene.server.refuse(code)
        scene.later(SOONER + 0.2, scene.server.relent)
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.HOLDS
        assert scene.ruling(never_restarted(WEB, through=scene.by(SOONER))) is Ruling.HOLDS
    assert not scene.gaps


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_watch_that_is_refused_is_a_gap_until_a_list_is_answered(scene: Scene, code: int) -> None:
    with scene.injected():
        scene.server.refuse(code)
        scene.server.end("finish", NODES)
        assert poll(lambda: bool(scene.recorder.trouble), within=LONG, every=OFTEN)
        assert f"{code}" in scene.recorder.trouble
        refused, before = scene.journal.clock.now(), scene.server.asked.count(NODES)
        asked_again = lambda: scene.server.asked.count(NODES) >= before + 2  # noqa: E731
        assert poll(asked_again, within=LONG, every=OFTEN)
        scene.server.relent()
        assert poll(lambda: not scene.recorder.trouble, within=LONG, every=OFTEN)
        [gap] = scene.gaps
        assert gap.why.startswith(f"node: {code}")
        assert gap.at < refused < gap.until
        assert scene.ruling(never_goes_unready(NODE, through=scene.from_now(0))) is Ruling.UNKNOWN


def test_an_api_server_that_is_refusing_is_not_asked_without_pause(scene: Scene) -> None:
    with scene.injected():
        scene.server.refuse(429)
        scene.server.end("finish")
        before, began = len(scene.server.asked), scene.journal.clock.now()
        scene.pass_time(1)
        asked = len(scene.server.asked) - before
        most = 5 + (scene.journal.clock.now() - began) / LONGEST_PAUSE  # 5: until it is that long
        assert asked <= WATCHES * most


def test_credentials_that_have_expired_are_named_and_new_ones_are_taken_up(scene: Scene) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.token = "second"
        scene.server.store.put(PODS, web(restarts=1))
        scene.await_entry(sees(Pod, restarts=1))
        soon = scene.from_now(SOONER)
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.UNKNOWN
        assert "401" in scene.gaps[-1].why
        scene.server.end("finish")
        assert poll(lambda: "401" in scene.recorder.trouble, within=LONG, every=OFTEN)
    scene.settings.api_key["BearerToken"] = KEY.replace("first", "second")
    scene.have_patience()
    assert poll(lambda: not scene.recorder.trouble, within=LONG, every=OFTEN)
    with scene.injected():
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.HOLDS


def test_a_secret_is_in_no_gap(scene: Scene) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.token = "second"
        scene.server.end("reset")
        assert poll(lambda: bool(scene.recorder.trouble), within=LONG, every=OFTEN)
        scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER)))
    assert scene.gaps
    assert not [gap for gap in scene.gaps if "first" in gap.why]


def test_a_wire_that_is_slow_dates_nothing_before_a_deadline_that_it_came_after(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.server.delay = 0.45  # three lists take longer than a watch may be late
        scene.server.store.put(NODES, node(ready=False))
        scene.pass_time(0.1)
        law = goes_unready(NODE, within=within(scene.by(0.3)))
        assert scene.ruling(law) is Ruling.UNKNOWN
        assert scene.ruling(goes_unready(NODE, within=within(LONG))) is Ruling.HOLDS


def test_a_slow_wire_on_which_nothing_came_late_costs_no_verdict(scene: Scene) -> None:
    with scene.injected():
        scene.server.delay = 0.3
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.HOLDS
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(SOONER)))) is Ruling.BROKEN
    assert not scene.gaps


def test_an_answer_that_drips_is_given_up_by_deadline(scene: Scene) -> None:
    with scene.injected():
        scene.give_up_soon()
        scene.server.drip = 0.1  # a list would take minutes, and then tell that all is well
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(SOONER))) is Ruling.UNKNOWN


@pytest.mark.parametrize("year", [1999, 2099])
def test_the_clusters_clock_may_be_years_away(scene: Scene, year: int) -> None:
    stamp = f"{year}-01-01T00:00:00Z"
    with scene.injected():
        asked = scene.journal.clock.now()
        there = web(restarts=1, creationTimestamp=stamp, started=stamp)
        scene.server.store.put(PODS, there)
        scene.await_entry(sees(Pod, restarts=1))
        [seen] = [e for e in scene.entries if isinstance(e, Observed) and sees(Pod, restarts=1)(e)]
        assert asked <= seen.at <= scene.journal.clock.now()
        soon = scene.from_now(SOONER)
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.HOLDS
    assert not scene.gaps


NONSENSE = [
    b"<html>502 Bad Gateway</html>\n",
    b"[]\n",
    b"\xff\xfe\n",
    b'{"type": "MODIFIED"}\n',
    b'{"type": "BOOKMARK", "object": {"metadata": {}}}\n',
    b'{"type": "MODIFIED", "object": {"metadata": {"name": "worker1"}}}\n',
    b'{"type": "BIGGER", "object": {"metadata": {"resourceVersion": "9"}}}\n',
]


@pytest.mark.parametrize("words", NONSENSE)
def test_what_is_no_delivery_is_a_gap(scene: Scene, words: bytes) -> None:
    with scene.injected():
        scene.server.garbage = words
        scene.server.store.put(NODES, node(ready=False))
        assert poll(lambda: bool(scene.gaps), within=LONG, every=OFTEN)
        scene.server.garbage = b""
        gap = scene.gaps[0]
        start = scene.journal.since(1).start
        inside = seconds((gap.at + gap.until) / 2 - start)
        assert scene.ruling(never_goes_unready(NODE, through=inside)) is Ruling.UNKNOWN
        assert scene.ruling(goes_unready(NODE, within=within(inside))) is Ruling.UNKNOWN
        scene.await_entry(sees(Node, ready="False"))
        assert scene.ruling(never_goes_unready(NODE, through=scene.from_now(0))) is Ruling.BROKEN


def test_a_line_without_end_is_not_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chaos.kube.wire.LONGEST_LINE", 100_000)
    with scene.injected():
        scene.server.garbage = b"x" * 70_000
        for _ in range(2):
            scene.server.store.put(NODES, node())
        assert poll(lambda: bool(scene.gaps), within=LONG, every=OFTEN)
        assert "longer than" in scene.gaps[0].why
        scene.server.garbage = b""
