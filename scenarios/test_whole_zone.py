"""When every node is silent the control plane doubts itself: claims 2 and 18, the control."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import NodeDeath
from chaos.laws import becomes_ready, go_unready, never_evicted, never_replaced, replaced
from chaos.workloads import bare_pod, deployment

pytestmark = pytest.mark.chaos

TOLERANCE = seconds(5)  # two nodes that die at once are found so up to a second apart
CONTROL = seconds(22)  # longer than one lost node takes until its pods are evicted and replaced
BACK = seconds(20)  # a machine boots, its kubelet takes stock
LEFT = windows.Window(TOLERANCE, seconds(30), "a node boots, the lost one is tainted and tolerated")


@pytest.mark.slow
@pytest.mark.claim(2, 18, 19)
def test_nobody_is_evicted_while_every_node_is_lost(cluster: Cluster, chaos: Chaos) -> None:
    """All nodes die and nobody is evicted; once one is back the pods of the others are replaced."""
    lost, *others = cluster.ready_nodes
    web, loner = cluster.run(
        deployment("web", prefer=lost, tolerance=TOLERANCE),
        bare_pod("loner", on=lost, tolerance=TOLERANCE),
    )

    with chaos.inject(NodeDeath(lost)):
        with chaos.inject(NodeDeath(tuple(others), even_the_last=True)):
            chaos.expect(
                go_unready((lost, *others), within=windows.node_noticed(cluster.timers)),
                *(never_evicted(app, through=CONTROL) for app in (web, loner)),
                never_replaced(web, through=CONTROL),
            )
        chaos.expect_after_heal(
            replaced(web, away_from=lost, within=LEFT),
            never_replaced(loner, through=seconds(32)),
        )
    chaos.expect_after_heal(becomes_ready(lost, within=windows.within(BACK)))
