"""Histories written by hand: a node's death and a hang, as a small cluster shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chaos.clock import ManualClock, Seconds, seconds
from chaos.history.facts import (
    Answered,
    Container,
    Endpoints,
    Entry,
    Event,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Node,
    Observed,
    Pod,
    Termination,
)
from chaos.history.journal import replay
from chaos.judging.judgement import Judgement, judge
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling, Verdict
from chaos.laws.nodes import goes_unready
from chaos.laws.replacement import never_replaced, replaced
from chaos.laws.restart import never_restarted, restarted
from chaos.report.record import ScenarioRecord, sentence_of
from chaos.report.store import judgement_record
from chaos.testing import having
from chaos.windows import hang, within
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload
from chaos.workloads.containers import Probe

A, B = NodeName("node-1"), NodeName("node-2")


def at(moment: float) -> Seconds:
    return seconds(moment)


def container(**changes: object) -> Container:
    whole = Container("app", id="containerd://aa11", started_at="2026-11-23T09:00:00Z")
    return replace(whole, **changes)  # type: ignore[arg-type]


def pod(name: str, node: NodeName | None = A, **changes: object) -> Pod:
    whole = Pod(
        Uid(f"uid-{name}"),
        name,
        name.split("-", maxsplit=1)[0],
        node,
        ready=True,
        containers=(container(),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def workload(name: str, kind: str, pod_name: str, **changes: object) -> Workload:
    stand = Stand(Uid(f"uid-{pod_name}"), pod_name, A, "default")
    return having(Workload(name, kind, Uid(f"own-{name}"), (stand,)), **changes)


WEB = workload("web", "Deployment", "web-6d4cf-x2x8k")
LONER = workload("loner", "Pod", "loner")
APP = workload(
    "app",
    "Deployment",
    "app-7f9c-qqzzw",
    liveness=Probe(period=seconds(2), failures=2, grace=seconds(2)),
)


def node_death() -> tuple[Entry, ...]:
    """A Deployment's pod is replaced on the other node, a bare pod is not."""
    web, fresh = pod("web-6d4cf-x2x8k"), pod("web-6d4cf-mm7pt", B)
    starting = replace(fresh, ready=False, phase="Pending", containers=())
    loner = pod("loner")
    return (
        Observed(at(0.1), Node(A, "True")),
        Observed(at(0.1), Node(B, "True")),
        Observed(at(1.0), replace(web, ready=False, containers=(container(state="waiting"),))),
        Observed(at(2.4), web),
        Observed(at(2.6), loner),
        Answered(at(3.0), web.uid, "web", 200),
        Injecting(at(4.0), "NodeDeath(node='node-1')", 1),
        Injected(at(4.2), "NodeDeath(node='node-1')", 1),
        Answered(at(5.2), web.uid, "web", None),
        Observed(at(12.9), Node(A, "Unknown", "NodeStatusUnknown")),
        Observed(at(12.9), replace(web, ready=False)),
        Observed(at(13.0), replace(loner, ready=False)),
        Observed(at(14.0), Event(Uid("ev-1"), web.uid, "NodeNotReady", "Node is not ready")),
        Observed(at(17.6), replace(web, ready=False, deleting=True)),
        Observed(at(17.7), replace(loner, ready=False, deleting=True)),
        Observed(at(17.8), replace(starting, node=None)),
        Observed(at(17.9), starting),
        Observed(at(18.0), Event(Uid("ev-2"), fresh.uid, "Scheduled", "assigned to node-2")),
        Observed(at(19.1), fresh),
        Answered(at(20.0), fresh.uid, "web", 200),
        Healing(at(40.4), "NodeDeath(node='node-1')", 1),
        Healed(at(42.5), "NodeDeath(node='node-1')", 1),
        Observed(at(44.0), Node(A, "True")),
        Observed(at(44.3), web, gone=True),
        Observed(at(44.5), loner, gone=True),
    )


NODE_LAWS = (
    replaced(WEB, away_from=A, within=within(at(30))),
    never_replaced(LONER, through=at(35)),
    goes_unready(A, within=within(at(20))),
)


def hang_and_restart(*, back: float = 10.4) -> tuple[Entry, ...]:
    """A hung app is restarted where it stands, after `back` seconds."""
    app = pod("app-7f9c-qqzzw")
    killed = Termination("containerd://aa11", 137, "Error", "2026-11-23T09:00:12Z")
    fresh = container(id="containerd://bb22", restarts=1, last=killed)
    return (
        Observed(at(0.1), Node(A, "True")),
        Observed(at(0.1), pod("loner")),
        Observed(at(0.2), app),
        Observed(at(0.2), Endpoints("app-1", "app", (app.uid,))),
        Answered(at(1.0), app.uid, "app", 200, {"hung": False, "held": 12.0}),
        Injecting(at(2.0), "Hang(pod='app-7f9c-qqzzw')", 1),
        Injected(at(2.1), "Hang(pod='app-7f9c-qqzzw')", 1),
        Answered(at(2.6), app.uid, "app", None, {"hung": True, "held": 12.0}),
        Observed(at(5.3), Event(Uid("ev-3"), app.uid, "Unhealthy", "Liveness probe failed", 2)),
        Observed(at(5.4), Event(Uid("ev-4"), app.uid, "Killing", "failed liveness probe")),
        Gap(at(6.0), at(6.8), "connection reset"),
        Observed(at(back), replace(app, ready=False, containers=(fresh,))),
        Observed(at(back + 1), replace(app, containers=(fresh,))),
        Answered(at(back + 1.5), app.uid, "app", 200, {"hung": False, "held": 11.5}),
        Healing(at(back + 7.5), "Hang(pod='app-7f9c-qqzzw')", 1),
        Healed(at(back + 8), "Hang(pod='app-7f9c-qqzzw')", 1),
    )


HANG_LAWS = (
    restarted(APP, within=hang(APP)),
    never_restarted(LONER, through=at(12)),
)


def judged(entries: Iterable[Entry], laws: Iterable[Law], *, end: float, fault: str) -> Judgement:
    history = replay(entries, ManualClock(), frontier=at(end)).since(1)
    return Judgement(fault, 1, at(end), tuple((law, judge(law, history)) for law in laws))


def node_judgement() -> Judgement:
    return judged(node_death(), NODE_LAWS, end=40.4, fault="NodeDeath(node='node-1')")


def hang_judgement(*, back: float = 10.4) -> Judgement:
    entries = hang_and_restart(back=back)
    return judged(entries, HANG_LAWS, end=back + 7, fault="Hang(pod='app-7f9c-qqzzw')")


def no_trace() -> Judgement:
    """The proof of a fault that did nothing."""
    unseen = Verdict(Ruling.BROKEN, "not seen in 5 s", window=within(seconds(5)))
    fault = "Hang(pod='app-7f9c-qqzzw')"
    return Judgement(fault, 1, at(17), ((HANG_LAWS[0], unseen),), proof=True)


def record(name: str, outcome: str, *judgements: Judgement, message: str = "") -> ScenarioRecord:
    return ScenarioRecord(
        scenario=f"scenarios/test_faults.py::{name}",
        sentence=sentence_of(None, name),
        outcome=outcome,  # type: ignore[arg-type]
        message=message,
        judgements=tuple(judgement_record(judgement) for judgement in judgements),
        started="2026-11-23T09:00:00+00:00",
        seconds=41.2,
        repeat=f"pytest -m chaos 'scenarios/test_faults.py::{name}'",
    )
