"""What an admitted pod's spec says of its recovery."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.clock import seconds
from chaos.kube.podspec import memory_from, probe_from, tolerance_from, workload_from
from chaos.values import Json
from chaos.workloads import (
    FOREVER,
    Spec,
    cron_job,
    daemon_set,
    deployment,
    http,
    job,
    pod_of,
    static_pod,
)
from chaos.workloads.admitted import Stand, Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe, RestartRule
from chaos.workloads.handlers import Exec, HttpGet, Sleep, TcpSocket

STAND = Stand(Uid("u"), "web-1", "worker1", "ns")  # type: ignore[arg-type]


def standing(spec: Spec) -> Workload:
    return workload_from(spec, Uid("w"), (STAND,), pod_of(spec.manifest))


def test_a_workload_has_what_its_pods_spec_says() -> None:
    spec = deployment(
        "web",
        liveness=http("/", defaults=True),
        grace=seconds(7),
        memory="64Mi",
        tolerance=seconds(2),
        tolerates={"out": FOREVER},
    )
    assert standing(spec) == Workload(
        name="web",
        kind="Deployment",
        uid=Uid("w"),
        stands=(STAND,),
        containers=(
            ContainerSpec(
                "app",
                liveness=Probe(asks=HttpGet("/", 8080)),
                memory=64,
                ports=(("main", 8080),),
                desk=8081,
            ),
        ),
        grace=seconds(7),
        restart_policy="Always",
        tolerance=seconds(2),
        tolerates=(
            ("out", None),
            ("node.kubernetes.io/not-ready", seconds(2)),
            ("node.kubernetes.io/unreachable", seconds(2)),
        ),
    )


@pytest.mark.parametrize("said", [True, False, None])
def test_a_pod_may_be_on_its_nodes_network(*, said: bool | None) -> None:
    spec = deployment("web")
    pod = pod_of(spec.manifest) | ({} if said is None else {"hostNetwork": said})

    assert workload_from(spec, Uid("w"), (STAND,), pod).host_network is (said is True)


@pytest.mark.parametrize(
    ("container", "cpus", "port"),
    [
        ({"resources": {"limits": {"cpu": "250m"}}}, 0.25, None),
        ({"resources": {"limits": {"cpu": "2"}}, "ports": []}, 2.0, None),
        ({"resources": {"requests": {"cpu": "1"}}}, None, None),
        ({"ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 54}]}, None, 54),
    ],
)
def test_a_container_s_share_and_port_are_what_it_says(
    container: dict[str, object], cpus: float | None, port: int | None
) -> None:
    spec = Spec("a", "Pod", {"spec": {"containers": [{"name": "main", **container}]}})

    app = standing(spec)

    assert (app.meant.name, app.meant.cpus, app.port) == ("main", cpus, port)


def test_a_pod_that_says_nothing_has_the_api_servers_defaults() -> None:
    spec = Spec("a", "Pod", {"spec": {"containers": [{"name": "a"}]}})
    only = (ContainerSpec("a", desk=8081),)
    bare = Workload("a", "Pod", Uid("w"), (STAND,), only, grace=seconds(30), tolerance=seconds(0.0))
    assert standing(spec) == bare


def test_a_workload_can_be_a_key_of_a_dictionary() -> None:
    assert {standing(daemon_set("a", tolerates={"out": seconds(2)})): 1}


@pytest.mark.parametrize(
    ("spec", "replacement"),
    [
        (job("a"), "TerminatingOrFailed"),
        (job("a", replacement="Failed"), "Failed"),
        (cron_job("a"), ""),
        (deployment("a"), ""),
        (static_pod("a", on="worker1"), ""),
    ],
)
def test_only_a_job_has_a_replacement_policy(spec: Spec, replacement: str) -> None:
    assert standing(spec).replacement == replacement


def test_a_pod_failure_policy_implies_failed() -> None:
    manifest = job("a").manifest
    del manifest["spec"]["podReplacementPolicy"]
    assert standing(Spec("a", "Job", manifest)).replacement == "TerminatingOrFailed"
    manifest["spec"]["podFailurePolicy"] = {"rules": []}
    manifest["spec"]["podFailurePolicy"] = {"rules": [{"action": "Ignore"}]}
    assert standing(Spec("a", "Job", manifest)).replacement == "Failed"


def test_a_probe_has_the_defaults_where_it_says_nothing() -> None:
    assert probe_from(None) is None
    assert probe_from({"httpGet": {"port": 1}}) == Probe(asks=HttpGet("", 1))
    raw = {"initialDelaySeconds": 2, "periodSeconds": 1, "terminationGracePeriodSeconds": 0}
    assert probe_from(raw) == Probe(delay=seconds(2), period=seconds(1), grace=seconds(0))


@pytest.mark.parametrize(
    ("limit", "mib"),
    [
        ("64Mi", 64),
        ("1Gi", 1024),
        ("65536Ki", 64),
        ("67108864", 64),
        (67108864, 64),
        ("0.5Gi", 512),
        ("100M", 1e8 / 2**20),
        ("1E", 1e18 / 2**20),
        ("1e6", 1e6 / 2**20),
        ("1048576k", 1000),
        ("1048576000m", 1),
    ],
)
def test_a_memory_limit_is_in_mib(limit: str | int, mib: float) -> None:
    assert memory_from({"resources": {"limits": {"memory": limit}}}) == pytest.approx(mib)


@pytest.mark.parametrize(
    "container", [{}, {"resources": {}}, {"resources": {"limits": {"cpu": "1"}}}]
)
def test_a_container_without_a_memory_limit_has_none(container: dict[str, Any]) -> None:
    assert memory_from(container) is None


@pytest.mark.parametrize("limit", ["64MiB", "lots", "", "-1Mi"])
def test_what_is_no_quantity_is_refused(limit: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        memory_from({"resources": {"limits": {"memory": limit}}})


@pytest.mark.parametrize(
    ("tolerations", "tolerance"),
    [
        ([], 0.0),
        ([{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}], None),
        ([{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}], 0.0),
        ([{"operator": "Exists"}, {"key": "x", "tolerationSeconds": 3}], None),
        (
            [
                {"key": "node.kubernetes.io/not-ready", "tolerationSeconds": 1},
                {"key": "node.kubernetes.io/unreachable", "tolerationSeconds": 5},
            ],
            5.0,
        ),
        (
            [
                {"key": "node.kubernetes.io/unreachable", "tolerationSeconds": 5},
                {"operator": "Exists"},
            ],
            5.0,
        ),
    ],
)
def test_the_first_toleration_that_matches_decides(
    tolerations: list[dict[str, Any]], tolerance: float | None
) -> None:
    assert tolerance_from({"tolerations": tolerations}) == tolerance


def test_a_toleration_of_one_value_is_told_from_one_of_any() -> None:
    tolerations = [
        {"key": "team", "operator": "Equal", "value": "red", "effect": "NoExecute"},
        {"key": "team", "operator": "Exists", "tolerationSeconds": 3},
    ]
    spec = Spec("a", "Pod", {"spec": {"containers": [{}], "tolerations": tolerations}})
    assert standing(spec).tolerates == (("team=red", None), ("team", seconds(3)))


SIDECARS: Json = {
    "containers": [{"name": "app", "image": "nginx"}],
    "initContainers": [
        {"name": "first", "image": "busybox"},
        {"name": "proxy", "restartPolicy": "Always", "livenessProbe": {"tcpSocket": {"port": 1}}},
        {"name": "chaos-wires", "image": "localhost/chaos/toxiproxy:1", "restartPolicy": "Always"},
    ],
}


def test_a_native_sidecar_is_a_container_and_an_ordinary_init_container_is_not() -> None:
    app, proxy = standing(Spec("a", "Pod", {"spec": SIDECARS})).containers
    assert (app.name, app.sidecar, app.desk) == ("app", False, None)
    assert (proxy.name, proxy.sidecar, proxy.desk) == ("proxy", True, 8081)
    assert proxy.liveness == Probe(asks=TcpSocket(1))


@pytest.mark.parametrize(
    ("container", "desk"),
    [
        ({}, 8081),
        ({"image": "localhost/chaos/patient:1"}, 8081),
        ({"env": [{"name": "PATIENT_REPORT_PORT", "value": "9081"}]}, 9081),
        ({"image": "nginx"}, None),
        ({"command": ["sleep", "9"]}, None),
    ],
)
def test_who_takes_our_orders_is_the_patient(container: Json, desk: int | None) -> None:
    spec = Spec("a", "Pod", {"spec": {"containers": [{"name": "a", **container}]}})
    assert standing(spec).meant.desk == desk


def test_a_container_has_its_hooks_and_its_own_restart_rules() -> None:
    hooks = {
        "preStop": {"sleep": {"seconds": 3}},
        "postStart": {"exec": {"command": ["touch", "/x"]}},
    }
    rule = {"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [1, 2]}}
    raw = {
        "name": "a",
        "lifecycle": hooks,
        "restartPolicy": "Never",
        "restartPolicyRules": [rule, {"action": "RestartAllContainers"}],
    }
    only = standing(Spec("a", "Pod", {"spec": {"containers": [raw]}})).meant
    assert (only.pre_stop, only.post_start) == (Sleep(seconds(3)), Exec(("touch", "/x")))
    assert only.restart_policy == "Never"
    assert only.restart_rules == (
        RestartRule((1, 2), among=False),
        RestartRule((), among=False, action="RestartAllContainers"),
    )
