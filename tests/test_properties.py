"""What must be true of every verdict, on histories that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chaos import History, Law, Ruling, seconds
from chaos.history.facts import LATE as UNNOTICED
from chaos.history.facts import Answered, Endpoints, Entry, Observed, Pod, Thing
from chaos.laws import (
    asked,
    asked_once_a_period,
    backs_off,
    becomes_ready,
    becomes_unreachable,
    completed,
    deleted,
    ends,
    evicted,
    exited,
    exits_again,
    forgotten,
    found_again,
    go_unready,
    goes_on_growing,
    goes_unready,
    has_instances,
    leak,
    leaves_endpoints,
    loses_readiness,
    never_asked,
    never_backs_off,
    never_completed,
    never_evicted,
    never_exited,
    never_found_again,
    never_goes_unready,
    never_leaves_endpoints,
    never_moved,
    never_placed,
    never_replaced,
    never_restarted,
    never_runs,
    one_on_each,
    orphaned,
    recreated,
    rejoins_endpoints,
    replaced,
    reports,
    resumes,
    retried,
    say_ill,
    scaled_to,
    serves,
    start_slowly,
    starts_with,
    stays_hung,
    stays_running,
    stop_answering,
    tainted,
    vanished,
)
from chaos.laws import gone as is_gone
from chaos.laws import restarted as is_restarted
from chaos.laws.eviction import BY_TAINT
from chaos.testing import app_of, endpoints, gap, lag, node, pod, restarted, story
from chaos.windows import Window, within
from chaos.workloads.admitted import NodeName, Uid
from chaos.workloads.containers import Probe

OLD = pod("app-1")
APP = app_of(OLD)
PROBED = app_of(OLD, liveness=Probe())
TAINT = "node.kubernetes.io/unreachable:NoExecute"
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
        ends(APP, code=1),
        exits_again(APP, code=1, within=LATE),
        exits_again(APP, code=1, within=NARROW, times=1),
        never_exited(APP, codes=(2,), through=seconds(20)),
        never_moved(APP, through=seconds(20)),
        backs_off(APP, waits=(seconds(0),)),
        never_backs_off(APP, through=seconds(20)),
    ],
    "life": [
        deleted(APP),
        vanished(APP),
        is_gone(APP, within=LATE),
        is_gone(APP, within=NARROW),
        orphaned(APP, pods=(OLD.uid,)),
        scaled_to(APP, replicas=0),
        evicted(APP, within=LATE),
        evicted(APP, within=NARROW),
        never_evicted(APP, through=seconds(20)),
        stays_running(APP, through=seconds(20)),
        loses_readiness(APP, within=LATE),
        resumes(APP, within=LATE),
        resumes(APP, within=NARROW),
        has_instances(APP, 1, within=LATE),
        has_instances(APP, 0, within=NARROW),
    ],
    "node": [
        goes_unready("worker1", within=LATE),
        goes_unready("worker1", within=NARROW),
        go_unready(("worker1",), within=LATE),
        becomes_ready("worker1", within=LATE),
        becomes_ready("worker1", within=NARROW),
        tainted("worker1", taint=TAINT),
        forgotten("worker1"),
        becomes_unreachable("worker1", within=LATE),
        becomes_unreachable("worker1", within=NARROW),
        never_goes_unready("worker1", through=seconds(20)),
    ],
    "new": [
        replaced(APP, away_from="worker1", within=LATE),
        replaced(APP, away_from="worker1", within=NARROW),
        never_replaced(APP, through=seconds(20)),
        never_placed(APP, through=seconds(20)),
        recreated(APP, within=LATE),
        recreated(APP, within=NARROW),
        scaled_to(APP, replicas=2),
        has_instances(APP, 2, within=LATE),
        has_instances(APP, 1, within=NARROW),
        one_on_each(APP, ("worker1", "worker2"), within=LATE),
        retried(APP, within=LATE),
        retried(APP, within=NARROW),
        completed(APP, within=LATE),
        completed(APP, within=NARROW),
        never_completed(APP, through=seconds(20)),
        never_runs(APP, through=seconds(20)),
    ],
    "endpoints": [
        leaves_endpoints(APP, within=LATE),
        leaves_endpoints(APP, within=NARROW),
        rejoins_endpoints(APP, within=LATE),
        never_leaves_endpoints(APP, through=seconds(20)),
    ],
    "answers": [
        stop_answering(APP),
        leak(APP),
        say_ill(APP, status=500),
        reports(APP, what="leaking", value=True),
        start_slowly(APP, slow=9),
        starts_with(APP, what="slow_seconds", value=9.0),
        asked(APP, path="/health"),
        found_again(APP, folder="/keep"),
        stays_hung(APP, through=seconds(20)),
        serves(APP, after=seconds(20)),
        goes_on_growing(APP, through=seconds(20)),
        never_asked(APP, path="/health", through=seconds(20)),
        asked_once_a_period(PROBED, path="/health", through=seconds(20)),
        never_found_again(APP, folder="/keep", through=seconds(20)),
    ],
}
ASKED = 40.0  # whoever has not answered since is asked when all is over
FINAL = {Ruling.HOLDS, Ruling.BROKEN, Ruling.UNKNOWN}
ACCUSED = {Ruling.HOLDS, Ruling.BROKEN}


@dataclass(frozen=True)
class Change:
    """A thing as it became, or as it was when it went."""

    thing: Thing
    gone: bool = False

    def seen(self, moment: float) -> Entry:
        """As the watch tells it."""
        return Observed(seconds(moment), self.thing, self.gone)


@dataclass(frozen=True)
class Said:
    """What the app says of itself when it is asked: no watch is needed for that."""

    status: int | None
    report: dict[str, bool | float | str] | None

    def seen(self, moment: float) -> Entry:
        """As the recorder writes it down."""
        return Answered(seconds(moment), OLD.uid, OLD.workload, self.status, self.report)


@dataclass(frozen=True)
class Truth:
    """What happened, in order, and when nobody looked, or the watches were late."""

    changes: tuple[tuple[float, Change | Said], ...]
    outages: tuple[tuple[float, float], ...]
    lags: tuple[tuple[float, float], ...]
    opened: float

    def seen_by(self, now: float) -> History:
        """What the recorder has written by `now`.

        During an outage it sees nothing; when that is over it lists what there is, writes what
        is not as it was, and then the gap. A late watch shows everything, at its end, and then
        the lag.
        """
        news: list[tuple[float, int, Entry]] = []
        for moment, change in self.changes:
            hidden = any(start < moment < end for start, end in self.outages)
            if isinstance(change, Said):
                news.append((moment, 1, change.seen(moment)))
            elif not hidden:
                shown = next((e for s, e in self.lags if s < moment < e), moment)
                news.append((shown, 1, change.seen(shown)))
        for start, end in self.outages:
            within = [change for moment, change in self.changes if start < moment < end]
            missed = [change for change in within if isinstance(change, Change)]
            if missed:
                news.append((end, 0, missed[-1].seen(end)))
            news.append((end, 2, gap(start, end)))
        news += [(end, 2, lag(start, end)) for start, end in self.lags]
        written = [entry for moment, _, entry in sorted(news, key=lambda n: n[:2]) if moment <= now]
        frontier = next((s for s, e in (*self.outages, *self.lags) if s < now < e), now)
        history = story(*written, stood=[OLD, IN, node("worker1")], end=frontier)
        return replace(history, opened=seconds(self.opened))

    def plain(self) -> History:
        """The whole story, as if nobody had ever looked away."""
        return replace(self, outages=(), lags=()).seen_by(500)


def moments(most: int) -> st.SearchStrategy[list[float]]:
    """Moments in order; halves, so that deadlines and holds are met exactly now and then."""
    halves = st.integers(0, 60).map(lambda half: half / 2)
    return st.lists(halves, max_size=most, unique=True).map(sorted)


def pods(kinds: list[str]) -> list[Change]:
    """The pod's states one after the other: restarts, ends, and news that change nothing."""
    states: list[Change] = []
    current: Pod = OLD
    for kind in kinds:
        if kind == "restart":
            current = restarted(current, code=1)
        elif kind == "wrong code":
            current = restarted(current, code=2)
        elif kind == "end":
            ended = replace(current.containers[0], state="terminated")
            current = replace(current, containers=(ended,))
        states.append(Change(current))
    return states


def fresh(kinds: list[str]) -> list[Change]:
    """A new pod: ready, not ready, on its way out, until it has ended well."""
    phases = {"wrong code": "Succeeded"}
    last = kinds.index("wrong code") + 1 if "wrong code" in kinds else len(kinds)
    states = (
        replace(
            NEW,
            ready=kind == "restart",
            deleting=kind == "end",
            phase=phases.get(kind, "Running"),
        )
        for kind in kinds[:last]
    )
    return [Change(state) for state in states]


def life(kinds: list[str]) -> list[Change]:
    """The old pod until it is gone: nothing comes after that."""
    states: list[Change] = []
    leaving = False
    for kind in kinds:
        leaving = leaving or kind == "wrong code"
        workload = "stray" if kind == "news" else OLD.workload
        why = BY_TAINT if leaving else ""
        ready = not leaving and kind != "news"
        state = replace(OLD, deleting=leaving, ready=ready, workload=workload, disrupted=why)
        states.append(Change(state, gone=kind == "end"))
        if kind == "end":
            break
    return states


def nodes(kinds: list[str]) -> list[Change]:
    """A node that is lost, tainted, back, and for a moment unknown to the cluster."""
    states: dict[str, Change] = {
        "restart": Change(node("worker1")),
        "end": Change(node("worker1", ready="Unknown"), gone=True),
        "wrong code": Change(node("worker1", ready="Unknown", taint=TAINT)),
    }
    return [states.get(kind, Change(node("worker1", ready="Unknown"))) for kind in kinds]


def slices(kinds: list[str]) -> list[Change]:
    """The service's slice, with the pod and without."""
    pieces: dict[str, Endpoints] = {"restart": OUT, "end": IN, "wrong code": IN}
    return [Change(pieces.get(kind, OUT)) for kind in kinds]


def sayings(kinds: list[str]) -> list[Said]:
    """What an app says that hangs, leaks and is started anew; for a moment nobody can ask it."""
    illness: dict[str, bool | float | str] = {"hung": True, "leaking": True, "health_status": 500}
    slow: dict[str, bool | float | str] = {"slow_seconds": 9.0, "marks_/keep": 2, "since": 0.5}
    states = []
    for count, kind in enumerate(kinds):
        met = {"rss_mib": 10.0 + count, "requests_/health": count, "since": 40.0 + count}
        told: dict[str, Said] = {
            "restart": Said(200, {**met, **slow}),
            "end": Said(None, None),
            "wrong code": Said(None, {**met, **illness}),
        }
        states.append(told.get(kind, Said(200, {**met})))
    return states


TELLERS: dict[str, Callable[[list[str]], Sequence[Change | Said]]] = {
    "answers": sayings,
    "pod": pods,
    "new": fresh,
    "life": life,
    "node": nodes,
    "endpoints": slices,
}


@st.composite
def truths(draw: st.DrawFn) -> tuple[Truth, str]:
    about = draw(st.sampled_from(sorted(TELLERS)))
    when = draw(moments(5))
    kinds = st.sampled_from(["restart", "end", "wrong code", "news"])
    if about == "answers":
        when = [*when, ASKED]
    things = TELLERS[about](draw(st.lists(kinds, min_size=len(when), max_size=len(when))))
    edges = [edge - 3 for edge in draw(moments(4))]
    blind = tuple(zip(edges[::2], edges[1::2], strict=False))
    split = draw(st.integers(0, len(blind)))
    outages, late = (blind[:split], blind[split:])[:: draw(st.sampled_from([1, -1]))]
    lags = tuple((start, end) for start, end in late if end - start > UNNOTICED)
    opened = draw(st.sampled_from([0.0, -0.5]))
    changes = tuple(zip(when, things, strict=False))  # a life may end before the moments do
    return Truth(changes, outages, lags, opened), about


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
        if verdict.ruling is Ruling.OPEN and not verdict.ask:  # no silence answers a question
            assert verdict.due is not None
            assert verdict.due > history.end
            silence = replace(history, end=verdict.due)
            assert law.judge(silence).due != verdict.due
