"""Every kind of workload stands on the fake cluster and on the real one as its spec says."""

from __future__ import annotations

import pytest
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds
from chaos.errors import NoSuchTarget
from chaos.faults import Crash, NodeDeath
from chaos.history.facts import Observed, Pod
from chaos.laws import becomes_ready, never_replaced, replaced, restarted
from chaos.windows import within
from chaos.workloads import (
    FOREVER,
    bare_pod,
    cron_job,
    daemon_set,
    deployment,
    exec_,
    grpc,
    http,
    job,
    replica_set,
    replication_controller,
    stateful_set,
    static_pod,
    tcp,
)
from chaos.workloads.admitted import Workload
from chaos.workloads.handlers import HttpGet

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's


def shown(chaos: Chaos, app: Workload) -> list[Pod]:
    """Its pods as they were last seen."""
    seen = (e.thing for e in chaos.journal.index.entries if isinstance(e, Observed))
    pods = {p.uid: p for p in seen if isinstance(p, Pod) and p.workload == app.name}
    return list(pods.values())


def test_every_kind_stands_with_as_many_pods_as_it_says(cluster: Cluster, chaos: Chaos) -> None:
    apps = cluster.run(
        deployment("web", replicas=2),
        replica_set("rs"),
        replication_controller("rc"),
        stateful_set("db"),
        daemon_set("agent"),
        bare_pod("loner"),
        static_pod("static", on="worker2"),
        job("batch", parallelism=2, completions=2),
        job("quick", command=("sleep", "0")),
        cron_job("nightly", suspend=True, concurrency="Forbid", deadline=seconds(20)),
        cron_job("minutely"),
    )

    assert {app.name: len(app.stands) for app in apps} == {
        "web": 2,
        "rs": 1,
        "rc": 1,
        "db": 1,
        "agent": 2,
        "loner": 1,
        "static": 1,
        "batch": 2,
        "quick": 1,
        "nightly": 0,
        "minutely": 0,
    }
    owners = {app.kind: pod.owner for app in apps for pod in shown(chaos, app)}
    assert (owners["Pod"], owners["StaticPod"], owners["Job"]) == ("", "Node", "Job")


def test_spread_pods_stand_on_different_nodes(cluster: Cluster) -> None:
    app = cluster.run(deployment("web", replicas=2, spread=True))

    assert {stand.node for stand in app.stands} == {"worker1", "worker2"}


def test_what_was_said_of_a_pod_is_what_was_admitted(cluster: Cluster) -> None:
    app = cluster.run(
        deployment(
            "web",
            liveness=http("/", defaults=True),
            readiness=http("/ready", port="main", headers={"Accept": "text/plain"}, successes=2),
            startup=tcp(delay=seconds(0), failures=30),
            keep="/keep",
            env={"GREETING": "hello"},
            memory="64Mi",
            grace=seconds(2),
            tolerance=FOREVER,
            tolerates={"team": seconds(3)},
        )
    )

    assert app.liveness is not None
    assert app.readiness is not None
    assert app.startup is not None
    assert app.liveness.asks == HttpGet("/", 8080)
    assert (app.liveness.period, app.liveness.timeout) == (seconds(10), seconds(1))
    assert app.liveness.failures == 3
    assert app.readiness.successes == 2
    assert app.readiness.asks == HttpGet("/ready", "main", headers=("Accept",))
    assert (app.startup.how, app.startup.failures) == ("tcp-socket", 30)
    assert (app.meant.memory, app.grace, app.tolerance) == (64, seconds(2), None)
    assert ("team", seconds(3)) in app.tolerates


def test_the_patient_answers_the_other_mechanisms(cluster: Cluster) -> None:
    apps = cluster.run(
        deployment("called", readiness=grpc(), orders=({"do": "grpc"},)),
        deployment("looked-at", readiness=exec_("cat", "/bin/sh")),
    )

    assert [app.readiness.how for app in apps if app.readiness] == ["grpc", "exec"]


def test_what_tolerates_a_lost_node_for_ever_is_not_replaced(
    cluster: Cluster, chaos: Chaos
) -> None:
    patient = cluster.run(deployment("patient", tolerance=FOREVER))
    hasty = cluster.run(deployment("hasty", prefer=patient.node))

    with chaos.inject(NodeDeath(patient.node)):
        chaos.expect(
            replaced(hasty, away_from=hasty.node),
            never_replaced(patient, through=seconds(20)),
        )


def test_a_static_pod_is_restarted_by_its_kubelet_and_outlives_its_node_s_death(
    cluster: Cluster, chaos: Chaos
) -> None:
    app = cluster.run(static_pod("app", on="worker1", readiness=tcp()))
    assert (app.pod.name, app.node, app.tolerance) == ("app-worker1", "worker1", None)

    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app), never_replaced(app, through=seconds(4)))
    with chaos.inject(NodeDeath(app.node)):
        chaos.expect(never_replaced(app, through=seconds(16)))

    back = within(seconds(20))
    chaos.expect_after_heal(becomes_ready(app.node, within=back), restarted(app, within=back))


def test_a_static_pod_on_a_node_that_is_not_there(cluster: Cluster) -> None:
    with pytest.raises(NoSuchTarget, match=r"nope.*worker1, worker2"):
        cluster.run(static_pod("app", on="nope"))
