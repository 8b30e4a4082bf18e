"""A controller keeps as many pods as it was asked for: claims 1 and 20."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import NodeJoins, Orphaned, PodDeleted, Scaled
from chaos.laws import (
    gone,
    has_instances,
    never_evicted,
    never_replaced,
    one_on_each,
    recreated,
    stays_running,
)
from chaos.workloads import (
    bare_pod,
    daemon_set,
    deployment,
    replica_set,
    replication_controller,
    stateful_set,
)

pytestmark = pytest.mark.chaos

CONTROL = seconds(8)  # longer than a pod takes to be made anew: 4 s
ENDED = windows.within(seconds(6))  # grace 2 s, and the kubelet's word that it is over
ANEW = windows.after(ENDED.latest, windows.made_anew())  # of one name, or one on a node: no two


@pytest.mark.claim(1, 20)
def test_a_deleted_pod_is_made_anew_if_a_controller_owns_it(cluster: Cluster, chaos: Chaos) -> None:
    """One pod of each is deleted by hand: each controller makes another, a bare pod stays gone."""
    web, rs, rc, db, agent, loner, other = cluster.run(
        deployment("web", replicas=3),
        replica_set("rs", replicas=2),
        replication_controller("rc", replicas=2),
        stateful_set("db"),
        daemon_set("agent"),
        bare_pod("loner"),
        bare_pod("other"),
    )

    with chaos.inject(PodDeleted((web.one, rs.one, rc.one, db, agent.one, loner))):
        chaos.expect(
            has_instances(web, 3),
            has_instances(rs, 2),
            has_instances(rc, 2),
            one_on_each(agent, cluster.ready_nodes, within=ANEW),
            recreated(db, within=ANEW),
            gone(loner, within=ENDED),
            never_replaced(loner, through=CONTROL),
            stays_running(other, through=CONTROL),
        )


@pytest.mark.claim(20)
@pytest.mark.parametrize("count", [5, 1])
def test_a_workload_is_scaled(count: int, cluster: Cluster, chaos: Chaos) -> None:
    """A Deployment of 3 is scaled to {count} and back; the one beside it keeps its 2 pods."""
    web, other = cluster.run(deployment("web", replicas=3), deployment("other", replicas=2))

    with chaos.inject(Scaled(web, count)):
        chaos.expect(
            has_instances(web, count),
            never_replaced(other, through=CONTROL),
            stays_running(other, through=CONTROL),
        )

    chaos.expect_after_heal(has_instances(web, 3), stays_running(other, through=CONTROL))


@pytest.mark.claim(1, 20)
def test_a_pod_without_its_label_is_nobody_s(cluster: Cluster, chaos: Chaos) -> None:
    """A pod loses its label: it runs on as nobody's, and its controller makes another."""
    web, rc, other = cluster.run(
        deployment("web", replicas=3),
        replication_controller("rc", replicas=2),
        deployment("other", replicas=2),
    )

    with chaos.inject(Orphaned((web.one, rc.one))):
        chaos.expect(
            has_instances(web, 3),
            has_instances(rc, 2),
            *(stays_running(app, through=CONTROL) for app in (web, rc, other)),
            never_replaced(other, through=CONTROL),
        )

    chaos.expect_after_heal(  # one too many now, until the controller has deleted one
        has_instances(web, 3),
        has_instances(rc, 2),
        stays_running(other, through=CONTROL),
    )


@pytest.mark.claim(20)
def test_a_daemon_set_has_one_pod_on_each_node(cluster: Cluster, chaos: Chaos) -> None:
    """A node joins: a DaemonSet puts a pod on it, others move nothing there."""
    agent, web = cluster.run(daemon_set("agent"), deployment("web", replicas=2))
    nodes = cluster.ready_nodes

    with chaos.inject(NodeJoins("worker9")):
        chaos.expect(
            one_on_each(agent, (*nodes, "worker9")),
            never_replaced(web, through=CONTROL),
            never_evicted(agent, through=CONTROL),
        )
