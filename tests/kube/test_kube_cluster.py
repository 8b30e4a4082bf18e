"""The port that faults act through, against an API server that answers by path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from chaos.clock import ManualClock, Seconds, seconds
from chaos.errors import BadManifest, ChaosError, NoSuchTarget, NotSteady
from chaos.history.facts import Answered, Container, Endpoints, Event, Node, Observed, Pod, Thing
from chaos.history.journal import Journal
from chaos.history.looked import Checked, Found
from chaos.images.own import PATIENT
from chaos.kube.client import Client
from chaos.kube.cluster import KubeCluster
from chaos.kube.patients import SOOTHE_WITHIN
from chaos.kube.site import Site
from chaos.ports.capability import ALL
from chaos.ports.cluster import Machine, OneWay, Peer, Program, RunningContainer
from chaos.ports.fault import TERM
from chaos.ports.provider import Archive
from chaos.recording.ports import Lost, Refused
from chaos.testing import container
from chaos.values import Json
from chaos.workloads import Spec, bare_pod, daemon_set, deployment, job, static_pod
from chaos.workloads.admitted import Stand, Uid, Workload

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

    def apply(self, path: str, body: Json, *, trial: bool = False) -> Any:
        return self._answer("try" if trial else "apply", path, body)

    def patch(self, path: str, body: Json) -> Any:
        return self._answer("patch", path, body)

    def request(self, method: str, path: str, body: Json | None = None) -> Any:
        return self._answer(method, path, body)

    def delete(self, path: str, *, grace: int | None = None) -> None:
        self._answer("delete", path, grace)

    def proxy(
        self, pod: str, method: str, path: str, body: Any = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        del within
        answer: tuple[int, bytes] = self._answer(f"{method} {pod}{path}", "", body)
        return answer


class FakeProgram:
    def __init__(self) -> None:
        self.did: list[str] = []
        self.why = ""

    def stop(self) -> None:
        self.did.append("stop")

    def start(self) -> None:
        self.did.append("start")

    def freeze(self) -> None:
        self.did.append("freeze")

    def thaw(self) -> None:
        self.did.append("thaw")

    def trouble(self) -> str:
        return self.why


class FakeMachine:
    def __init__(self, kubelet: FakeProgram) -> None:
        self.kubelet = kubelet

    def power_off(self) -> None: ...

    def power_on(self) -> None: ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def cut(self, peer: Peer, one_way: OneWay = "") -> None: ...

    def join(self, peer: Peer, one_way: OneWay = "") -> None: ...

    def fill_disk(self) -> None: ...

    def empty_disk(self) -> None: ...

    def program(self, name: str) -> Program:
        return {"kubelet": self.kubelet}[name]

    def container(self, pod: Stand, name: str) -> RunningContainer:
        raise NotImplementedError


class Ground:
    """A provider's cluster of paper, and the hands on it."""

    what = name = context = "here"
    kubeconfig, ledger, made_with = None, Path("ledger"), dict[str, object]()
    reachable, can = False, ALL

    def __init__(self) -> None:
        self.programs = {"etcd": FakeProgram(), "worker1/kubelet": FakeProgram()}
        self.joined: list[str] = []
        self.supplied: list[str] = []
        self.placed: list[tuple[str, Json]] = []

    @property
    def hands(self) -> Ground:
        return self

    def controllers(self) -> list[str]:
        return ["kube-controller-manager", "--node-monitor-period=1s"]

    def load(self, archive: Archive) -> None:
        raise NotImplementedError

    def supply(self, image: str) -> tuple[str, str]:
        self.supplied.append(image)
        return f"there/{image}", "Never"

    def place(self, node: str, manifest: Json) -> None:
        self.placed.append((node, manifest))

    def displace(self, namespace: str) -> None:
        self.placed = [p for p in self.placed if p[1]["metadata"]["namespace"] != namespace]

    def machine(self, node: str) -> Machine:
        if f"{node}/kubelet" not in self.programs:
            raise KeyError(node)
        return FakeMachine(self.programs[f"{node}/kubelet"])

    def control_plane(self, name: str) -> Program:
        return self.programs[name]

    def containers(self, node: str, uid: str) -> tuple[Found, ...]:
        return (Found(f"{node}-{uid}", "app", "stopped"),)

    def add_node(self, node: str) -> None:
        self.joined.append(node)

    def remove_node(self, node: str) -> None:
        self.joined.remove(node)


class Scene:
    """A cluster port with everything around it made of paper."""

    def __init__(self) -> None:
        self.api, self.clock = Api(), ManualClock()
        self.journal = Journal(self.clock)
        client = cast(Client, self.api)
        self.ground = Ground()
        self.cluster = KubeCluster(Site(self.ground, client), self.journal, namespace="ns")
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
    assert (web.liveness.period, web.liveness.failures, web.readiness) == (seconds(1), 2, None)
    assert (web.grace, web.tolerance, web.restart_policy) == (seconds(1), seconds(2), "Always")
    assert scene.cluster.ran == (web,)
    assert [(verb, path) for verb, path, _ in scene.api.sent] == [
        ("apply", "/apis/apps/v1/namespaces/ns/deployments/web"),
        ("get", "/api/v1/namespaces/ns/pods/web-1"),
    ]
    (container,) = scene.api.sent[0][2]["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["imagePullPolicy"]) == (f"there/{PATIENT}", "Never")


def test_a_static_pod_is_placed_on_its_node_and_taken_away_with_the_scenario() -> None:
    scene = Scene()
    scene.sees(pod("agent-worker1", of="agent", local_uid="hash"), at=2)
    agent = scene.cluster.run(static_pod("agent", on="worker1", service=False))
    ((node, manifest),) = scene.ground.placed
    assert (node, manifest["kind"], manifest["metadata"]["namespace"]) == ("worker1", "Pod", "ns")
    assert manifest["spec"]["containers"][0]["image"] == f"there/{PATIENT}"
    assert "apply" not in {verb for verb, _, _ in scene.api.sent}
    assert (agent.uid, agent.pod.name) == ("u-agent-worker1", "agent-worker1")
    scene.cluster.leave()
    assert scene.ground.placed == []


def test_a_static_pods_containers_are_looked_for_under_its_kubelets_name_for_it() -> None:
    scene = Scene()
    scene.sees(pod("agent-worker1", of="agent", local_uid="hash"))
    scene.sees(pod())
    agent, web = scene.cluster.run(static_pod("agent", on="worker1"), deployment("web"))
    static, other = scene.cluster.inspect(agent.pod, web.pod)
    assert (static.uid, static.running) == (agent.pod.uid, ("containerd://worker1-hash",))
    assert other.running == ("containerd://worker1-u-web-1",)


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
    assert (idle.stands, idle.grace) == ((), seconds(1))


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
    scene.cluster.tell(STAND, "hang", term_seconds=3)

    order, shorter = (body for _, _, body in scene.api.sent)
    assert scene.api.sent[0][0] == ORDERS.strip()
    assert order == {"do": "crash", "term_seconds": TERM, "code": 3}
    assert shorter == {"do": "hang", "term_seconds": 3}


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


@pytest.mark.parametrize("words", ["EOF", "read: connection reset by peer"])
def test_an_order_whose_reply_was_cut_off_may_be_in_force(words: str) -> None:
    """Its kubelet had it killed for what it was told."""
    scene = Scene()
    scene.api.says[ORDERS] = Refused(503, "", f"error trying to reach service: {words}")

    scene.cluster.tell(STAND, "hang")

    assert len(scene.api.sent) == 1


NOT_YET = Refused(503, "", "error trying to reach service: connect: connection refused")


def begun(*states: str) -> Scene:
    """A pod of containers in these states."""
    scene = Scene()
    containers = tuple(container(state, state=state) for state in states)
    scene.journal.write(Observed(seconds(0), replace(pod(), uid=STAND.uid, containers=containers)))
    return scene


def test_who_has_just_begun_to_run_is_told_again_until_he_listens() -> None:
    scene = begun("running")
    scene.api.says[ORDERS] = NOT_YET
    scene.clock.at(seconds(3), lambda: scene.api.says.update({ORDERS: (200, b"{}")}))

    scene.cluster.tell(STAND, "hang")

    assert scene.clock.now() == seconds(3)
    assert [body for _, _, body in scene.api.sent] == [{"do": "hang", "term_seconds": TERM}] * 7


def test_who_never_listens_is_named_in_the_end() -> None:
    scene = begun("running", "running")
    scene.api.says[ORDERS] = NOT_YET
    with pytest.raises(ChaosError, match=r"web-1 could not be told to hang: 503.*refused"):
        scene.cluster.tell(STAND, "hang")
    assert scene.clock.now() == seconds(10)


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        (NOT_YET, ["waiting"]),
        (NOT_YET, ["running", "terminated"]),
        (NOT_YET, []),
        (Refused(503, "", "it shuts down"), ["running"]),
        ((500, b"it will not"), ["running"]),
        (Lost("silence"), ["running"]),
        (GONE, ["running"]),
    ],
)
def test_nobody_else_is_told_twice(answer: Any, states: list[str]) -> None:
    scene = begun(*states)
    scene.api.says[ORDERS] = answer
    with pytest.raises(ChaosError, match="web-1"):
        scene.cluster.tell(STAND, "hang")
    assert len([path for path, _, _ in scene.api.sent if path == ORDERS.strip()]) == 1
    assert scene.clock.now() == seconds(0)


def test_an_order_that_was_not_taken_is_named_and_not_quoted() -> None:
    scene = Scene()
    scene.api.says[ORDERS] = (400, b"no such order\n")

    with pytest.raises(ChaosError, match="did not take the order 'depends_on'") as refused:
        scene.cluster.tell(STAND, "depends_on", url="http://me:hunter2@db/")

    assert "hunter2" not in str(refused.value)


def test_another_pod_of_the_same_name_is_not_the_target() -> None:
    scene = Scene()
    scene.journal.write(Observed(seconds(0), pod("web-1")))
    with pytest.raises(NoSuchTarget, match="another has its name"):
        scene.cluster.tell(STAND, "hang")
    assert not scene.api.sent


def shown(phase: str = "Running", uid: str = "u1", **states: str) -> Json:
    """A pod of containers that are running, waiting or terminated."""
    listed = [{"name": name, "state": {state: {}}} for name, state in states.items()]
    return {"metadata": {"uid": uid}, "status": {"phase": phase, "containerStatuses": listed}}


REFUSED = Refused(503, "", "error trying to reach service: connection refused")
SILENT: tuple[Any, ...] = (
    Lost("silence"),
    Refused(429, "TooManyRequests", "slow down"),
    Refused(500, "", "etcd is away"),
    Refused(503, "ServiceUnavailable", "it shuts down"),
    Refused(403, "Forbidden", "your rights were taken"),
    (500, b"it will not"),
    REFUSED,
)


def test_what_is_soothed_is_told_once() -> None:
    scene = Scene()
    scene.api.says[ORDERS] = (200, b"{}")
    scene.cluster.soothe(STAND)
    assert scene.api.sent == [(ORDERS.strip(), "", {"do": "heal"})]


@pytest.mark.parametrize("answer", [*SILENT, GONE])
@pytest.mark.parametrize("there", [GONE, shown(uid="u2"), shown("Failed"), shown("Succeeded")])
def test_a_pod_that_is_gone_or_has_ended_needs_no_soothing(answer: Any, there: Any) -> None:
    scene = Scene()
    scene.api.says |= {ORDERS: answer, "get": there}
    scene.cluster.soothe(STAND)
    assert scene.clock.now() == seconds(0)


@pytest.mark.parametrize("answer", SILENT)
@pytest.mark.parametrize("there", [shown(app="running"), Refused(503, "", "away"), Lost("away")])
def test_one_that_did_not_hear_is_not_well_whatever_the_reason(answer: Any, there: Any) -> None:
    """Not a pod that is unready, nor one that nobody can tell of: it may be as ill as before."""
    scene = Scene()
    scene.api.says |= {ORDERS: answer, "get": there}
    with pytest.raises(ChaosError, match="web-1 could not be told to heal: "):
        scene.cluster.soothe(STAND)
    assert scene.clock.now() == SOOTHE_WITHIN


def test_one_that_does_not_run_is_waited_for_since_it_may_have_been_told_for_its_next_start() -> (
    None
):
    scene = Scene()
    scene.api.says |= {ORDERS: REFUSED, "get": shown(app="waiting", shipper="running")}
    scene.cluster.soothe(STAND)
    assert scene.clock.now() == SOOTHE_WITHIN

    scene.clock.at(seconds(37), lambda: scene.api.says.update({ORDERS: (200, b"{}")}))
    scene.cluster.soothe(STAND)
    assert 37 <= scene.clock.now() < 38


def test_one_that_does_not_hear_keeps_no_other_ill() -> None:
    scene = Scene()
    two, three = (replace(STAND, name=name, uid=Uid(name)) for name in ("web-2", "web-3"))
    scene.api.says |= {ORDERS: Lost("silence"), "get": shown(app="running")}
    scene.api.says["POST ns/web-2:8081/orders "] = Lost("silence as well")
    scene.api.says["POST ns/web-3:8081/orders "] = (200, b"{}")
    scene.api.says["get /api/v1/namespaces/ns/pods/web-2"] = shown(uid="web-2", app="running")
    told = "web-1 could not be told to heal: silence; web-2 could not be told to heal: silence as"
    with pytest.raises(ChaosError, match=told):
        scene.cluster.soothe(STAND, two, three)
    assert [path for path, _, _ in scene.api.sent].count("POST ns/web-3:8081/orders") == 1


@pytest.mark.parametrize("away", [Lost("refused"), Refused(500, "", "etcdserver: timed out")])
def test_soothing_waits_for_an_api_server_that_is_away(away: Exception) -> None:
    scene = Scene()
    scene.api.says["get"] = scene.api.says[ORDERS] = away
    scene.clock.at(seconds(7), lambda: scene.api.says.update({ORDERS: (200, b"{}")}))

    scene.cluster.soothe(STAND)

    assert 7 <= scene.clock.now() < 8


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
    assert scene.journal.index.entries == [answer]


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


def test_an_app_that_names_a_port_is_asked_there() -> None:
    scene = Scene()
    scene.sees(pod())
    scene.api.says["get"] = {"spec": {"containers": [{"ports": [{"containerPort": 6379}]}]}}
    web = scene.cluster.run(deployment("web"))
    scene.api.says[MAIN] = scene.api.says[REPORT] = Lost("silence")
    scene.api.says[MAIN.replace("8080", "6379")] = (200, b"ok")
    assert scene.cluster.ask(web.pod)[0].status == 200


def test_a_node_that_is_not_there() -> None:
    scene = Scene()
    items = [{"metadata": {"name": n}} for n in ("worker2", "worker1")]
    scene.api.says["get"] = {"items": items}
    with pytest.raises(NoSuchTarget, match="no node nix; there are: worker1, worker2"):
        scene.cluster.machine("nix")


def test_a_namespace_of_its_own_comes_and_goes() -> None:
    scene = Scene()
    accounts = Refused(409, "AlreadyExists", "there is one")
    site, made = Site(Ground(), cast(Client, scene.api)), scene.api.sent
    cluster = KubeCluster.in_new_namespace(site, scene.journal)
    assert made[0][2]["metadata"]["labels"] == {"pytest-chaos/owner": "here"}
    path = f"/api/v1/namespaces/{cluster.namespace}"
    assert made[1][:2] == ("create", f"{path}/serviceaccounts")
    cluster.leave()
    assert made[2:] == [("delete", path, None), ("delete", f"{path}/pods", 0)]
    scene.api.says["create"] = accounts
    with pytest.raises(Refused):
        KubeCluster.in_new_namespace(site, scene.journal)


def test_a_pod_is_deleted_by_its_uid() -> None:
    scene = Scene()
    scene.cluster.delete(STAND)
    scene.cluster.delete(STAND, grace=seconds(0))
    path, only = "/api/v1/namespaces/ns/pods/web-1", {"preconditions": {"uid": "u1"}}
    assert scene.api.sent == [("DELETE", path, only), ("DELETE", path, only | GRACELESS)]


GRACELESS = {"gracePeriodSeconds": 0}
WEB = Workload("web", "Deployment", "w", (STAND,))  # type: ignore[arg-type]
ANOTHER = Refused(409, "Conflict", "the UID in the precondition does not match")
ACTS: list[Callable[[KubeCluster], None]] = [
    lambda cluster: cluster.delete(STAND),
    lambda cluster: cluster.label(STAND, "a", None),
    lambda cluster: cluster.forget("worker1"),
    lambda cluster: cluster.taint("worker1", "a:NoExecute"),
    lambda cluster: cluster.scale(WEB, 2),
]


@pytest.mark.parametrize("act", ACTS)
def test_what_is_gone_is_no_target_and_other_refusals_are_told(
    act: Callable[[KubeCluster], None],
) -> None:
    scene = Scene()
    for verb in ("DELETE", "patch", "get"):
        scene.api.says[verb] = GONE
    with pytest.raises(NoSuchTarget):
        act(scene.cluster)
    for verb in ("DELETE", "patch", "get"):
        scene.api.says[verb] = Refused(403, "Forbidden", "not yours")
    with pytest.raises(Refused, match="not yours"):
        act(scene.cluster)


@pytest.mark.parametrize("act", ACTS[:2])
def test_another_pod_of_the_name_is_not_touched(act: Callable[[KubeCluster], None]) -> None:
    scene = Scene()
    scene.api.says["DELETE"] = scene.api.says["patch"] = ANOTHER
    with pytest.raises(NoSuchTarget, match="does not match"):
        act(scene.cluster)


def test_a_label_is_taken_off_the_pod_of_its_uid() -> None:
    scene = Scene()
    scene.cluster.label(STAND, "app", None)
    change = {"metadata": {"uid": "u1", "labels": {"app": None}}}
    assert scene.api.sent == [("patch", "/api/v1/namespaces/ns/pods/web-1", change)]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("StatefulSet", "/apis/apps/v1/namespaces/ns/statefulsets/web/scale"),
        ("ReplicationController", "/api/v1/namespaces/ns/replicationcontrollers/web/scale"),
    ],
)
def test_a_controller_is_asked_for_a_number_of_pods(kind: str, path: str) -> None:
    scene = Scene()
    scene.cluster.scale(replace(WEB, kind=kind), 3)
    scene.cluster.scale(replace(WEB, kind=kind, stands=()), 3)
    assert scene.api.sent == [("patch", path, {"spec": {"replicas": 3}})] * 2


OTHERS = {"key": "b", "effect": "NoExecute"}


@pytest.mark.parametrize(
    ("there", "taint", "after"),
    [
        ([], "a=v:NoExecute", [{"key": "a", "effect": "NoExecute", "value": "v"}]),
        ([OTHERS], "a:NoSchedule", [OTHERS, {"key": "a", "effect": "NoSchedule"}]),
        ([{"key": "a", "effect": "NoExecute"}], "a:NoExecute", None),
    ],
)
def test_a_taint_is_put_beside_the_others(
    there: list[Json], taint: str, after: list[Json] | None
) -> None:
    scene = Scene()
    spec: Json = {"taints": there} if there else {}
    scene.api.says["get"] = {"metadata": {"resourceVersion": "7"}, "spec": spec}
    scene.cluster.taint("worker1", taint)
    change = {"metadata": {"resourceVersion": "7"}, "spec": {"taints": after}}
    writes = [("patch", "/api/v1/nodes/worker1", change)] if after else []
    assert scene.api.sent[1:] == writes


def test_a_taint_is_taken_off_and_the_others_stay() -> None:
    scene = Scene()
    ours = {"key": "a", "effect": "NoExecute", "value": "changed"}
    spec = {"taints": [ours, OTHERS]}
    scene.api.says["get"] = {"metadata": {"resourceVersion": "7"}, "spec": spec}
    scene.cluster.untaint("worker1", "a=v:NoExecute")
    assert scene.api.sent[1][2]["spec"] == {"taints": [OTHERS]}
    scene.cluster.untaint("worker1", "c:NoExecute")
    assert len(scene.api.sent) == 3


def test_taints_that_somebody_else_wrote_meanwhile_are_read_again() -> None:
    scene = Scene()
    scene.api.says["get"] = {"metadata": {"resourceVersion": "7"}, "spec": {}}
    answers = iter([Refused(409, "Conflict", "modified"), {}])
    scene.api.says = Changing(scene.api.says, "patch", answers)
    scene.cluster.taint("worker1", "a:NoExecute")
    assert [verb for verb, *_ in scene.api.sent] == ["get", "patch", "get", "patch"]


class Changing(dict[str, Any]):
    """Says another thing each time it is asked for one verb."""

    def __init__(self, says: dict[str, Any], verb: str, answers: Iterator[Any]) -> None:
        super().__init__(says)
        self.verb, self.answers = verb, answers

    def get(self, key: str, default: Any = None) -> Any:
        return next(self.answers) if key == self.verb else super().get(key, default)


@pytest.mark.parametrize("taint", ["", "a", "a:Never", ":NoExecute"])
def test_what_is_not_a_taint_is_said(taint: str) -> None:
    with pytest.raises(ChaosError, match=r"not a taint.*key=value:NoExecute"):
        Scene().cluster.taint("worker1", taint)


def test_a_forgotten_node_registers_when_its_kubelet_starts_again_and_only_then() -> None:
    scene = Scene()
    kubelet = scene.ground.programs["worker1/kubelet"]
    scene.cluster.remember("worker1")
    assert kubelet.did == []
    scene.api.says["get"] = GONE
    scene.cluster.remember("worker1")
    assert kubelet.did == ["stop", "start"]
    scene.api.says["get"] = Refused(500, "", "etcd is away")
    with pytest.raises(Refused, match="etcd is away"):
        scene.cluster.remember("worker1")


def test_a_look_at_a_program_is_written_down() -> None:
    scene = Scene()
    scene.ground.programs["etcd"].why = "its process is gone"
    found = [scene.cluster.check("etcd"), scene.cluster.check("worker1/kubelet")]
    assert found == [
        Checked(seconds(0), "etcd", up=False, why="its process is gone"),
        Checked(seconds(0), "worker1/kubelet", up=True),
    ]
    assert scene.journal.index.entries == found
    scene.api.says["get"] = {"items": []}
    with pytest.raises(NoSuchTarget, match="no node nix"):
        scene.cluster.check("nix/kubelet")


def test_a_look_at_a_pod_s_containers_is_written_down() -> None:
    scene = Scene()
    (found,) = scene.cluster.inspect(STAND)
    assert (found.uid, found.node, found.workload) == ("u1", "worker1", "web-1")
    assert found.running == ("containerd://worker1-u1",)
    assert found.containers == (Found("containerd://worker1-u1", "app", "stopped"),)
    assert scene.journal.index.entries == [found]


def test_nodes_come_and_go_and_those_that_are_ready_are_known() -> None:
    scene = Scene()
    scene.cluster.add_node("worker9")
    assert scene.ground.joined == ["worker9"]
    scene.cluster.remove_node("worker9")
    assert scene.ground.joined == []
    for name, ready in (("b", "True"), ("a", "True"), ("c", "Unknown")):
        scene.journal.write(Observed(seconds(0), Node(name, ready)))  # type: ignore[arg-type]
    assert scene.cluster.ready_nodes == ("a", "b")
