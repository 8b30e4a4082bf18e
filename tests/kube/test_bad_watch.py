"""Watches that break, stall and fall behind: what is vouched for then, and what is ruled."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from deadlines import LONG
from watched import (
    NODE,
    NODES,
    OFTEN,
    PODS,
    SLICES,
    VOUCHED,
    WEB,
    Loss,
    Scene,
    away,
    node,
    sees,
    slice_of,
    watching,
    web,
)

from chaos.clock import poll
from chaos.history.facts import LATE, Endpoints, Lag, Node, Pod, Thing
from chaos.judging.verdict import Ruling
from chaos.laws import never_leaves_endpoints, never_restarted
from chaos.laws.nodes import goes_unready, never_goes_unready
from chaos.values import Json
from chaos.windows import within

pytestmark = pytest.mark.loopback

LOSSES: tuple[Loss, ...] = ("reset", "cut", "half a line", "down")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with watching(tmp_path, monkeypatch) as made:
        yield made


def test_what_goes_on_while_all_is_well_is_ruled_on(scene: Scene) -> None:
    with scene.injected():
        scene.server.store.put(NODES, node(ready=False))
        assert scene.ruling(goes_unready(NODE, within=within(LONG))) is Ruling.HOLDS
        soon = scene.from_now(0.5)
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.HOLDS
    assert not scene.gaps


@pytest.mark.parametrize("how", LOSSES)
def test_a_law_whose_window_reaches_into_a_gap_is_unknown(scene: Scene, how: Loss) -> None:
    with scene.injected():
        with away(scene, how):
            scene.server.store.put(NODES, node(ready=False))
            scene.server.store.put(NODES, node(ready=True))
            scene.pass_time(0.2)
        soon = scene.from_now(0.1)
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.UNKNOWN
        assert scene.ruling(goes_unready(NODE, within=within(soon))) is Ruling.UNKNOWN


@pytest.mark.parametrize("how", LOSSES)
def test_a_law_whose_window_is_over_before_the_gap_is_ruled_on(scene: Scene, how: Loss) -> None:
    with scene.injected():
        scene.server.store.put(PODS, web(restarts=1))
        scene.await_entry(sees(Pod, restarts=1))
        scene.pass_time(0.3)
        scene.hear()
        with away(scene, how):
            scene.pass_time(0.1)
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(0.2))) is Ruling.HOLDS
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.2)))) is Ruling.BROKEN
        assert scene.ruling(never_restarted(WEB, through=scene.from_now(5))) is Ruling.BROKEN


@pytest.mark.parametrize("how", LOSSES)
def test_a_gap_is_around_the_loss_and_each_kind_has_its_own(scene: Scene, how: Loss) -> None:
    """It ends when the list was asked for: an ask of before it was back may be answered after."""
    clock = scene.journal.clock
    with scene.injected():
        before = clock.now()
        scene.hear()
        there = clock.now()
        with away(scene, how):
            lost = clock.now()
            scene.pass_time(0.2)
    assert {gap.why.partition(":")[0] for gap in scene.gaps} == {"pod", "node", "endpoints"}
    for gap in scene.gaps:
        assert before < gap.at <= lost
        assert there <= gap.until <= clock.now()


def test_what_vanished_in_a_gap_is_gone_and_what_came_is_there(scene: Scene) -> None:
    other = web() | {"metadata": web()["metadata"] | {"name": "web-2", "uid": "uid-web-2"}}
    with scene.injected(), away(scene, "reset"):
        scene.server.store.delete(PODS, "web-1")
        scene.server.store.put(PODS, other)
    assert set(scene.journal.known("pod")) == {"uid-web-2"}


@pytest.mark.parametrize("word", ["410 in the stream", "410 at the start"])
def test_a_past_that_is_gone_is_a_gap(scene: Scene, word: str) -> None:
    with scene.injected():
        scene.server.store.put(PODS, web(restarts=1))
        scene.await_entry(sees(Pod, restarts=1))
        scene.server.stall(NODES)
        scene.server.store.put(NODES, node(ready=False))
        scene.server.store.put(NODES, node(ready=True))
        if word == "410 in the stream":
            scene.server.expire(NODES)
        else:
            scene.server.store.compact()
            scene.server.end("finish", NODES)
        assert poll(lambda: bool(scene.gaps), within=LONG, every=OFTEN)
        scene.server.resume(NODES)
        scene.pass_time(0.3)
        [gap] = scene.gaps
        assert gap.why.startswith("node: 410 Expired")
        soon = scene.from_now(0.1)
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.UNKNOWN
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.BROKEN


@pytest.mark.parametrize("marked", [True, False])
def test_a_bookmark_keeps_a_quiet_watch_from_a_past_that_is_gone(
    scene: Scene,
    marked: bool,  # noqa: FBT001  one of a row
) -> None:
    with scene.injected():
        for _ in range(20):
            version = scene.server.store.put(NODES, node())
        if marked:
            scene.hear(PODS)
        scene.server.store.compact(version)
        asked = len(scene.server.asked)
        scene.server.end("finish", PODS)
        assert poll(lambda: len(scene.server.asked) > asked, within=LONG, every=OFTEN)
        assert scene.server.wait_for_watches(4)
        resumed = re.search(r"resourceVersion=(\d+)", scene.server.asked[asked])
        assert resumed
        assert (int(resumed[1]) > version) is marked
        assert bool(scene.gaps) is not marked


def test_a_watch_that_ends_in_good_order_misses_nothing(scene: Scene) -> None:
    with scene.injected():
        for _ in range(3):
            scene.server.end("finish")
            scene.server.store.put(NODES, node(ready=False))
            scene.server.store.put(NODES, node(ready=True))
            assert scene.server.wait_for_watches(4)
        scene.await_entry(sees(Node, ready="False"))
        soon = scene.from_now(0.1)
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.HOLDS
    assert not scene.gaps


def test_a_watch_that_stalls_while_others_speak_is_blind_from_its_own_last_word(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.server.stall(NODES)
        scene.server.store.put(NODES, node(ready=False))
        scene.pass_time(0.5)
        scene.hear(PODS, SLICES)
        scene.server.end("reset", NODES)
        scene.server.resume(NODES)
        scene.await_entry(sees(Node, ready="False"))
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.3)))) is Ruling.UNKNOWN


def test_a_cut_that_lost_nothing_is_blind_from_the_api_servers_last_word(scene: Scene) -> None:
    with scene.injected():
        scene.pass_time(0.5)
        scene.hear(PODS, SLICES)
        scene.server.end("reset")
        assert poll(lambda: len(scene.gaps) == len(VOUCHED), within=LONG, every=OFTEN)
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.3)))) is Ruling.BROKEN
        assert scene.ruling(never_goes_unready(NODE, through=scene.by(0.3))) is Ruling.HOLDS


def test_nothing_is_vouched_for_while_one_kind_is_behind_the_others(scene: Scene) -> None:
    with scene.injected():
        scene.server.stall(PODS)
        scene.server.store.put(PODS, web(restarts=1))
        scene.server.store.put(SLICES, slice_of())
        scene.await_entry(sees(Endpoints, ready=()))
        frontier = scene.journal.frontier
        scene.give_up_soon()
        scene.recorder.confirm()
        assert scene.journal.frontier == frontier
        scene.have_patience()
        scene.server.resume(PODS)
        scene.recorder.confirm()
        assert scene.journal.frontier > frontier


def test_what_comes_late_after_what_it_caused_is_not_dated(scene: Scene) -> None:
    with scene.injected():
        scene.server.stall(PODS)
        scene.server.store.put(PODS, web(restarts=1))
        scene.server.store.put(SLICES, slice_of())
        scene.await_entry(sees(Endpoints, ready=()))
        soon = scene.from_now(0.1)
        scene.later(1.8, lambda: scene.server.resume(PODS))
        assert scene.ruling(never_leaves_endpoints(WEB, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.UNKNOWN


def test_a_watch_that_had_stalled_long_before_anybody_looked_is_blind_from_its_last_word(
    scene: Scene,
) -> None:
    with scene.injected():
        scene.server.stall(NODES)
        scene.server.store.put(NODES, node(ready=False))
        scene.pass_time(1.8)
        scene.later(1.2, lambda: scene.server.resume(NODES))
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.3)))) is Ruling.UNKNOWN
        assert not scene.gaps
        (lag,) = (entry for entry in scene.entries if isinstance(entry, Lag))
        assert lag.until - lag.at > LATE


def test_what_comes_in_time_for_its_law_is_ruled_on_though_out_of_order(scene: Scene) -> None:
    with scene.injected():
        scene.server.stall(PODS)
        scene.server.store.put(PODS, web(restarts=1))
        scene.server.store.put(SLICES, slice_of())
        scene.await_entry(sees(Endpoints, ready=()))
        scene.server.resume(PODS)
        scene.await_entry(sees(Pod, restarts=1))
        soon = scene.from_now(0.1)
        assert scene.ruling(never_restarted(WEB, through=soon)) is Ruling.BROKEN
        assert scene.ruling(never_goes_unready(NODE, through=soon)) is Ruling.HOLDS
    assert not scene.gaps


def test_a_watch_that_says_nothing_for_too_long_is_a_gap(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaos.kube.client.SILENCE", 0.3)
    with scene.injected():
        scene.server.end("finish", NODES)  # the next watch has the shorter patience
        scene.server.stall(NODES)
        scene.server.store.put(NODES, node(ready=False))
        assert poll(lambda: bool(scene.gaps), within=LONG, every=OFTEN)
        gap = scene.gaps[0]
        assert gap.why.startswith("node: ")
        assert gap.until - gap.at >= 0.3
        scene.server.resume(NODES)
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.3)))) is Ruling.UNKNOWN


def test_a_recorder_that_does_not_keep_up_says_so(scene: Scene) -> None:
    [slow] = [f for f in scene.recorder.watchers if f.kind.path == NODES]
    parse, rest = slow.kind.parse, threading.Event()

    def slowly(raw: Json) -> Thing:
        rest.wait(0.03)
        return parse(raw)

    with scene.injected():
        slow.kind = replace(slow.kind, parse=slowly)
        for _ in range(50):
            scene.server.store.put(NODES, node())
        scene.server.store.put(NODES, node(ready=False))
        assert scene.ruling(goes_unready(NODE, within=within(scene.by(0.3)))) is Ruling.UNKNOWN
        assert scene.ruling(goes_unready(NODE, within=within(LONG))) is Ruling.HOLDS
