"""A node that is back in time keeps its pods: claims 2 and 18, the controls."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import KubeletDown, NodeDeath
from chaos.laws import (
    becomes_ready,
    becomes_unreachable,
    evicted,
    goes_unready,
    gone,
    loses_readiness,
    never_evicted,
    never_goes_unready,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
    resumes,
)
from chaos.workloads import bare_pod, daemon_set, deployment

pytestmark = pytest.mark.chaos

A_MOMENT = seconds(2)  # a node that is silent for less than 5.9 s is not missed
BACK = windows.within(seconds(20))  # a machine boots, its kubelet takes stock
CONTROL = seconds(13)  # longer than a node that stays away takes to be noticed and its pods evicted


@pytest.mark.claim(2, 18)
def test_a_short_silence_of_a_kubelet_changes_nothing(cluster: Cluster, chaos: Chaos) -> None:
    """A kubelet is away for less than a node's grace: nobody notices, nothing is restarted."""
    loner = cluster.run(bare_pod("loner"))
    web = cluster.run(deployment("web", prefer=loner.node))

    with chaos.inject(KubeletDown(loner.node)):
        chaos.expect(never_goes_unready(loner.node, through=A_MOMENT))

    chaos.expect_after_heal(
        never_goes_unready(loner.node, through=CONTROL),
        *(never_evicted(app, through=CONTROL) for app in (loner, web)),
        *(never_restarted(app, through=CONTROL) for app in (loner, web)),
        never_replaced(web, through=CONTROL),
    )


@pytest.mark.claim(2, 18, 19)
def test_a_node_that_boots_before_it_is_missed_keeps_its_pods(
    cluster: Cluster, chaos: Chaos
) -> None:
    """A node is back before it is missed: its pods, bare or not, are restarted where they stood."""
    loner = cluster.run(bare_pod("loner"))
    web = cluster.run(deployment("web", prefer=loner.node))

    with chaos.inject(NodeDeath(loner.node, briefly=True)):
        chaos.expect(never_goes_unready(loner.node, through=seconds(1)))

    chaos.expect_after_heal(
        never_goes_unready(loner.node, through=CONTROL),
        *(restarted(app, within=BACK) for app in (loner, web)),
        *(never_replaced(app, through=CONTROL) for app in (loner, web)),
    )


@pytest.mark.claim(2, 18, 19)
def test_pods_that_tolerate_an_outage_go_on_after_it(cluster: Cluster, chaos: Chaos) -> None:
    """A node is away for longer than its grace: pods that tolerate it so long go on after it."""
    loner = cluster.run(bare_pod("loner", tolerance=seconds(60)))
    worker = loner.node
    web, hasty, lost, agent = cluster.run(
        deployment("web", prefer=worker, tolerance=seconds(60)),
        deployment("hasty", prefer=worker, tolerance=seconds(2)),
        bare_pod("lost", on=worker, tolerance=seconds(2)),
        daemon_set("agent", on=worker),
    )

    with chaos.inject(NodeDeath(worker)):
        chaos.expect(
            goes_unready(worker),
            becomes_unreachable(worker),
            *(loses_readiness(app) for app in (web, loner, agent)),
            evicted(lost),
            replaced(hasty, away_from=worker),
            *(never_evicted(app, through=seconds(18)) for app in (web, loner, agent)),
            *(never_replaced(app, through=seconds(18)) for app in (web, loner, lost)),
        )

    chaos.expect_after_heal(
        becomes_ready(worker, within=BACK),
        *(resumes(app, within=BACK) for app in (web, loner, agent)),
        *(restarted(app, within=BACK) for app in (web, loner, agent)),
        gone(lost, within=BACK),
        *(never_replaced(app, through=CONTROL) for app in (web, loner, lost)),
    )
