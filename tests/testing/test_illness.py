"""What probes make of each illness: as a kubelet of v1.37.2 was seen to, row by row."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from fakes import chaos, clock, cluster

from chaos.clock import seconds
from chaos.errors import CannotRehearse, ChaosError
from chaos.faults import (
    Answering,
    Deadlock,
    FailingCheck,
    FailingHealth,
    GrpcHealth,
    Hang,
    Refusing,
)
from chaos.faults.answering import Manner
from chaos.faults.grpc import Status
from chaos.ports.fault import Fault
from chaos.testing import FakeCluster, app_of, having, pod
from chaos.testing.illness import Heard, Illness
from chaos.windows.sight import unseen
from chaos.workloads import bare_pod, exec_, http, tcp
from chaos.workloads.admitted import Stand
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec, Grpc, HttpGet, TcpSocket

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

HTTP = Probe(asks=HttpGet("/health", 8080))
QUERY = Probe(asks=HttpGet("health?all=1", 8080))
TCP = Probe(asks=TcpSocket(8080))
CHECK = Probe(asks=Exec(("patient-check",)))
RETRYING = Probe(asks=Exec(("patient-check", "--retries", "60")))
CAT = Probe(asks=Exec(("cat", "/x")))
GRPC = Probe(asks=Grpc(8082))


def to(path: str) -> dict[str, Any]:
    return {"manner": "redirect", "location": path}


@pytest.mark.parametrize(
    ("order", "settings", "probe", "heard"),
    [
        ("health", {"status": 204}, HTTP, "well"),
        ("health", {"status": 304}, HTTP, "well"),
        ("health", {"status": 399}, HTTP, "well"),
        ("health", {"status": 400}, HTTP, "failing"),
        ("health", {"status": 503}, HTTP, "failing"),
        ("health", {"status": 503}, QUERY, "failing"),
        ("health", {"status": 503, "path": "/ready"}, HTTP, "well"),
        ("health", {"status": 503, "path": "/ready"}, QUERY, "well"),
        ("health", {"status": 503}, TCP, "well"),
        ("health", {"delay_seconds": 0.9}, HTTP, "well"),
        ("health", {"delay_seconds": 1.5}, HTTP, "silence"),
        ("health", {"manner": "redirect"}, HTTP, "failing"),
        ("health", to("/ready"), HTTP, "well"),
        ("health", to("/health?all=1"), HTTP, "failing"),
        ("health", to("http://elsewhere.invalid/"), HTTP, "well"),
        ("health", {"manner": "reset"}, HTTP, "failing"),
        ("health", {"manner": "silent"}, HTTP, "silence"),
        ("health", {"manner": "headers_only"}, HTTP, "well"),
        ("demand_password", {}, HTTP, "failing"),
        ("demand_password", {"path": "/"}, HTTP, "well"),
        ("deadlock", {}, HTTP, "failing"),
        ("deadlock", {}, Probe(asks=HttpGet("/", 8080)), "well"),
        ("refuse", {}, HTTP, "failing"),
        ("refuse", {}, TCP, "failing"),
        ("refuse", {}, CHECK, "well"),
        ("hang", {}, HTTP, "silence"),
        ("hang", {"accepts": False}, TCP, "well"),
        ("hang", {}, CHECK, "well"),
        ("hang", {}, GRPC, "silence"),
        ("exec_says", {"code": 3}, CHECK, "failing"),
        ("exec_says", {"code": 3}, CAT, "well"),
        ("exec_says", {"code": 3}, RETRYING, "silence"),
        ("exec_says", {"code": 0}, RETRYING, "well"),
        ("exec_says", {"code": 0}, CHECK, "well"),
        ("exec_says", {"delay_seconds": 3}, CHECK, "silence"),
        ("grpc_says", {"status": "serving"}, GRPC, "well"),
        ("grpc_says", {"status": "not_serving"}, GRPC, "failing"),
        ("grpc_says", {"status": "silent"}, GRPC, "silence"),
    ],
)
def test_a_probe_hears_an_illness(
    order: str, settings: dict[str, Any], probe: Probe, heard: Heard
) -> None:
    ill = Illness()

    ill.take(order, settings, seconds(0))

    assert ill.heard_by(probe, "/health") == heard


WEB = app_of(pod("web-1"))
ROOT = Probe(asks=HttpGet("/", 8080))
SEEN = [
    *(Answering(WEB, status=status) for status in (200, 204, 304, 404, 500)),
    *(Answering(WEB, manner=manner) for manner in get_args(Manner)),
    *(Answering(WEB, manner=manner, delay=3) for manner in get_args(Manner)),
    *(Answering(WEB, status=status, delay=0.5) for status in (200, 503)),
    Answering(WEB, manner="redirect", location="http://elsewhere.invalid/"),
    *(FailingCheck(WEB, code=code, delay=delay) for code in (0, 3) for delay in (0, 0.5, 3)),
    *(GrpcHealth(WEB, status) for status in get_args(Status)),
    *(FailingHealth(WEB), FailingHealth(WEB, path="/"), Deadlock(WEB), Hang(WEB), Refusing(WEB)),
]


class Ill(Illness):
    """A patient that is told by a fault."""

    def tell(self, _pod: Stand, order: str, **settings: Any) -> None:
        self.take(order, settings, seconds(0))


@pytest.mark.parametrize("probe", [HTTP, QUERY, ROOT, TCP, CHECK, CAT, GRPC], ids=str)
@pytest.mark.parametrize("fault", SEEN, ids=str)
def test_a_probe_hears_of_a_fault_what_its_look_promises(fault: Fault, probe: Probe) -> None:
    """What chooses the windows and what the fake does are written apart, and agree."""
    ill = Ill()
    fault.inject(ill)  # type: ignore[arg-type]

    blind = unseen(having(WEB, liveness=probe), "liveness", fault.effect)

    assert (ill.heard_by(probe, "/health") == "well") == bool(blind)


def test_a_redirect_that_goes_in_circles_fails() -> None:
    ill = Illness()
    ill.take("health", to("/ready"), seconds(0))
    ill.take("health", {"path": "/ready", **to("/health")}, seconds(0))

    assert ill.heard_by(HTTP, "/health") == "failing"


def test_a_redirect_to_an_ill_path_fails() -> None:
    ill = Illness()
    ill.take("health", to("/ready"), seconds(0))
    ill.take("health", {"path": "/ready", "status": 500}, seconds(0))

    assert ill.heard_by(HTTP, "/health") == "failing"


def restarts_after(cluster: FakeCluster, name: str, span: float) -> int:
    end = seconds(cluster.clock.now() + span)
    cluster.clock.wait(cluster.journal.news, until=end, unless=lambda: False)
    (pod,) = cluster.journal.standing().pods(name)
    return pod.containers[0].restarts


def test_a_tcp_probe_does_not_notice_what_an_http_probe_does(cluster: FakeCluster) -> None:
    web, blind = cluster.run(bare_pod("web", liveness=http()), bare_pod("blind", liveness=tcp()))
    for app in (web, blind):
        cluster.tell(app.pod, "hang", accepts=False)

    (answer,) = cluster.ask(blind.pod)
    assert answer.status is None
    assert answer.report is not None
    assert (answer.report["hung"], answer.report["accepts"]) == (True, False)
    assert [restarts_after(cluster, name, 8) for name in ("web", "blind")] == [1, 0]


def test_a_hang_for_later_is_noticed_later(cluster: FakeCluster) -> None:
    web = cluster.run(bare_pod("web", liveness=http()))
    cluster.tell(web.pod, "hang", after_seconds=20)

    (answer,) = cluster.ask(web.pod)
    assert (answer.status, answer.report and answer.report["hung"]) == (200, False)
    assert restarts_after(cluster, "web", 19) == 0
    assert restarts_after(cluster, "web", 8) == 1


def test_a_check_fails_and_the_container_is_restarted(cluster: FakeCluster) -> None:
    web = cluster.run(bare_pod("web", liveness=exec_("patient-check")))
    cluster.tell(web.pod, "exec_says", code=1)

    assert restarts_after(cluster, "web", 5) == 1


@pytest.mark.parametrize(("watched", "restarts"), [(True, 1), (False, 0)])
def test_a_dead_child_is_noticed_if_it_is_watched(
    cluster: FakeCluster, *, watched: bool, restarts: int
) -> None:
    orders = ({"do": "child", "watched": watched},)
    web = cluster.run(bare_pod("web", liveness=http(), orders=orders))
    cluster.tell(web.pod, "kill_child")

    (answer,) = cluster.ask(web.pod)
    assert answer.report is not None
    assert answer.report["child"] == "dead"
    assert restarts_after(cluster, "web", 5) == restarts


def test_who_has_no_child_cannot_lose_it(cluster: FakeCluster) -> None:
    web = cluster.run(bare_pod("web"))

    with pytest.raises(ChaosError, match="no child"):
        cluster.tell(web.pod, "kill_child")


def test_a_crash_of_a_signal_has_its_exit_code(cluster: FakeCluster) -> None:
    web = cluster.run(bare_pod("web"))
    cluster.tell(web.pod, "crash", signal=9)

    assert restarts_after(cluster, "web", 3) == 1
    (pod,) = cluster.journal.standing().pods("web")
    assert pod.containers[0].last is not None
    assert pod.containers[0].last.exit_code == 137


def test_a_patient_counts_what_its_liveness_probe_asks_once_a_period(cluster: FakeCluster) -> None:
    web = cluster.run(bare_pod("web", liveness=http("/health", every=seconds(2))))
    (before,) = cluster.ask(web.pod)
    cluster.clock.wait(cluster.journal.news, until=seconds(9), unless=lambda: False)
    (after,) = cluster.ask(web.pod)

    assert before.report is not None
    assert after.report is not None
    assert (before.report["requests_/health"], after.report["requests_/health"]) == (0, 4)
    assert after.report["since"] == 9


def test_what_later_starts_are_told_and_who_asks_whom_cannot_be_rehearsed(
    cluster: FakeCluster,
) -> None:
    lasting = {"do": "lasting", "folder": "/keep"}
    web = cluster.run(bare_pod("web", orders=(lasting,)))

    with pytest.raises(CannotRehearse, match="starts are all alike"):
        cluster.tell(web.pod, "lasting", folder="/keep", orders='[{"do": "refuse"}]')
    with pytest.raises(CannotRehearse, match="do not ask each other"):
        cluster.tell(web.pod, "depends_on", url="http://10.0.0.1/")
