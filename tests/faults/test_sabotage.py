"""A cluster that cheats is found out: what comes back and does not last, or should not come back.

The saboteur acts on the fake cluster behind the harness's back, some seconds after the fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Law, seconds
from chaos.errors import LawBroken
from chaos.faults import Crash, NodeDeath, PodDeleted, Tainted
from chaos.history.facts import Pod
from chaos.laws import (
    evicted,
    has_instances,
    never_evicted,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
)
from chaos.testing import FakeCluster, container, pod
from chaos.testing.patient import FakePod
from chaos.windows import within
from chaos.workloads import FOREVER, bare_pod, deployment
from chaos.workloads.admitted import Workload

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

CRASH = 2.0  # seconds that a pod lasts which crashes again: a recovery must last 3
NODE = "worker1"
Deed = Callable[[FakeCluster, Workload], None]


def pods(cluster: FakeCluster, app: Workload) -> list[FakePod]:
    return [p for p in cluster.kubelet.pods.values() if p.shown.workload == app.name]


def bring_back(cluster: FakeCluster, app: Workload) -> None:
    """Somebody makes the bare pod again, by hand, under its old name."""
    twin = pod(app.pod.name, of=app.name, node="worker2")
    cluster.kubelet.show(replace(twin, uid=pod("by-hand").uid))


def start_again(cluster: FakeCluster, app: Workload) -> None:
    """Somebody starts what should stay as it is."""
    stood = pods(cluster, app)[0].shown
    anew = container(id="started-by-hand", restarts=1)
    cluster.kubelet.show(replace(stood, ready=True, containers=(anew,)))


def remove(cluster: FakeCluster, app: Workload) -> None:
    """Somebody deletes what may stay."""
    cluster.kubelet.show(replace(pods(cluster, app)[0].shown, deleting=True))


def crash_always(cluster: FakeCluster, app: Workload) -> None:
    """Whatever pod of it is ready is not for long."""
    for patient in pods(cluster, app):
        if patient.running and patient.shown.ready:
            cluster.kubelet.later(CRASH, partial(cluster.kubelet.crash, patient, 1))
    cluster.kubelet.later(1, lambda: crash_always(cluster, app))


def hide_and_delete(cluster: FakeCluster, app: Workload) -> None:
    """It is deleted, but not by the controller whose work that is."""
    shown: Pod = pods(cluster, app)[0].shown
    cluster.kubelet.pods.pop(shown.uid)
    cluster.kubelet.show(replace(shown, deleting=True, ready=False))


def sabotage(cluster: FakeCluster, app: Workload, deed: Deed, *, after: float) -> None:
    cluster.kubelet.later(after, lambda: deed(cluster, app))


def found_out(cluster: FakeCluster, chaos: Chaos, fault: Fault, law: Law, why: str) -> None:
    """The law is broken, and says why."""
    with chaos.inject(fault), pytest.raises(LawBroken, match=why):
        chaos.expect(law)


@pytest.mark.parametrize("after", [4, 12, 19.5])
def test_a_bare_pod_that_somebody_brings_back_late(
    cluster: FakeCluster, chaos: Chaos, after: float
) -> None:
    loner = cluster.run(bare_pod("loner", on=NODE))
    sabotage(cluster, loner, bring_back, after=after + 1)  # it must be still for a second first

    law = never_replaced(loner, through=seconds(20))
    found_out(cluster, chaos, NodeDeath(NODE), law, r"broken  never_replaced.*loner")


def test_a_deleted_bare_pod_that_somebody_makes_again(cluster: FakeCluster, chaos: Chaos) -> None:
    loner = cluster.run(bare_pod("loner", on=NODE))
    sabotage(cluster, loner, bring_back, after=6)

    law = never_replaced(loner, through=seconds(8))
    found_out(cluster, chaos, PodDeleted(loner), law, "broken  never_replaced")


def test_a_container_that_should_not_be_started_again(cluster: FakeCluster, chaos: Chaos) -> None:
    once = cluster.run(bare_pod("once", on=NODE, restart_policy="Never"))
    sabotage(cluster, once, start_again, after=5)

    law = never_restarted(once, through=seconds(8))
    found_out(cluster, chaos, Crash(once), law, "broken  never_restarted")


def test_replacements_that_crash_again_on_another_node(cluster: FakeCluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", prefer=NODE))
    sabotage(cluster, web, crash_always, after=2)

    law = replaced(web, away_from=NODE, within=within(seconds(30)))
    found_out(cluster, chaos, NodeDeath(NODE), law, "ready replacements.*failed again")


def test_instances_that_crash_again(cluster: FakeCluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", replicas=2))
    sabotage(cluster, web, crash_always, after=2)

    law = has_instances(web, 2, within=within(seconds(30)))
    found_out(cluster, chaos, PodDeleted(web.one), law, "not 2 ready pods.*failed again")


def test_a_container_that_crashes_again(cluster: FakeCluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web"))
    sabotage(cluster, web, crash_always, after=2)

    found_out(cluster, chaos, Crash(web), restarted(web), "no restart.*failed again")


def test_a_pod_that_tolerates_a_taint_and_is_deleted(cluster: FakeCluster, chaos: Chaos) -> None:
    kept = cluster.run(bare_pod("kept", on=NODE, tolerates={"team": FOREVER}))
    sabotage(cluster, kept, remove, after=8)

    law = never_evicted(kept, through=seconds(10))
    found_out(cluster, chaos, Tainted(NODE, "team=red:NoExecute"), law, "broken  never_evicted")


def test_a_pod_that_goes_before_its_toleration_is_over(cluster: FakeCluster, chaos: Chaos) -> None:
    later = cluster.run(bare_pod("later", on=NODE, tolerates={"team": seconds(9)}))
    sabotage(cluster, later, hide_and_delete, after=3)

    law = evicted(later)
    found_out(cluster, chaos, Tainted(NODE, "team=red:NoExecute"), law, "not every pod was evicted")


def test_without_a_saboteur_the_same_laws_hold(cluster: FakeCluster, chaos: Chaos) -> None:
    web, loner = cluster.run(deployment("web", prefer=NODE), bare_pod("loner", on=NODE))

    with chaos.inject(NodeDeath(NODE)):
        chaos.expect(
            replaced(web, away_from=NODE, within=within(seconds(30))),
            never_replaced(loner, through=seconds(20)),
        )
