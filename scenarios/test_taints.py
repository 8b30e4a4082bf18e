"""A taint says who may stay on a node, and for how long: claims 2, 18 and 19, without a death."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Tainted
from chaos.laws import (
    evicted,
    gone,
    has_instances,
    never_evicted,
    never_replaced,
    never_restarted,
    replaced,
)
from chaos.workloads import FOREVER, bare_pod, daemon_set, deployment

pytestmark = pytest.mark.chaos

CONTROL = seconds(12)  # longer than the slowest eviction and replacement here: 8 s
SOON = windows.within(seconds(8))


@pytest.mark.claim(1, 2, 18, 19)
def test_a_taint_evicts_who_does_not_tolerate_it(cluster: Cluster, chaos: Chaos) -> None:
    """A node is tainted NoExecute: pods leave at once, after their toleration, or never."""
    loner = cluster.run(bare_pod("loner"))
    node = loner.node
    web, later, stays, agent, steadfast, kept = cluster.run(
        deployment("web", prefer=node),
        bare_pod("later", on=node, tolerates={"repair": seconds(3)}),
        deployment("stays", prefer=node, tolerates={"repair": FOREVER}),
        daemon_set("agent", on=node),
        daemon_set("steadfast", on=node, tolerates={"repair": FOREVER}),
        bare_pod("kept", on=node, tolerates={"repair": FOREVER}),
    )

    with chaos.inject(Tainted(node, "repair=now:NoExecute")):
        chaos.expect(
            *(evicted(app) for app in (web, later, loner, agent)),
            replaced(web, away_from=node),
            *(gone(app, within=SOON) for app in (loner, later)),
            *(never_replaced(app, through=CONTROL) for app in (loner, later)),
            gone(agent, within=SOON),
            never_replaced(agent, through=CONTROL),  # it would be put where the taint is
            *(never_evicted(app, through=CONTROL) for app in (stays, steadfast, kept)),
            *(never_restarted(app, through=CONTROL) for app in (stays, steadfast, kept)),
        )

    chaos.expect_after_heal(
        has_instances(agent, 1),
        never_replaced(loner, through=seconds(6)),
        never_replaced(web, through=seconds(6)),  # no fail-back
    )


@pytest.mark.claim(2, 18)
def test_a_taint_that_is_taken_off_in_time_evicts_nobody(cluster: Cluster, chaos: Chaos) -> None:
    """A taint is taken off before its toleration is over: the eviction is called off."""
    hasty = cluster.run(deployment("hasty", tolerates={"repair": seconds(1)}))
    node = hasty.node
    web, loner = cluster.run(
        deployment("web", prefer=node, tolerates={"repair": seconds(10)}),
        bare_pod("loner", on=node, tolerates={"repair": seconds(10)}),
    )

    with chaos.inject(Tainted(node, "repair=now:NoExecute")):
        chaos.expect(
            evicted(hasty),
            *(never_evicted(app, through=seconds(3)) for app in (web, loner)),
        )

    chaos.expect_after_heal(
        *(never_evicted(app, through=CONTROL) for app in (web, loner)),
        *(never_restarted(app, through=CONTROL) for app in (web, loner)),
    )
