"""What is lost for good must be said to be: claims 2, 18 and 19, for pods that keep their names."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import ForceDeleted, NodeDeath, NodeForgotten, OutOfService
from chaos.laws import becomes_ready, evicted, goes_unready, gone, never_replaced, recreated
from chaos.workloads import bare_pod, stateful_set

pytestmark = pytest.mark.chaos

STUCK = seconds(18)  # longer than the pods of a Deployment take to be replaced: 17 s
BACK = windows.within(seconds(20))  # a machine boots, its kubelet takes stock
COLLECTED = windows.collected()
FORGOTTEN = windows.collected(node_deleted=True)


@pytest.mark.claim(2, 18, 19)
def test_a_stateful_set_comes_back_when_somebody_gives_its_pod_up(
    cluster: Cluster, chaos: Chaos
) -> None:
    """A StatefulSet's pod on a dead node is made anew once its old one is given up, not before."""
    loner = cluster.run(bare_pod("loner"))
    worker = loner.node
    forced, served, left = cluster.run(
        stateful_set("forced", prefer=worker),
        stateful_set("served", prefer=worker),
        bare_pod("left", on=worker),
    )

    with chaos.inject(NodeDeath(worker)):
        chaos.expect(
            goes_unready(worker),
            *(evicted(app) for app in (forced, served, loner, left)),
            *(never_replaced(app, through=STUCK) for app in (forced, served, loner)),
        )
        with chaos.inject(ForceDeleted((forced, left))):
            chaos.expect(
                recreated(forced),
                never_replaced(served, through=seconds(5)),  # its name is still taken
                never_replaced(left, through=seconds(5)),  # nobody owns it
            )
        with chaos.inject(OutOfService(worker)):
            chaos.expect(
                recreated(served, within=COLLECTED),
                gone(loner, within=COLLECTED),
                never_replaced(loner, through=seconds(28)),
            )
    chaos.expect_after_heal(becomes_ready(worker, within=BACK))


@pytest.mark.slow
@pytest.mark.claim(2, 18, 19)
def test_a_node_that_is_deleted_gives_its_pods_up(cluster: Cluster, chaos: Chaos) -> None:
    """A dead node's object is deleted: in a minute its pods go, a StatefulSet's come back."""
    loner = cluster.run(bare_pod("loner"))
    db = cluster.run(stateful_set("db", prefer=loner.node))

    with chaos.inject(NodeDeath(loner.node)):
        chaos.expect(evicted(db), evicted(loner))
        with chaos.inject(NodeForgotten(loner.node)):
            chaos.expect(
                recreated(db, within=FORGOTTEN),
                gone(loner, within=FORGOTTEN),
                never_replaced(loner, through=seconds(70)),
            )
    chaos.expect_after_heal(becomes_ready(loner.node, within=BACK))
