"""The port that faults act through, against an API server that answers by path."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chaos.clock import ManualClock, Seconds, seconds
from chaos.cluster import Machine
from chaos.entry import Answered, Container, Endpoints, Event, Node, Observed, Pod, Stand, Thing
from chaos.errors import BadManifest, ChaosError, NoSuchTarget, NotSteady
from chaos.history import Journal
from chaos.kube.client import Client
from chaos.kube.cluster import KubeCluster, collection
from chaos.source import Json, Lost, Refused
from chaos.windows import Timers
from chaos.workloads import Spec, bare_pod, daemon_set, deployment, job

STAND = Stand("u1", "web-1", "worker1", "ns")  # type: ignore[arg-type]
GONE = Refused(404, "NotFound", 'pods "web-1" not found')
PROBE = {"periodSeconds": 1, "failureThreshold": 2}
ADMITTED: Json = {
    "containers": [{"name": "app", "livenessProbe": PROBE}],
    "terminationGracePeriodSeconds": 1,
    "restartPolicy": "Always",
    "tolerations": [{"key": "node.kubernetes.io/unreachable", "tolerationSeconds": 2}],
}


class Api:
    """Takes what it is sent, and answers what it was told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self.says: dict[str, Any] = {}

    def _answer(self, verb: str, path: str, body: Any = None) -> Any:
        self.sent.append((verb, path, body))
        answer = self.says.get(f"{verb} {path}", self.says.get(verb, {}))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get(self, path: str) -> Any:
        return self._answer("get", path)

    def create(self, path: str, body: Json) -> Any:
        return self._answer("create", path, body)

    def apply(self, path: str, body: Json) -> Any:
        return self._answer("apply", path, body)

    def delete(self, path: str, *, grace: int | None = None) -> None:
        self._answer("delete", path, grace)

    def proxy(
        self, pod: str, method: str, path: str, body: Any = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        del within
        answer: tuple[int, bytes] = self._answer(f"{method} {pod}{path}", "", body)
        return answer


class Ground:
    image = "localhost/chaos/patient:1"
    pull_policy = "Never"
    timers = Timers(lease=8, monitor_period=1, monitor_grace=8, eviction_rate=1)

    def machine(self, node: str) -> Machine:
        raise KeyError(node)


class Scene:
    """A cluster port with everything around it made of paper."""

    def __init__(self) -> None:
        self.api, self.clock = Api(), ManualClock()
        self.journal = Journal(self.clock)
        client = cast(Client, self.api)
        self.cluster = KubeCluster(client, Ground(), self.journal, namespace="ns")
        self.api.says["apply"] = {"metadata": {"uid": "w"}}
        self.api.says["get"] = {"spec": ADMITTED}

    def sees(self, thing: Thing, *, at: float = 1) -> None:
        write = self.journal.write
        self.clock.at(seconds(at), lambda: write(Observed(self.clock.now(), thing)))


def pod(name: str = "web-1", *, of: str = "web", ready: bool = True, **more: Any) -> Pod:
    return Pod(f"u-{name}", name, of, "worker1", ready=ready, namespace="ns", **more)  # type: ignore[arg-type]


def test_run_returns_when_its_pods_are_ready() -> None:
    scene = Scene()
    scene.sees(pod(ready=False), at=1)
    scene.sees(pod(), at=3)
    web = scene.cluster.run(deployment("web"))
    assert scene.clock.now() == 3.0
    assert (web.name, web.kind, web.uid) == ("web", "Deployment", "w")
    assert web.pod == Stand("u-web-1", "web-1", "worker1", "ns")  # type: ignore[arg-type]
    assert web.liveness is not None
    assert (web.liveness.period, web.liveness.failures, web.readiness) == (1, 2, None)
    assert (web.grace, web.tolerance, web.restart_policy) == (1, 2, "Always")
    assert scene.cluster.ran == (web,)
    assert [(verb, path) for verb, path, _ in scene.api.sent] == [
        ("apply", "/apis/apps/v1/namespaces/ns/deployments/web"),
        ("get", "/api/v1/namespaces/ns/pods/web-1"),
    ]
    (container,) = scene.api.sent[0][2]["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["imagePullPolicy"]) == (Ground.image, "Never")


def test_several_are_run_at_once() -> None:
    scene = Scene()
    scene.sees(pod(), at=2)
    scene.sees(pod("once", of="once"), at=1)
    web, once = scene.cluster.run(deployment("web"), bare_pod("once", image="mine:1"))
    assert (web.name, once.name, scene.clock.now()) == ("web", "once", 2.0)
    assert scene.api.sent[1][2]["spec"]["containers"][0]["image"] == "mine:1"


def test_a_service_is_waited_for_too() -> None:
    scene = Scene()
    scene.sees(pod(), at=1)
    scene.sees(Endpoints("web-x", "web", ("u-web-1",)), at=2)  # type: ignore[arg-type]
    scene.cluster.run(deployment("web", service=True))
    assert scene.clock.now() == 2.0
    assert scene.api.sent[0][1] == "/api/v1/namespaces/ns/services/web"


def test_a_daemon_set_wants_every_free_node() -> None:
    scene = Scene()
    for name, taints in (("worker1", ()), ("worker2", ()), ("cp", ("control-plane:NoSchedule",))):
        scene.sees(Node(name, "True", taints=taints), at=0)  # type: ignore[arg-type]
    scene.sees(pod("a1", of="agent"), at=1)
    scene.sees(pod("a2", of="agent"), at=2)
    assert len(scene.cluster.run(daemon_set("agent")).stands) == 2
    scene.sees(pod("b1", of="one"), at=3)
    assert len(scene.cluster.run(daemon_set("one", on="worker2")).stands) == 1


def test_a_job_that_has_ended_has_run_and_none_wanted_is_none_waited_for() -> None:
    scene = Scene()
    scene.sees(pod("j1", of="once", ready=False, phase="Succeeded"))
    assert scene.cluster.run(job("once")).kind == "Job"
    idle = scene.cluster.run(deployment("idle", replicas=0))
    assert (idle.stands, idle.grace) == ((), 1)


def event(about: str, reason: str, message: str) -> Event:
    return Event(f"e-{reason}", about, reason, message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([], "1 of 1 pods do not exist"),
        (
            [event("rs", "FailedCreate", 'pods "web-1" is forbidden: quota')],
            'do not exist\n  pods "web-1" is forbidden: quota',
        ),
        ([pod(ready=False, phase="Pending")], "web-1: Pending, not ready"),
        (
            [pod(ready=False), event("u-web-1", "FailedScheduling", "2 Insufficient memory.")],
            "web-1: FailedScheduling: 2 Insufficient memory. (make room on a node",
        ),
        (
            [
                pod(
                    ready=False,
                    containers=(
                        Container("app", state="waiting", reason="ErrImagePull", message="nope:1"),
                    ),
                )
            ],
            "web-1: ErrImagePull: nope:1 (put the image on the nodes",
        ),
    ],
)
def test_what_does_not_become_ready_says_why(seen: list[Thing], told: str) -> None:
    scene = Scene()
    for thing in seen:
        scene.sees(thing)
    with pytest.raises(NotSteady) as error:
        scene.cluster.run(deployment("web"), within=seconds(9))
    assert told in str(error.value)
    assert "kubectl -n ns describe pods -l pytest-chaos/workload=web" in str(error.value)
    assert scene.clock.now() == 9.0
    assert scene.cluster.ran == ()


def test_an_image_that_can_never_come_is_not_waited_for() -> None:
    scene = Scene()
    container = Container("app", state="waiting", reason="ErrImageNeverPull", message="image x")
    scene.sees(pod(ready=False, containers=(container,)))
    with pytest.raises(NotSteady, match="ErrImageNeverPull: image x"):
        scene.cluster.run(deployment("web"))
    assert scene.clock.now() == 1.0


def test_a_service_without_traffic_is_named() -> None:
    scene = Scene()
    scene.sees(pod())
    with pytest.raises(NotSteady, match="its service sends no traffic to web-1"):
        scene.cluster.run(deployment("web", service=True), within=seconds(5))


def test_a_refused_manifest_names_its_line() -> None:
    scene = Scene()
    scene.api.says["apply"] = BadManifest('unknown field "spec.replica"')
    spec = deployment("web")
    with pytest.raises(BadManifest, match=r"^unknown field"):
        scene.cluster.run(spec)
    lines = {"spec": 3, "spec.replica": 4}
    written = Spec("web", "Deployment", spec.manifest, origin="web.yaml:1", lines=lines)
    with pytest.raises(BadManifest, match=r"^web.yaml:4: unknown field"):
        scene.cluster.run(written)


ORDERS, REPORT, MAIN = (
    "POST ns/web-1:8081/orders ",
    "GET ns/web-1:8081/report ",
    "GET ns/web-1:8080/ ",
)


def test_an_order_goes_to_the_desk() -> None:
    scene = Scene()
    scene.api.says[ORDERS] = (200, b"{}")
    scene.cluster.tell(STAND, "crash", code=3)
    assert scene.api.sent == [(ORDERS.strip(), "", {"do": "crash", "code": 3})]


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (GONE, NoSuchTarget, "there is no pod web-1"),
        (Refused(503, "", "connection refused"), ChaosError, "could not be told to hang: 503"),
        (Lost("silence"), ChaosError, "could not be told to hang: silence"),
        ((400, b"no such order\n"), ChaosError, "did not take the order .*: 400 no such order"),
    ],
)
def test_an_order_that_was_not_taken(answer: Any, error: type[ChaosError], told: str) -> None:
    scene = Scene()
    scene.api.says[ORDERS] = answer
    with pytest.raises(error, match=told):
        scene.cluster.tell(STAND, "hang")


def test_another_pod_of_the_same_name_is_not_the_target() -> None:
    scene = Scene()
    scene.journal.write(Observed(seconds(0), pod("web-1")))
    with pytest.raises(NoSuchTarget, match="another has its name"):
        scene.cluster.tell(STAND, "hang")
    assert not scene.api.sent


@pytest.mark.parametrize("answer", [(200, b"{}"), GONE, Refused(503, "", "connection refused")])
def test_soothing_what_is_well_or_gone_is_no_trouble(answer: Any) -> None:
    scene = Scene()
    scene.api.says[ORDERS] = answer
    scene.cluster.soothe(STAND)


def test_soothing_a_pod_of_a_dead_node_is_no_trouble_and_a_silent_one_is() -> None:
    scene = Scene()
    scene.api.says[ORDERS] = Lost("silence")
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    scene.api.says["get"] = {"metadata": {"uid": "u1"}}
    scene.cluster.soothe(STAND)
    scene.api.says["get"] = GONE
    scene.cluster.soothe(STAND)
    scene.api.says["get"] = {"metadata": {"uid": "u1"}, "status": ready}
    with pytest.raises(ChaosError, match="could not be told to heal: silence"):
        scene.cluster.soothe(STAND)
    scene.api.says["get"] = Refused(500, "", "etcd is away")
    with pytest.raises(Refused, match="etcd is away"):
        scene.cluster.soothe(STAND)


def test_an_answer_is_written_down_with_the_plain_values_of_its_report() -> None:
    scene = Scene()
    scene.api.says[MAIN] = (200, b"ok")
    scene.api.says[REPORT] = (
        200,
        b'{"hung": false, "rss_mib": 12.5, "x": {"y": 1}, "z": null, "l": [1]}',
    )
    (answer,) = scene.cluster.ask(STAND)
    report: dict[str, bool | float | str] = {"hung": False, "rss_mib": 12.5, "x_y": 1}
    assert answer == Answered(seconds(0), STAND.uid, "web-1", 200, report)
    assert scene.journal.log.entries == [answer]


@pytest.mark.parametrize("silence", [Lost("silence"), GONE])
def test_silence_on_a_port_is_no_status_and_no_report(silence: Exception) -> None:
    scene = Scene()
    scene.api.says[MAIN] = silence
    scene.api.says[REPORT] = (200, b'{"hung": true}')
    (answer,) = scene.cluster.ask(STAND)
    assert (answer.status, answer.report) == (None, {"hung": True})
    scene.api.says[REPORT] = silence
    assert scene.cluster.ask(STAND)[0].report is None
    scene.api.says[REPORT] = (200, b"[1]")
    assert scene.cluster.ask(STAND)[0].report is None


def test_an_answer_belongs_to_the_workload_that_was_run() -> None:
    scene = Scene()
    scene.sees(pod())
    web = scene.cluster.run(deployment("web"))
    scene.api.says[MAIN] = scene.api.says[REPORT] = Lost("silence")
    assert scene.cluster.ask(web.pod)[0].workload == "web"


def test_a_node_that_is_not_there() -> None:
    scene = Scene()
    items = [{"metadata": {"name": n}} for n in ("worker2", "worker1")]
    scene.api.says["get"] = {"items": items}
    with pytest.raises(NoSuchTarget, match="no node nix; there are: worker1, worker2"):
        scene.cluster.machine("nix")


def test_a_namespace_of_its_own_comes_and_goes() -> None:
    scene = Scene()
    accounts = Refused(409, "AlreadyExists", "there is one")
    client, made = cast(Client, scene.api), scene.api.sent
    cluster = KubeCluster.in_new_namespace(client, Ground(), scene.journal, owner="run-1")
    assert made[0][2]["metadata"]["labels"] == {"pytest-chaos/owner": "run-1"}
    path = f"/api/v1/namespaces/{cluster.namespace}"
    assert made[1][:2] == ("create", f"{path}/serviceaccounts")
    cluster.leave()
    assert made[2:] == [("delete", path, None), ("delete", f"{path}/pods", 0)]
    scene.api.says["create"] = accounts
    with pytest.raises(Refused):
        KubeCluster.in_new_namespace(client, Ground(), scene.journal)


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("v1", "Pod", "/api/v1/namespaces/ns/pods"),
        ("networking.k8s.io/v1", "Ingress", "/apis/networking.k8s.io/v1/namespaces/ns/ingresses"),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "/apis/networking.k8s.io/v1/namespaces/ns/networkpolicies",
        ),
    ],
)
def test_where_a_kind_is(version: str, kind: str, path: str) -> None:
    assert collection({"apiVersion": version, "kind": kind}, "ns") == path
