"""A dead node gives back only what a controller owns: claims 1, 2, 18 and 19."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import NodeDeath
from chaos.laws import becomes_ready, gone, never_replaced, recreated, replaced, restarted
from chaos.workloads import (
    bare_pod,
    daemon_set,
    deployment,
    replica_set,
    replication_controller,
    stateful_set,
)

pytestmark = pytest.mark.chaos

AFTER = seconds(21)  # more than twice what the replacements take: the controls' time


def test_a_dead_node_gives_back_only_what_a_controller_owns(cluster: Cluster, chaos: Chaos) -> None:
    """A node dies: pods with a controller come back elsewhere, a bare pod never does."""
    loner = cluster.run(bare_pod("loner"))
    worker = loner.node
    web, rs, rc, db, agent = cluster.run(
        deployment("web", prefer=worker),
        replica_set("rs", prefer=worker),
        replication_controller("rc", prefer=worker),
        stateful_set("db", prefer=worker),
        daemon_set("agent", on=worker),
    )
    lost = {app: windows.node_lost(app, cluster.timers) for app in (web, rs, rc)}

    with chaos.inject(NodeDeath(worker)):
        chaos.expect(
            *(replaced(app, away_from=worker, within=lost[app]) for app in lost),
            never_replaced(db, through=AFTER),  # a StatefulSet waits: at most one of a name
            never_replaced(agent, through=AFTER),  # a DaemonSet's pod belongs to its node
            never_replaced(loner, through=AFTER),  # nobody owns it
        )

    back = windows.within(seconds(20))
    chaos.expect_after_heal(
        becomes_ready(worker, within=back),
        gone(loner, within=back),  # evicted while the node was away: its kubelet confirms the end
        recreated(db, within=back),
        restarted(agent, within=back),
        never_replaced(loner, through=seconds(5)),
        never_replaced(web, through=seconds(5)),  # no fail-back: the replacement stays
    )
