"""What must be true of every verdict, on histories that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chaos import History, Law, Ruling, seconds
from chaos.entry import Endpoints, Entry, NodeName, Pod, Thing, Uid
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_leaves_endpoints,
    never_replaced,
    never_restarted,
    rejoins_endpoints,
    replaced,
)
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, endpoints, gap, pod, restarted, story
from chaos.windows import Window, within

OLD = pod("app-1")
APP = app_of(OLD)
NEW = replace(OLD, uid=Uid("new"), node=NodeName("worker2"))
IN, OUT = endpoints("app", OLD), endpoints("app")
LATE = within(seconds(20))
NARROW = Window(seconds(4), seconds(20), "a probe")

LAWS: dict[str, list[Law]] = {
    "pod": [
        is_restarted(APP, within=LATE),
        is_restarted(APP, within=NARROW),
        never_restarted(APP, through=seconds(20)),
        exited(APP, code=1, within=LATE),
        exited(APP, code=1, within=NARROW),
    ],
    "new": [
        replaced(APP, away_from="worker1", within=LATE),
        replaced(APP, away_from="worker1", within=NARROW),
        never_replaced(APP, through=seconds(20)),
    ],
    "endpoints": [
        leaves_endpoints(APP, within=LATE),
        leaves_endpoints(APP, within=NARROW),
        rejoins_endpoints(APP, within=LATE),
        never_leaves_endpoints(APP, through=seconds(20)),
    ],
}
FINAL = {Ruling.HOLDS, Ruling.BROKEN, Ruling.UNKNOWN}
ACCUSED = {Ruling.HOLDS, Ruling.BROKEN}


@dataclass(frozen=True)
class Truth:
    """What happened, in order, and when nobody looked."""

    changes: tuple[tuple[float, Thing], ...]
    outages: tuple[tuple[float, float], ...]
    opened: float

    def seen_by(self, now: float) -> History:
        """What the recorder has written by `now`.

        During an outage it sees nothing; when that is over it lists what there is, writes what
        is not as it was, and then the gap.
        """
        news: list[tuple[float, int, Entry]] = []
        for moment, thing in self.changes:
            hidden = next((e for s, e in self.outages if s < moment < e), None)
            if hidden is None:
                news.append((moment, 1, at(moment, thing)))
        for start, end in self.outages:
            missed = [thing for moment, thing in self.changes if start < moment < end]
            if missed:
                news.append((end, 0, at(end, missed[-1])))
            news.append((end, 2, gap(start, end)))
        written = [entry for moment, _, entry in sorted(news, key=lambda n: n[:2]) if moment <= now]
        frontier = next((s for s, e in self.outages if s < now < e), now)
        history = story(*written, stood=[OLD, IN], end=frontier)
        return replace(history, opened=seconds(self.opened))

    def plain(self) -> History:
        """The whole story, as if nobody had ever looked away."""
        return replace(self, outages=()).seen_by(500)


def moments(most: int) -> st.SearchStrategy[list[float]]:
    """Moments in order; halves, so that deadlines and holds are met exactly now and then."""
    halves = st.integers(0, 60).map(lambda half: half / 2)
    return st.lists(halves, max_size=most, unique=True).map(sorted)


def pods(kinds: list[str]) -> list[Thing]:
    """The pod's states one after the other: restarts, ends, and news that change nothing."""
    states: list[Thing] = []
    current: Pod = OLD
    for kind in kinds:
        if kind == "restart":
            current = restarted(current, code=1)
        elif kind == "wrong code":
            current = restarted(current, code=2)
        elif kind == "end":
            ended = replace(current.containers[0], state="terminated")
            current = replace(current, containers=(ended,))
        states.append(current)
    return states


def fresh(kinds: list[str]) -> list[Thing]:
    return [replace(NEW, ready=kind == "restart", deleting=kind == "end") for kind in kinds]


def slices(kinds: list[str]) -> list[Thing]:
    pieces: dict[str, Endpoints] = {"restart": OUT, "end": IN, "wrong code": IN}
    return [pieces.get(kind, OUT) for kind in kinds]


TELLERS: dict[str, Callable[[list[str]], list[Thing]]] = {
    "pod": pods,
    "new": fresh,
    "endpoints": slices,
}


@st.composite
def truths(draw: st.DrawFn) -> tuple[Truth, str]:
    about = draw(st.sampled_from(sorted(TELLERS)))
    when = draw(moments(5))
    kinds = st.sampled_from(["restart", "end", "wrong code", "news"])
    things = TELLERS[about](draw(st.lists(kinds, min_size=len(when), max_size=len(when))))
    edges = [edge - 3 for edge in draw(moments(4))]
    outages = tuple(zip(edges[::2], edges[1::2], strict=False))
    opened = draw(st.sampled_from([0.0, -0.5]))
    return Truth(tuple(zip(when, things, strict=True)), outages, opened), about


@settings(max_examples=1000, deadline=None)
@given(truths(), st.integers(0, 80), st.integers(0, 80))
def test_a_final_ruling_is_never_taken_back(told: tuple[Truth, str], a: int, b: int) -> None:
    truth, about = told
    early, late = sorted((a / 2, b / 2))

    for law in LAWS[about]:
        first = law.judge(truth.seen_by(early)).ruling
        if first in FINAL:
            assert law.judge(truth.seen_by(late)).ruling is first


@settings(max_examples=1000, deadline=None)
@given(truths(), st.integers(0, 100))
def test_a_final_ruling_is_the_truth(told: tuple[Truth, str], now: int) -> None:
    truth, about = told

    for law in LAWS[about]:
        ruling = law.judge(truth.seen_by(now / 2)).ruling
        if ruling in ACCUSED:
            assert law.judge(truth.plain()).ruling is ruling


@settings(max_examples=300, deadline=None)
@given(truths())
def test_every_law_is_decided_in_the_end(told: tuple[Truth, str]) -> None:
    truth, about = told

    for law in LAWS[about]:
        assert law.judge(truth.seen_by(500)).ruling in FINAL


@settings(max_examples=300, deadline=None)
@given(truths(), st.integers(0, 60))
def test_an_open_verdict_says_when_silence_will_tell(told: tuple[Truth, str], now: int) -> None:
    truth, about = told
    history = truth.seen_by(now / 2)

    for law in LAWS[about]:
        verdict = law.judge(history)
        if verdict.ruling is Ruling.OPEN:
            assert verdict.due is not None
            assert verdict.due > history.end
            silence = replace(history, end=verdict.due)
            assert law.judge(silence).due != verdict.due
