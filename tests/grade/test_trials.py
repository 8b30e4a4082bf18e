"""Every trial on the fake cluster: what recovers, what does not and why, and what was not done."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import chaos, clock, cluster
from shop import app_of, container, service, workload

from chaos import Chaos, seconds
from chaos.errors import LawBroken, NotInjected, Unprotected
from chaos.grade.battery import BATTERY, battery, staged
from chaos.grade.trial import Candidate, Trial
from chaos.grade.trials import HANG
from chaos.testing import FakeCluster, having
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import HttpGet

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

SERVED = [workload(), service()]
EXEC = {"exec": {"command": ["true"]}, "periodSeconds": 1}
READY = {"exec": {"command": ["ready"]}, "periodSeconds": 1}
NO_PROBES: dict[str, Any] = {
    "livenessProbe": None,
    "readinessProbe": None,
    "startupProbe": None,
}


def tried(cluster: FakeCluster, chaos: Chaos, name: str, *objects: dict[str, Any]) -> None:
    """Run the first workload's trial of that name; AssertionError when it does not fit."""
    app = app_of(*objects)
    found = [(spec, trial) for spec, trial in battery(app) if trial.name == name]
    assert found, f"{name} does not fit"
    spec, trial = found[0]
    there = cluster.run(*staged(app, spec, trial))
    ran = there if isinstance(there, tuple) else (there,)
    trial.run(Candidate(cluster, ran[0], spec), chaos)


each = pytest.mark.parametrize("trial", BATTERY, ids=lambda trial: trial.name)


@each
def test_a_good_app_recovers(cluster: FakeCluster, chaos: Chaos, trial: Trial) -> None:
    tried(cluster, chaos, trial.name, *SERVED)

    assert any(not judgement.proof for judgement in chaos.judgements)


@each
def test_what_was_not_done_is_no_recovery(cluster: FakeCluster, chaos: Chaos, trial: Trial) -> None:
    app = app_of(*SERVED)
    (spec,) = app.workloads
    web = cluster.run(*staged(app, spec, trial))
    assert not isinstance(web, tuple)
    cluster.deaf = True

    with pytest.raises(NotInjected):
        trial.run(Candidate(cluster, web, spec), chaos)


@pytest.mark.parametrize(
    ("trial", "objects", "why"),
    [
        pytest.param(
            "hang",
            [workload(livenessProbe=None)],
            "container `api` has no liveness probe",
            id="hang",
        ),
        pytest.param(
            "hang",
            [workload(livenessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1})],
            "container `api` is asked by a TCP probe only",
            id="hang-behind-tcp",
        ),
        pytest.param(
            "leak", [workload(resources=None)], "container `api` has no memory limit", id="leak"
        ),
        pytest.param(
            "node-death", [workload("Pod")], "a bare pod has no controller", id="a-bare-pod"
        ),
        pytest.param(
            "node-death", [workload("StatefulSet")], "waits for its node", id="a-stateful-set"
        ),
        pytest.param("users", [workload(replicas=1), service()], "it has one pod", id="one-pod"),
        pytest.param(
            "users",
            [workload(readinessProbe=None), service()],
            "container `api` has no readiness probe",
            id="no-readiness",
        ),
    ],
)
def test_what_the_spec_lacks_is_proved_and_told(
    cluster: FakeCluster, chaos: Chaos, trial: str, objects: list[dict[str, Any]], why: str
) -> None:
    with pytest.raises(Unprotected, match=why):
        tried(cluster, chaos, trial, *objects)

    assert any(not judgement.proof for judgement in chaos.judgements), "said without a look"


def test_a_pod_that_is_never_restarted_stays_down(cluster: FakeCluster, chaos: Chaos) -> None:
    once = workload("Pod")
    once["spec"]["restartPolicy"] = "Never"

    with pytest.raises(Unprotected, match="its restartPolicy is Never"):
        tried(cluster, chaos, "crash", once)


def test_an_app_that_stays_on_a_lost_node_for_ever_is_told_so(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    stays = workload()
    stays["spec"]["template"]["spec"]["tolerations"] = [
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}
    ]

    with pytest.raises(Unprotected, match="tolerates a lost node for ever"):
        tried(cluster, chaos, "node-death", stays)


def test_a_daemon_set_s_pod_comes_back_with_its_node(cluster: FakeCluster, chaos: Chaos) -> None:
    tried(cluster, chaos, "node-death", workload("DaemonSet"))


def test_a_law_that_is_broken_is_no_matter_of_the_spec(cluster: FakeCluster, chaos: Chaos) -> None:
    """The cluster asks nothing, though the spec has it ask every second."""
    (spec,) = app_of(workload(livenessProbe=None)).workloads
    web = cluster.run(spec)
    asked = having(web, liveness=Probe(period=seconds(1), failures=2, asks=HttpGet()))

    with pytest.raises(LawBroken) as broken:
        HANG.run(Candidate(cluster, asked, spec), chaos)

    assert not isinstance(broken.value, Unprotected)


@pytest.mark.parametrize("probe", ["liveness", "readiness"])
def test_a_probe_that_is_a_command_is_tried_as_any_other(
    cluster: FakeCluster, chaos: Chaos, probe: str
) -> None:
    exec_ = workload(livenessProbe=EXEC, readinessProbe=READY, startupProbe=EXEC)

    tried(cluster, chaos, probe, exec_, service())

    assert any(not judgement.proof for judgement in chaos.judgements)


@pytest.mark.parametrize(
    ("trial", "objects"),
    [
        pytest.param("liveness", [workload(livenessProbe=None)], id="no-liveness"),
        pytest.param("startup", [workload(startupProbe=None)], id="no-startup"),
        pytest.param("readiness", [workload(readinessProbe=None), service()], id="no-readiness"),
        pytest.param("readiness", [workload()], id="no-service-to-leave"),
        pytest.param("users", [workload()], id="no-service-to-come-by"),
        pytest.param("users", [workload(), service(clusterIP="None")], id="a-headless-one"),
        pytest.param("users", [workload(**NO_PROBES), service()], id="nothing-says-http"),
        pytest.param("crash", [workload("CronJob")], id="what-ends"),
    ],
)
def test_what_does_not_fit_is_not_tried(trial: str, objects: list[dict[str, Any]]) -> None:
    if objects[0]["kind"] == "CronJob":
        objects = [JOB]

    assert trial not in {one.name for _, one in battery(app_of(*objects))}


JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "once"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container()]}}},
}
