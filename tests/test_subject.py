from __future__ import annotations

import pytest

from chaos import History, Law, Ruling, Verdict, seconds
from chaos.errors import ChaosError
from chaos.history.looked import ProgramName
from chaos.judging.law import law
from chaos.judging.subject import Controller, Lost, Newcomer
from chaos.laws import evicted, go_unready, stop_answering
from chaos.testing import app_of, at, having, node, pod, story
from chaos.windows import within
from chaos.workloads.admitted import Apps, NodeName, Workload

WEB, DB = pod("web-1"), pod("db-1", node="worker2")
APP = app_of(WEB)
EMPTY = having(APP, stands=())
TEN = within(seconds(10))


def holds(history: History) -> Verdict:
    return Verdict(Ruling.HOLDS, f"it holds at {history.end:g}")


@law
def of_pods(aftermath: History, workload: Workload) -> Verdict:
    """About the pods that stood."""
    return holds(aftermath)


@law
def of_apps(aftermath: History, apps: Apps) -> Verdict:
    """About the pods of several."""
    return holds(aftermath)


@law
def of_lost(aftermath: History, workload: Lost) -> Verdict:
    """About pods that may be gone."""
    return holds(aftermath)


@law
def of_controller(aftermath: History, workload: Controller) -> Verdict:
    """About who makes pods."""
    return holds(aftermath)


@law
def of_node(aftermath: History, node: NodeName | str) -> Verdict:
    """About a node."""
    return holds(aftermath)


@law
def of_newcomer(aftermath: History, node: Newcomer) -> Verdict:
    """About a node that is to come."""
    return holds(aftermath)


@law
def of_both(aftermath: History, workload: Workload, on: NodeName | str = "") -> Verdict:
    """About the pods on a node."""
    return holds(aftermath)


@law
def of_programs(aftermath: History, programs: tuple[ProgramName | str, ...]) -> Verdict:
    """About programs."""
    return holds(aftermath)


@law
def unannotated(aftermath, app, words=()):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """About an app, and words that are no subject."""
    return holds(aftermath)


NOBODY = "web had no pods"


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        pytest.param(of_pods(APP), NOBODY, id="pods"),
        pytest.param(of_apps((APP, app_of(DB))), NOBODY, id="one-of-several"),
        pytest.param(unannotated(APP), NOBODY, id="however-it-is-annotated"),
        pytest.param(of_lost(EMPTY), NOBODY, id="nobody-to-be-lost"),
        pytest.param(of_both(app_of(DB), "worker1"), "db had no pod on worker1", id="not-there"),
        pytest.param(of_node("worker7"), "no node worker7 was ever seen", id="no-such-node"),
        pytest.param(of_apps(()), "apps names nobody", id="no-apps"),
        pytest.param(of_programs(()), "programs names nobody", id="no-programs"),
        pytest.param(go_unready((), within=TEN), "nodes names nobody", id="no-nodes"),
        pytest.param(stop_answering(()), "apps names nobody", id="a-law-of-ours"),
        pytest.param(evicted(app_of(DB), on="worker3"), "db had no pod on worker3", id="of-ours"),
    ],
)
def test_of_nobody_nothing_holds_and_nobody_is_accused(stated: Law, why: str) -> None:
    verdict = stated.judge(story(stood=[DB], end=20))

    assert (verdict.ruling, verdict.because) == (Ruling.UNKNOWN, why)


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param(of_pods(app_of(DB)), id="pods"),
        pytest.param(of_lost(APP), id="a-pod-that-is-gone-by-now"),
        pytest.param(of_lost(having(app_of(DB), stands=())), id="a-pod-that-has-come-since"),
        pytest.param(of_controller(EMPTY), id="a-controller-of-none"),
        pytest.param(of_both(app_of(DB)), id="on-any-node"),
        pytest.param(of_both(app_of(DB), "worker2"), id="on-its-node"),
        pytest.param(of_node("worker1"), id="a-node"),
        pytest.param(of_newcomer("worker7"), id="a-node-that-is-to-come"),
        pytest.param(of_programs(("etcd",)), id="programs"),
        pytest.param(unannotated(app_of(DB), words=()), id="words-may-be-none"),
    ],
)
def test_who_is_there_is_ruled_on(stated: Law) -> None:
    history = story(stood=[DB, node("worker1")], end=20)

    assert stated.judge(history).because == "it holds at 20"


def test_a_node_is_known_by_what_was_ever_seen_of_it() -> None:
    law_of_it = of_node("worker1")
    seen, end = at(3, node("worker1", ready="Unknown")), 20

    assert law_of_it.judge(story(seen, end=end)).ruling is Ruling.HOLDS
    assert law_of_it.judge(story(at(3, node("worker2")), end=end)).ruling is Ruling.UNKNOWN
    assert of_controller(APP).judge(story(end=end)).ruling is Ruling.HOLDS


def test_a_node_that_is_not_seen_yet_may_come() -> None:
    """Only what would be the last word is taken back."""
    law_of_it = go_unready(("worker1",), within=TEN)

    assert law_of_it.judge(story(end=5)).ruling is Ruling.OPEN
    late = law_of_it.judge(story(end=20))
    assert (late.ruling, late.because) == (Ruling.UNKNOWN, "no node worker1 was ever seen")
    assert late.window == TEN


def test_a_law_that_refuses_to_rule_has_said_nothing() -> None:
    @law
    def careful(aftermath: History) -> Verdict:
        """It wants to know more."""
        raise ChaosError(f"nothing is known at {aftermath.end:g}")

    verdict = careful().judge(story(end=9))

    assert (verdict.ruling, verdict.because) == (Ruling.UNKNOWN, "nothing is known at 9")


def test_it_is_asked_again_with_news_of_its_names_and_of_its_pods() -> None:
    both = of_both(APP, "worker1")

    assert both.subject.names == {"web", "worker1"}
    assert both.subject.uids == {WEB.uid}
    assert of_lost(APP).subject.uids == {WEB.uid}
    assert of_controller(APP).subject.names == {"web"}
    assert of_newcomer("worker7").subject.names == {"worker7"}
    assert of_programs(("etcd", "worker1/kubelet")).subject.names == {"etcd", "worker1/kubelet"}
