from __future__ import annotations

import pytest
from fakes import chaos, clock, cluster

from chaos import seconds
from chaos.clock import Seconds
from chaos.faults import NodeDeath, NodeJoins, Orphaned, PodDeleted, Scaled, Tainted
from chaos.history.facts import Pod
from chaos.testing import FakeCluster
from chaos.workloads import daemon_set, deployment, stateful_set
from chaos.workloads.admitted import Workload

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

REPAIR = "repair=now:NoExecute"


def wait(cluster: FakeCluster, span: float) -> None:
    until = Seconds(cluster.clock.now() + span)
    cluster.clock.wait(cluster.journal.news, until=until, unless=lambda: False)


def pods(cluster: FakeCluster, app: Workload) -> list[Pod]:
    return [p.shown for p in cluster.kubelet.pods.values() if p.shown.workload == app.name]


def names(cluster: FakeCluster, app: Workload) -> list[str]:
    return sorted(pod.name for pod in pods(cluster, app) if pod.ready)


def test_what_is_scaled_to_nothing_stays_away(cluster: FakeCluster) -> None:
    db = cluster.run(stateful_set("db"))

    Scaled(db, 0).inject(cluster)
    wait(cluster, 5)
    away = names(cluster, db)
    Scaled(db, 0).heal(cluster)
    wait(cluster, 5)

    assert (away, names(cluster, db)) == ([], ["db-0"])


def test_a_stateful_set_shrinks_from_its_highest_name(cluster: FakeCluster) -> None:
    db = cluster.run(stateful_set("db"))

    Scaled(db, 3).inject(cluster)
    wait(cluster, 5)
    grown = names(cluster, db)
    PodDeleted(db).inject(cluster)  # the lowest name is the youngest pod now
    wait(cluster, 5)
    Scaled(db, 3).heal(cluster)
    wait(cluster, 5)

    assert (grown, names(cluster, db)) == (["db-0", "db-1", "db-2"], ["db-0"])


def test_a_pod_that_no_node_takes_waits_for_one(cluster: FakeCluster) -> None:
    web = cluster.run(deployment("web"))

    for node in cluster.machines:
        Tainted(node, REPAIR).inject(cluster)
    wait(cluster, 5)
    (waiting,) = pods(cluster, web)
    Tainted("worker2", REPAIR).heal(cluster)
    wait(cluster, 5)

    (running,) = pods(cluster, web)
    assert (waiting.phase, waiting.node) == ("Pending", None)
    assert (running.uid, running.node, running.ready) == (waiting.uid, "worker2", True)


@pytest.mark.parametrize("taker", ["worker2", "worker9"])
def test_a_pod_that_waits_is_taken_by_a_node_that_boots_or_joins(
    cluster: FakeCluster, taker: str
) -> None:
    web = cluster.run(deployment("web"))
    for machine in cluster.machines.values():
        machine.power_off()
    wait(cluster, 9)
    PodDeleted(web).inject(cluster)
    wait(cluster, 5)

    if taker == "worker2":
        cluster.machine(taker).power_on()
    else:
        cluster.add_node(taker)
    wait(cluster, 5)

    live = [pod for pod in pods(cluster, web) if not pod.deleting]
    assert [(pod.node, pod.ready) for pod in live] == [(taker, True)]


def test_a_pod_that_is_deleted_twice_is_replaced_once(cluster: FakeCluster) -> None:
    web = cluster.run(deployment("web"))

    for _ in range(2):
        PodDeleted(web).inject(cluster)
    wait(cluster, 5)

    assert len(pods(cluster, web)) == 1


def test_a_daemon_set_s_pod_comes_back_where_it_was(cluster: FakeCluster) -> None:
    agent = cluster.run(daemon_set("agent"))

    PodDeleted(agent).inject(cluster)
    wait(cluster, 5)

    assert sorted(pod.node or "" for pod in pods(cluster, agent)) == ["worker1", "worker2"]


def test_a_daemon_set_that_is_bound_to_a_node_does_not_spread(cluster: FakeCluster) -> None:
    agent = cluster.run(daemon_set("agent", on="worker2"))

    NodeJoins("worker9").inject(cluster)
    wait(cluster, 5)

    assert [pod.node for pod in pods(cluster, agent)] == ["worker2"]


def test_an_orphan_of_a_daemon_set_is_one_too_many_when_it_is_taken_back(
    cluster: FakeCluster,
) -> None:
    agent = cluster.run(daemon_set("agent"))

    Orphaned(agent).inject(cluster)
    wait(cluster, 5)
    Orphaned(agent).heal(cluster)
    wait(cluster, 5)

    assert sorted(pod.node or "" for pod in pods(cluster, agent)) == ["worker1", "worker2"]


def test_a_node_that_is_taken_away_while_it_boots_does_not_come_back(cluster: FakeCluster) -> None:
    agent = cluster.run(daemon_set("agent"))
    NodeJoins("worker9").inject(cluster)
    NodeDeath("worker9").inject(cluster)
    wait(cluster, 9)

    NodeDeath("worker9").heal(cluster)
    NodeJoins("worker9").heal(cluster)
    wait(cluster, seconds(20))

    assert cluster.journal.standing().node("worker9") is None
    assert len(pods(cluster, agent)) == 2
