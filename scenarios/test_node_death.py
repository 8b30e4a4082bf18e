"""A dead node gives back only what a controller owns: claims 1, 2, 18 and 19."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import NodeDeath, NodeJoins
from chaos.laws import (
    becomes_ready,
    becomes_unreachable,
    dies_step_by_step,
    evicted,
    go_unready,
    goes_unready,
    gone,
    loses_readiness,
    never_evicted,
    never_replaced,
    recreated,
    replaced,
    restarted,
    retried,
)
from chaos.workloads import (
    bare_pod,
    daemon_set,
    deployment,
    job,
    replica_set,
    replication_controller,
    stateful_set,
    static_pod,
)

pytestmark = pytest.mark.chaos

AFTER = seconds(27)  # longer than the last replacement may take, a Job's: 25 s
BACK = windows.within(seconds(20))  # a machine boots, its kubelet takes stock


@pytest.mark.claim(1, 2, 18, 19, 20)
def test_a_dead_node_gives_back_only_what_a_controller_owns(cluster: Cluster, chaos: Chaos) -> None:
    """A node dies: pods with a controller come back elsewhere, a bare or static pod never does."""
    loner = cluster.run(bare_pod("loner"))
    worker = loner.node
    web, rs, rc, batch, careful, db, agent, static = cluster.run(
        deployment("web", prefer=worker),
        replica_set("rs", prefer=worker),
        replication_controller("rc", prefer=worker),
        job("batch", prefer=worker),
        job("careful", prefer=worker, replacement="Failed"),
        stateful_set("db", prefer=worker),
        daemon_set("agent", on=worker),
        static_pod("static", on=worker),
    )

    with chaos.inject(NodeDeath(worker)):
        chaos.expect(
            goes_unready(worker),
            loses_readiness(web),
            becomes_unreachable(worker),
            evicted(web),
            evicted(loner),
            dies_step_by_step(worker, web),
            *(replaced(app, away_from=worker) for app in (web, rs, rc, batch)),
            never_replaced(careful, through=AFTER),  # its Job waits until the old pod has ended
            never_replaced(db, through=AFTER),  # a StatefulSet waits: at most one of a name
            never_replaced(agent, through=AFTER),  # a DaemonSet's pod belongs to its node
            never_evicted(agent, through=AFTER),
            never_replaced(static, through=AFTER),  # and a static pod to its kubelet
            never_evicted(static, through=AFTER),
            never_replaced(loner, through=AFTER),  # nobody owns it
        )

    chaos.expect_after_heal(
        becomes_ready(worker, within=BACK),
        gone(loner, within=BACK),  # evicted while the node was away: its kubelet confirms the end
        recreated(db, within=BACK),
        retried(careful, within=windows.after(BACK.latest, windows.retry(careful))),
        restarted(agent, within=BACK),
        restarted(static, within=BACK),
        never_replaced(loner, through=seconds(5)),
        never_replaced(web, through=seconds(5)),  # no fail-back: the replacement stays
    )


@pytest.mark.claim(2, 18, 20)
def test_two_nodes_that_die_at_once_are_both_replaced(cluster: Cluster, chaos: Chaos) -> None:
    """Two of three nodes die at once: what controllers own comes back on the third."""
    with chaos.inject(NodeJoins("worker9")):
        here, there, *_ = cluster.ready_nodes
        web, rc, loner, other = cluster.run(
            deployment("web", prefer=here),
            replication_controller("rc", prefer=there),
            bare_pod("loner", on=here),
            bare_pod("other", on=there),
        )
        with chaos.inject(NodeDeath((here, there))):
            chaos.expect(
                go_unready((here, there), within=windows.node_noticed(cluster.timers)),
                becomes_unreachable(here),
                becomes_unreachable(there),
                replaced(web, away_from=here),
                replaced(rc, away_from=there),
                *(evicted(app) for app in (web, rc, loner, other)),
                *(never_replaced(app, through=seconds(18)) for app in (loner, other)),
            )
        chaos.expect_after_heal(
            becomes_ready(here, within=BACK),
            becomes_ready(there, within=BACK),
            *(gone(app, within=BACK) for app in (loner, other)),
            *(never_replaced(app, through=seconds(5)) for app in (loner, other, web, rc)),
        )
