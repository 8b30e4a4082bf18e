"""A dead node gives back only what a controller owns: claims 1, 2, 18 and 19."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import NodeDeath
from chaos.laws import (
    becomes_ready,
    gone,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
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


def test_a_dead_node_gives_back_only_what_a_controller_owns(
    cluster: Cluster, chaos: Chaos
) -> None:
    """A node dies: pods with a controller come back elsewhere, a bare pod never does."""
    web = cluster.run(deployment("web"))
    worker = web.node
    rs, rc, db, agent, loner = cluster.run(
        replica_set("rs", beside=worker),
        replication_controller("rc", beside=worker),
        stateful_set("db", beside=worker),
        daemon_set("agent"),
        bare_pod("loner", on=worker),
    )

    with chaos.inject(NodeDeath(worker)):
        chaos.expect(
            *(replaced(app, away_from=worker, within=DEATH) for app in (web, rs, rc)),
            never_replaced(db, through=LONG),
            never_replaced(agent, through=LONG),
            never_replaced(loner, through=LONG),
        )
