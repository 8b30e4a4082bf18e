"""JSON as API servers write it, and as they should not."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.history.facts import Container, Endpoints, Event, Node, Pod, Termination
from chaos.kube.parse import (
    endpoints_from,
    event_from,
    kinds,
    node_from,
    pod_from,
)

RESTARTED: dict[str, Any] = {
    "metadata": {
        "name": "web-588645ccb8-qplwl",
        "namespace": "chaos-1",
        "uid": "e3d2a04e",
        "resourceVersion": "1234",
        "labels": {"pytest-chaos/workload": "web", "pod-template-hash": "588645ccb8"},
        "ownerReferences": [
            {"kind": "Other", "name": "x"},
            {"kind": "ReplicaSet", "name": "web-588645ccb8", "uid": "rs", "controller": True},
        ],
    },
    "spec": {"nodeName": "worker2", "containers": [{"name": "app"}]},
    "status": {
        "phase": "Running",
        "podIP": "10.244.1.7",
        "conditions": [
            {"type": "PodScheduled", "status": "True"},
            {"type": "Ready", "status": "True"},
        ],
        "containerStatuses": [
            {
                "name": "app",
                "containerID": "containerd://new",
                "ready": True,
                "restartCount": 1,
                "state": {"running": {"startedAt": "2026-11-23T22:00:01Z"}},
                "lastState": {
                    "terminated": {
                        "containerID": "containerd://old",
                        "exitCode": 137,
                        "reason": "OOMKilled",
                        "finishedAt": "2026-11-23T22:00:00Z",
                    }
                },
            }
        ],
    },
}


def test_a_restarted_pod() -> None:
    old = Termination("containerd://old", 137, "OOMKilled", "2026-11-23T22:00:00Z")
    assert pod_from(RESTARTED) == Pod(
        uid="e3d2a04e",  # type: ignore[arg-type]
        name="web-588645ccb8-qplwl",
        workload="web",
        node="worker2",  # type: ignore[arg-type]
        ready=True,
        containers=(
            Container(
                "app",
                "containerd://new",
                restarts=1,
                last=old,
                started_at="2026-11-23T22:00:01Z",
            ),
        ),
        namespace="chaos-1",
        phase="Running",
        owner="ReplicaSet",
        ip="10.244.1.7",
        version="1234",
        owner_uid="rs",  # type: ignore[arg-type]
        owner_name="web-588645ccb8",
    )


def test_a_bare_pod_that_waits_for_its_image_and_is_being_deleted() -> None:
    waiting = {"reason": "ErrImagePull", "message": 'Back-off pulling image "nope"'}
    pod = pod_from(
        {
            "metadata": {"name": "loner", "uid": "u", "deletionTimestamp": "2026-11-23T22:00:00Z"},
            "spec": {},
            "status": {"containerStatuses": [{"name": "app", "state": {"waiting": waiting}}]},
        }
    )
    assert (pod.workload, pod.owner, pod.node, pod.deleting) == ("loner", "", None, True)
    (container,) = pod.containers
    assert (container.state, container.ready) == ("waiting", False)
    assert (container.reason, container.message) == tuple(waiting.values())


def test_a_container_that_ended() -> None:
    ended = {"exitCode": 3, "reason": "Error", "containerID": "containerd://c"}
    status = {"containerStatuses": [{"name": "app", "state": {"terminated": ended}}]}
    (container,) = pod_from({"metadata": {"name": "p", "uid": "u"}, "status": status}).containers
    assert container.state == "terminated"
    assert container.ended == Termination("containerd://c", 3, "Error")


def test_a_node_that_died() -> None:
    conditions = [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]
    taints = [
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
        {"key": "team", "value": "red", "effect": "NoSchedule"},
    ]
    raw = {
        "metadata": {"name": "worker1", "resourceVersion": "7"},
        "spec": {"taints": taints},
        "status": {"conditions": conditions},
    }
    told = ("node.kubernetes.io/unreachable:NoExecute", "team=red:NoSchedule")
    assert node_from(raw) == Node("worker1", "Unknown", "NodeStatusUnknown", told, "7")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "ready"), [("True", "True"), ("False", "False"), ("?", "Unknown")]
)
def test_a_nodes_readiness(status: str, ready: str) -> None:
    raw = {
        "metadata": {"name": "n"},
        "status": {"conditions": [{"type": "Ready", "status": status}]},
    }
    assert node_from(raw).ready == ready


def test_an_endpoint_slice_lists_who_gets_traffic() -> None:
    endpoints = [
        {"conditions": {"ready": True}, "targetRef": {"kind": "Pod", "uid": "a"}},
        {"conditions": {"ready": False}, "targetRef": {"kind": "Pod", "uid": "b"}},
        {"conditions": {}, "targetRef": {"kind": "Pod", "uid": "c"}},
        {"conditions": {"ready": True}},
    ]
    meta = {
        "name": "web-x",
        "resourceVersion": "3",
        "labels": {"kubernetes.io/service-name": "web"},
    }
    expected = Endpoints("web-x", "web", ("a", "c"), "3", ("b",))  # type: ignore[arg-type]
    assert endpoints_from({"metadata": meta, "endpoints": endpoints}) == expected
    assert endpoints_from({"metadata": meta, "endpoints": None}).ready == ()


@pytest.mark.parametrize(
    ("conditions", "gets_traffic", "is_well"),
    [
        pytest.param({"ready": True, "serving": True, "terminating": False}, True, True, id="well"),
        pytest.param({"ready": False, "serving": False}, False, False, id="not-ready"),
        pytest.param({"ready": True, "serving": False}, True, False, id="published-all-the-same"),
        pytest.param(
            {"ready": False, "serving": True, "terminating": True}, False, False, id="ends"
        ),
        pytest.param(
            {"ready": True, "serving": True, "terminating": True}, True, False, id="ends-published"
        ),
        pytest.param({"ready": False}, False, False, id="of-an-old-server"),
        pytest.param({"ready": None, "serving": None}, True, True, id="null-is-ready"),
        pytest.param({}, True, True, id="nothing-is-ready"),
    ],
)
def test_a_slice_tells_who_gets_traffic_and_who_is_not_ready_himself(
    conditions: dict[str, bool | None],
    gets_traffic: bool,  # noqa: FBT001  a row
    is_well: bool,  # noqa: FBT001
) -> None:
    """kubernetes: staging/src/k8s.io/endpointslice/utils.go, podToEndpoint."""
    one = {"conditions": conditions, "targetRef": {"uid": "a"}}
    found = endpoints_from({"metadata": {"name": "web-x"}, "endpoints": [one]})

    assert found.ready == (("a",) if gets_traffic else ())
    assert found.unready == (() if is_well else ("a",))


def test_an_event_and_one_of_a_series() -> None:
    raw = {
        "metadata": {"uid": "e", "resourceVersion": "9"},
        "involvedObject": {"kind": "Pod", "uid": "p"},
        "reason": "Unhealthy",
        "message": "Liveness probe failed",
        "count": 3,
    }
    assert event_from(raw) == Event("e", "p", "Unhealthy", "Liveness probe failed", 3, "9")  # type: ignore[arg-type]
    assert event_from(raw | {"count": None, "series": {"count": 4}}).count == 4
    assert event_from(raw | {"count": None}).count == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("spec.containers{app}", "app"),
        ("spec.initContainers{first}", "first"),
        ("spec.containers[0]", ""),
        (None, ""),
    ],
)
def test_an_event_of_a_container_names_it(path: str | None, name: str) -> None:
    """Kubernetes: pkg/kubelet/container/ref.go, fieldPath."""
    assert event_from({"involvedObject": {"uid": "p", "fieldPath": path}}).container == name


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"metadata": None, "spec": None, "status": None, "endpoints": None},
        {"metadata": [], "spec": 3, "status": "x", "endpoints": {"a": 1}},
        {"status": {"conditions": [None, 3], "containerStatuses": [None, {}]}, "endpoints": [1]},
        {"metadata": {"labels": None, "ownerReferences": None}, "spec": {"taints": [None]}},
    ],
)
def test_nothing_that_is_missing_stops_the_recorder(raw: dict[str, Any]) -> None:
    for kind in kinds("ns"):
        assert kind.parse(raw).version == ""


def test_the_controller_of_a_pod_is_known_by_its_uid() -> None:
    owner = {"kind": "Job", "name": "once", "uid": "j", "controller": True}
    labels = {"batch.kubernetes.io/job-name": "once", "pytest-chaos/workload": "nightly"}
    meta = {"name": "p", "ownerReferences": [owner], "labels": labels}
    pod = pod_from({"metadata": meta})
    assert (pod.owner, pod.owner_uid, pod.owner_name) == ("Job", "j", "once")
    assert (pod.job, pod.workload) == ("once", "nightly")
    stray = pod_from({"metadata": meta | {"ownerReferences": [owner | {"controller": False}]}})
    assert (stray.owner, stray.owner_uid, stray.owner_name) == ("", None, "")


def test_a_mirror_knows_what_its_kubelet_calls_the_pod() -> None:
    meta = {"uid": "u", "annotations": {"kubernetes.io/config.mirror": "0f1bdf99"}}
    assert pod_from({"metadata": meta}).local_uid == "0f1bdf99"
    assert pod_from({"metadata": meta | {"annotations": {"a": "b"}}}).local_uid is None


@pytest.mark.parametrize(("status", "told"), [("True", True), ("False", False), (None, False)])
def test_an_eviction_says_its_reason(status: str | None, *, told: bool) -> None:
    reason = "DeletionByTaintManager"
    condition = {"type": "DisruptionTarget", "status": status, "reason": reason}
    pod = pod_from({"status": {"conditions": [condition]}})
    assert pod.disrupted == (reason if told else "")


@pytest.mark.parametrize(("status", "told"), [("False", True), ("True", False)])
def test_a_pod_that_fits_nowhere_says_so(status: str, *, told: bool) -> None:
    condition = {"type": "PodScheduled", "status": status, "reason": "Unschedulable"}
    pod = pod_from({"status": {"conditions": [condition]}})
    assert pod.unscheduled == ("Unschedulable" if told else "")


def test_a_native_sidecar_s_status_counts_and_an_ordinary_init_container_s_does_not() -> None:
    raw = {
        "metadata": {"uid": "u", "name": "web-1"},
        "spec": {
            "initContainers": [
                {"name": "first"},
                {"name": "proxy", "restartPolicy": "Always"},
                {"name": "chaos-wires", "restartPolicy": "Always"},
            ]
        },
        "status": {
            "initContainerStatuses": [
                {"name": "first", "restartCount": 1},
                {"name": "proxy", "restartCount": 2},
                {"name": "chaos-wires", "restartCount": 4},
            ],
            "containerStatuses": [{"name": "app", "restartCount": 8}],
        },
    }
    found = pod_from(raw)
    assert [one.name for one in found.containers] == ["app", "proxy"]
    assert (found.restarts, found.restarts_of("proxy")) == (10, 2)
