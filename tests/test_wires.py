from __future__ import annotations

import pytest

from chaos import seconds
from chaos.testing import app_of, pod
from chaos.testing.specs import workload_of
from chaos.values import Json
from chaos.workloads import (
    Spec,
    bare_pod,
    cron_job,
    deployment,
    exec_,
    grpc,
    http,
    job,
    meta_of,
    mishaps,
    pod_of,
    static_pod,
    tcp,
)
from chaos.workloads.containers import Probe, ProbeName
from chaos.workloads.wires import SIDECAR, WIRES, Mishap, wires_of


def wires(spec: Spec) -> dict[str, tuple[str, str]]:
    found = wires_of(meta_of(spec.manifest).get("annotations"))
    return {wire["name"]: (wire["listen"], wire["upstream"]) for wire in found}


def app(spec: Spec) -> Json:
    first: Json = pod_of(spec.manifest)["containers"][0]
    return first


def test_an_app_reaches_what_it_needs_through_the_sidecar() -> None:
    spec = deployment("web", through={"db": "db:5432", "users-api": "10.0.0.1:80"}, env={"A": "b"})

    assert wires(spec) == {
        "db": (":20001", "db:5432"),
        "users-api": (":20002", "10.0.0.1:80"),
    }
    assert {v["name"]: v["value"] for v in app(spec)["env"]} == {
        "A": "b",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": "20001",
        "USERS_API_HOST": "127.0.0.1",
        "USERS_API_PORT": "20002",
    }


def test_the_sidecar_outlives_the_app_and_reads_its_wires_at_every_start() -> None:
    spec = pod_of(deployment("web", through={"db": "db:5432"}, keep="/keep").manifest)

    (sidecar,) = spec["initContainers"]
    assert (sidecar["name"], sidecar["restartPolicy"]) == (SIDECAR, "Always")
    assert "-config=/wires/wires.json" in sidecar["args"]
    assert [v["name"] for v in spec["volumes"]] == ["keep", SIDECAR]
    (item,) = spec["volumes"][1]["downwardAPI"]["items"]
    assert item["fieldRef"]["fieldPath"] == f"metadata.annotations['{WIRES}']"
    assert [c["name"] for c in spec["containers"]] == ["app"]


def test_a_workload_without_wires_is_as_it_was() -> None:
    spec = deployment("web", liveness=http())

    assert "initContainers" not in pod_of(spec.manifest)
    assert "annotations" not in meta_of(spec.manifest)


@pytest.mark.parametrize(
    "make", [job, cron_job, bare_pod, lambda name, **o: static_pod(name, on="worker1", **o)]
)
def test_every_kind_of_workload_has_its_wires(make: object) -> None:
    assert callable(make)

    assert wires(make("web", through={"db": "db:5432"})) == {"db": (":20001", "db:5432")}


def test_each_probe_that_connects_to_the_pod_goes_over_a_wire_of_its_own() -> None:
    spec = deployment(
        "web",
        liveness=http("/health", port="main", failures=4),
        readiness=tcp(),
        startup=grpc(service="s"),
        probes_through_proxy=True,
    )

    assert wires(spec) == {
        "liveness": (":20901", "127.0.0.1:8080"),
        "readiness": (":20902", "127.0.0.1:8080"),
        "startup": (":20903", "127.0.0.1:8082"),
    }
    assert app(spec)["livenessProbe"]["httpGet"] == {"path": "/health", "port": 20901}
    assert app(spec)["livenessProbe"]["failureThreshold"] == 4
    assert app(spec)["readinessProbe"]["tcpSocket"] == {"port": 20902}
    assert app(spec)["startupProbe"]["grpc"] == {"port": 20903, "service": "s"}


def test_a_probe_that_is_a_command_or_asks_elsewhere_is_left_as_it_is() -> None:
    spec = deployment(
        "web", liveness=exec_("true"), readiness=http(host="10.0.0.1"), probes_through_proxy=True
    )

    assert wires(spec) == {}
    assert app(spec)["livenessProbe"]["exec"] == {"command": ["true"]}
    assert app(spec)["readinessProbe"]["httpGet"]["port"] == 8080


def test_the_caller_s_probe_is_not_changed() -> None:
    probe = http()

    deployment("web", liveness=probe, probes_through_proxy=True)

    assert probe == http()


@pytest.mark.parametrize(
    ("through", "complaint"),
    [
        ({"DB": "db:5432"}, "a wire's name is of a-z"),
        ({"": "db:5432"}, "a wire's name is of a-z"),
        ({"liveness": "db:5432"}, "none of liveness, readiness, startup"),
        ({"db": "db"}, "where it leads is host:port"),
        ({"db": "http://db:80"}, "where it leads is host:port"),
        ({"db": "db:http"}, "where it leads is host:port"),
    ],
)
def test_a_wire_that_cannot_be_is_refused(through: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        deployment("web", through=through)


def test_a_probe_of_a_port_that_has_no_such_name_is_refused() -> None:
    with pytest.raises(ValueError, match="the probe's port 'web' is none of the container's: main"):
        deployment("web", liveness=http(port="web"), probes_through_proxy=True)


def test_wires_are_of_the_first_container() -> None:
    with pytest.raises(ValueError, match="beside: through is of the pod's first container"):
        deployment("web", beside={"through": {"db": "db:1"}})


def test_an_app_may_have_another_port_and_its_service_leads_there() -> None:
    spec = deployment("db", port=5432, service=True)

    assert app(spec)["ports"] == [{"name": "main", "containerPort": 5432}]
    assert spec.beside[0]["spec"]["ports"] == [{"port": 5432, "targetPort": 5432}]


@pytest.mark.parametrize(
    ("name", "how", "why"),
    [
        ("liveness", "silent", ""),
        ("readiness", "refused", ""),
        (
            "readiness",
            "reset",
            'only connects, and toxiproxy takes the connection: it can be "refu',
        ),
        ("startup", "silent", "is a command, run inside its container: no proxy is between"),
        ("startup", "refused", ""),
    ],
)
def test_what_a_probe_can_fail_by(name: ProbeName, how: Mishap, why: str) -> None:
    web = workload_of(
        deployment("web", liveness=http(), readiness=tcp(), startup=exec_("true")), ["worker1"]
    )

    said = mishaps.cannot_fail((web, web), name, how)

    assert (why in said) if why else not said


def test_an_app_without_the_probe_is_said_to_have_none() -> None:
    assert (
        mishaps.cannot_fail(app_of(pod("web-1")), "liveness", "silent")
        == "web has no liveness probe"
    )


def test_a_slow_answer_misses_the_longest_timeout_of_all() -> None:
    apps = tuple(app_of(pod("web-1"), liveness=Probe(timeout=seconds(t))) for t in (1, 3))

    assert mishaps.numbers_of(apps, "liveness", "slow") == {"latency": 4000}
    assert mishaps.amount_of(apps, "liveness", "slow") == 4
    assert mishaps.numbers_of(apps, "liveness", "cut") == {"bytes": 1}
    assert mishaps.amount_of(apps, "liveness", "silent") == 0
