"""Specs as the API server will get them."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.clock import seconds
from chaos.testing import app_of, pod
from chaos.workloads import (
    BESIDE,
    FOREVER,
    PodOptions,
    Rhythm,
    Spec,
    bare_pod,
    cron_job,
    daemon_set,
    deployment,
    exec_,
    grpc,
    http,
    job,
    pod_of,
    replica_set,
    replication_controller,
    stateful_set,
    static_pod,
    tcp,
    visitor,
)

DOCUMENT = (Path(__file__).parents[1] / "docs" / "workloads.md").read_text()
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
    assert pod_of(deployment("web", links=True).manifest)["enableServiceLinks"]
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


def test_a_static_pod_lies_on_its_node_and_is_a_pod_to_the_api_server() -> None:
    spec = static_pod("agent", on="worker1", liveness=tcp(), service=True)
    assert (spec.name, spec.kind, spec.manifest["kind"]) == ("agent", "StaticPod", "Pod")
    assert spec.manifest["metadata"]["labels"] == {"pytest-chaos/workload": "agent"}
    assert spec.manifest["spec"]["nodeName"] == "worker1"
    assert "nodeSelector" not in spec.manifest["spec"]
    assert [beside["kind"] for beside in spec.beside] == ["Service"]
    told = static_pod("agent", on="worker1", tolerance=seconds(2)).manifest["spec"]["tolerations"]
    assert told == [{"operator": "Exists", "effect": "NoExecute"}]
    with pytest.raises(ValueError, match=r"'agent'.*on="):
        static_pod("agent")


def test_a_job_does_not_restart_its_container_unless_told() -> None:
    spec = job("once", retries=0).manifest["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    again = job("once", restart_policy="OnFailure").manifest["spec"]
    assert again["template"]["spec"]["restartPolicy"] == "OnFailure"


@pytest.mark.parametrize("make", [job, cron_job])
def test_a_job_whose_container_is_always_restarted_would_never_end(
    make: Callable[..., Spec],
) -> None:
    with pytest.raises(ValueError, match="Never or OnFailure"):
        make("once", restart_policy="Always")


def test_a_job_of_many_pods() -> None:
    made = job("batch", completions=5, parallelism=2, replacement="Failed")
    spec = made.manifest["spec"]
    numbers = (spec["completions"], spec["parallelism"], spec["backoffLimit"])
    assert (made.manifest["apiVersion"], numbers) == ("batch/v1", (5, 2, 6))
    assert spec["podReplacementPolicy"] == "Failed"
    assert job("once").manifest["spec"]["podReplacementPolicy"] == "TerminatingOrFailed"


def test_a_cron_jobs_pods_are_marked_though_its_jobs_make_them() -> None:
    made = cron_job("nightly", grace=seconds(3))
    spec, label = made.manifest["spec"], {"pytest-chaos/workload": "nightly"}
    assert (made.manifest["apiVersion"], made.manifest["kind"]) == ("batch/v1", "CronJob")
    assert (spec["schedule"], spec["suspend"]) == ("* * * * *", False)
    assert (spec["concurrencyPolicy"], "startingDeadlineSeconds" in spec) == ("Allow", False)
    jobs = spec["jobTemplate"]
    assert jobs["metadata"]["labels"] == made.manifest["metadata"]["labels"] == label
    assert jobs["spec"]["template"]["metadata"]["labels"] == label
    assert pod_of(made.manifest) == jobs["spec"]["template"]["spec"]
    assert pod_of(made.manifest)["terminationGracePeriodSeconds"] == 3
    assert pod_of(made.manifest)["restartPolicy"] == "Never"


def test_a_cron_job_with_everything() -> None:
    spec = cron_job(
        "nightly",
        schedule="*/5 * * * *",
        suspend=True,
        concurrency="Forbid",
        deadline=seconds(20),
    ).manifest["spec"]
    assert (spec["schedule"], spec["suspend"]) == ("*/5 * * * *", True)
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 20)


@pytest.mark.parametrize("spec", [bare_pod("a"), static_pod("a", on="n"), deployment("a")])
def test_the_pod_of_every_manifest_is_found(spec: Spec) -> None:
    assert pod_of(spec.manifest)["containers"][0]["name"] == "app"


def test_a_probe_without_any_number_leaves_them_all_to_kubernetes() -> None:
    assert http("/", defaults=True) == {"httpGet": {"path": "/", "port": 8080}}
    assert tcp(defaults=True) == {"tcpSocket": {"port": 8080}}
    one = http("/", defaults=True, failures=1, delay=seconds(0))
    numbers = {"failureThreshold": 1, "initialDelaySeconds": 0}
    assert one == {"httpGet": {"path": "/", "port": 8080}} | numbers


def test_a_probe_with_every_number() -> None:
    probe = exec_(
        "true",
        every=seconds(2),
        failures=3,
        successes=4,
        timeout=seconds(5),
        delay=seconds(6),
        grace=seconds(7),
    )
    assert probe == {
        "exec": {"command": ["true"]},
        "periodSeconds": 2,
        "failureThreshold": 3,
        "successThreshold": 4,
        "timeoutSeconds": 5,
        "initialDelaySeconds": 6,
        "terminationGracePeriodSeconds": 7,
    }


def test_what_the_other_mechanisms_ask() -> None:
    assert grpc()["grpc"] == {"port": 8082, "service": ""}
    assert grpc(port=1, service="orders")["grpc"] == {"port": 1, "service": "orders"}
    assert tcp("main")["tcpSocket"] == {"port": "main"}
    get = http("/", port="main", host="backend", headers={"Authorization": "Basic x"})["httpGet"]
    assert get == {
        "path": "/",
        "port": "main",
        "host": "backend",
        "httpHeaders": [{"name": "Authorization", "value": "Basic x"}],
    }


def test_the_main_port_has_the_name_that_a_probe_may_use() -> None:
    (container,) = pod_of(deployment("web").manifest)["containers"]
    assert container["ports"] == [{"name": "main", "containerPort": 8080}]


def test_a_kept_folder_belongs_to_the_pod() -> None:
    pod = pod_of(deployment("web", keep="/keep").manifest)
    assert pod["volumes"] == [{"name": "keep", "emptyDir": {}}]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "keep", "mountPath": "/keep"}]
    assert not {"volumes", "tolerations", "topologySpreadConstraints"} & {
        *pod_of(deployment("web").manifest)
    }


def test_orders_stand_beside_the_environment() -> None:
    pod = pod_of(deployment("web", env={"A": "1"}, orders=({"do": "hang"},)).manifest)
    variables = {v["name"]: v["value"] for v in pod["containers"][0]["env"]}
    assert variables == {"A": "1", "PATIENT_ORDERS": '[{"do": "hang"}]'}


def test_what_is_tolerated_for_ever_has_no_seconds() -> None:
    spec = deployment("web", tolerance=FOREVER, tolerates={"out": seconds(3), "team": FOREVER})
    tolerations = {
        t["key"]: t.get("tolerationSeconds") for t in pod_of(spec.manifest)["tolerations"]
    }
    assert tolerations == {
        "out": 3,
        "team": None,
        "node.kubernetes.io/not-ready": None,
        "node.kubernetes.io/unreachable": None,
    }


def test_spread_pods_do_not_count_nodes_that_they_may_not_be_on() -> None:
    (wish,) = pod_of(deployment("web", spread=True).manifest)["topologySpreadConstraints"]
    assert wish["labelSelector"] == {"matchLabels": {"pytest-chaos/workload": "web"}}
    assert (wish["whenUnsatisfiable"], wish["nodeTaintsPolicy"]) == ("DoNotSchedule", "Honor")


@pytest.mark.parametrize("span", [0.5, -1.0])
def test_kubernetes_knows_whole_seconds_only(span: float) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        http(every=seconds(span))


def said() -> set[str]:
    """The words of the document that are code."""
    text = re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))


def test_the_document_names_every_option_of_a_workload_and_of_a_probe() -> None:
    assert not {*PodOptions.__annotations__, *Rhythm.__annotations__} - said()


@pytest.mark.parametrize(
    "make", [*MAKERS, cron_job, bare_pod, static_pod, visitor, http, tcp, exec_, grpc]
)
def test_the_document_names_all_that_can_be_made_with_its_own_numbers(
    make: Callable[..., object],
) -> None:
    own = {p for p in inspect.signature(make).parameters if p not in {"name", "options", "rhythm"}}
    assert not {make.__name__, *own} - said()


WEB = app_of(pod("my-web-1", of="my-web"))


def test_a_visitor_is_told_where_the_app_s_service_is_and_how_often_to_ask() -> None:
    spec = visitor("users", of=WEB, path="/cart", every=seconds(0.2), at_most=50, on="worker1")
    told = pod_of(spec.manifest)
    (variable,) = told["containers"][0]["env"]

    assert json.loads(variable["value"]) == [
        {
            "do": "visit",
            "url": "http://$MY_WEB_SERVICE_HOST:$MY_WEB_SERVICE_PORT/cart",
            "of": "my-web",
            "every_seconds": 0.2,
            "timeout_seconds": 2.0,
            "at_most": 50,
        }
    ]
    assert (spec.kind, told["nodeName"], told["enableServiceLinks"]) == ("Pod", "worker1", True)
    assert told["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/health"


def test_a_visitor_keeps_what_else_it_is_told() -> None:
    spec = visitor("users", of=WEB, orders=({"do": "child"},), readiness=tcp(), links=False)
    told = pod_of(spec.manifest)
    orders = json.loads(told["containers"][0]["env"][0]["value"])

    assert [order["do"] for order in orders] == ["child", "visit"]
    assert "tcpSocket" in told["containers"][0]["readinessProbe"]
    assert told["enableServiceLinks"] is True  # without them it would find nobody


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"every": seconds(0)}, '"every_seconds" of "visit" must be from 0.01 to 86400, not 0.0'),
        ({"every": seconds(0.01)}, "at most 100 requests under way: 2 s at 0.01 s are more"),
        ({"at_most": 10**9}, '"at_most" of "visit" must be from 1 to 100000'),
    ],
)
def test_a_visitor_that_would_ask_too_much_is_refused(wrong: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r"visitor\('users'\): ") as refused:
        visitor("users", of=WEB, **wrong)

    assert words in str(refused.value)


def test_a_second_container_has_a_probe_and_ports_of_its_own() -> None:
    spec = deployment("web", liveness=tcp(), beside={"liveness": http("/", port=BESIDE)})
    app, beside = pod_of(spec.manifest)["containers"]

    assert (app["name"], beside["name"]) == ("app", "beside")
    assert "tcpSocket" in app["livenessProbe"]
    assert beside["livenessProbe"]["httpGet"] == {"path": "/", "port": 9080}
    assert beside["ports"] == [{"containerPort": 9080}]
    assert {v["name"]: v["value"] for v in beside["env"]} == {
        "PATIENT_PORT": "9080",
        "PATIENT_REPORT_PORT": "9081",
        "PATIENT_GRPC_PORT": "9082",
    }
    assert "env" not in app
