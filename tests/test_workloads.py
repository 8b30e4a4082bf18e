"""Specs as the API server will get them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chaos.clock import seconds
from chaos.workloads import (
    Spec,
    bare_pod,
    daemon_set,
    deployment,
    exec_,
    http,
    job,
    replica_set,
    replication_controller,
    stateful_set,
    tcp,
)

MAKERS = [deployment, replica_set, replication_controller, stateful_set, daemon_set, job]
KINDS = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"]


@pytest.mark.parametrize(("make", "kind"), list(zip(MAKERS, KINDS, strict=True)))
def test_every_workload_marks_its_object_and_its_pods(
    make: Callable[[str], Spec], kind: str
) -> None:
    spec = make("web")
    label = {"pytest-chaos/workload": "web"}
    assert (spec.name, spec.kind, spec.manifest["kind"]) == ("web", kind, kind)
    assert spec.manifest["metadata"]["labels"] == label
    assert spec.manifest["spec"]["template"]["metadata"]["labels"] == label


def test_a_deployment_with_everything() -> None:
    probe = http("/ready", every=seconds(2), failures=3, delay=seconds(1), grace=seconds(4))
    spec = deployment(
        "web",
        replicas=2,
        readiness=probe,
        liveness=tcp(),
        startup=exec_("true"),
        memory="64Mi",
        grace=seconds(3),
        orders=({"do": "hang"},),
        command=("sleep", "1"),
        tolerance=seconds(5),
        prefer="worker1",
        service=True,
    )
    pod = spec.manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert spec.manifest["spec"]["replicas"] == 2
    assert container["readinessProbe"] == {
        "httpGet": {"path": "/ready", "port": 8080},
        "periodSeconds": 2,
        "failureThreshold": 3,
        "timeoutSeconds": 1,
        "initialDelaySeconds": 1,
        "terminationGracePeriodSeconds": 4,
    }
    assert container["livenessProbe"]["tcpSocket"] == {"port": 8080}
    assert container["startupProbe"]["exec"] == {"command": ["true"]}
    assert container["resources"] == {"limits": {"memory": "64Mi"}}
    assert json.loads(container["env"][0]["value"]) == [{"do": "hang"}]
    assert container["command"] == ["sleep", "1"]
    assert pod["terminationGracePeriodSeconds"] == 3
    assert [t["tolerationSeconds"] for t in pod["tolerations"]] == [5, 5]
    assert "nodeAffinity" in pod["affinity"]
    assert [b["kind"] for b in spec.beside] == ["Service"]


def test_nothing_in_a_pod_needs_the_api_server_at_a_restart() -> None:
    pod = deployment("web").manifest["spec"]["template"]["spec"]
    assert not pod["automountServiceAccountToken"]
    assert not pod["enableServiceLinks"]
    assert "image" not in pod["containers"][0]
    assert pod["restartPolicy"] == "Always"


def test_a_bare_pod_on_a_node_is_past_the_scheduler() -> None:
    spec = bare_pod("loner", on="worker1", image="nginx:1").manifest["spec"]
    assert spec["nodeName"] == "worker1"
    assert "nodeSelector" not in spec
    assert spec["containers"][0]["image"] == "nginx:1"
    assert spec["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    assert bare_pod("free").manifest["spec"].get("nodeName") is None


def test_a_daemon_set_on_a_node_is_pinned_there() -> None:
    pod = daemon_set("agent", on="worker1").manifest["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/hostname": "worker1"}


def test_a_job_does_not_restart_its_container() -> None:
    spec = job("once", retries=0).manifest["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("span", [0.5, -1.0])
def test_kubernetes_knows_whole_seconds_only(span: float) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        http(every=seconds(span))
