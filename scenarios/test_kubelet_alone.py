"""The kubelet restarts by itself; what the control plane does waits for it: claim 17."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import ControlPlaneDown, Hang, KubeletDown, NodeDeath
from chaos.laws import (
    catches_up,
    evicted,
    found_down,
    never_placed,
    never_replaced,
    replaced,
    restarted,
    runtime_never_restarted,
    runtime_restarted,
)
from chaos.workloads import bare_pod, deployment, http

pytestmark = pytest.mark.chaos

PROBE = http("/health", every=seconds(1), failures=2)
CONTROL = seconds(10)  # twice what a probed hang takes to be restarted
ABSENCE = seconds(18)  # longer than a dead node's pods take to be replaced elsewhere
BACK = windows.within(seconds(30))  # a program starts, looks around, and does what it missed
PLACED = windows.within(seconds(48))  # that absence, and then such a start
PATIENT = seconds(300)  # a pod's tolerance of its node's silence: longer than the scenario


@pytest.mark.claim(17, 5)
@pytest.mark.parametrize(
    "program", ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"]
)
def test_a_kubelet_restarts_without(cluster: Cluster, chaos: Chaos, program: str) -> None:
    """While {program} is down a hung container is restarted all the same, if it has a probe."""
    watched, unwatched = cluster.run(
        deployment("watched", liveness=PROBE),
        deployment("unwatched"),
    )

    with chaos.inject(ControlPlaneDown((program,))):
        chaos.expect(found_down((program,)))  # else a hang could be over before its turn comes
        with chaos.inject(Hang((watched, unwatched))):
            chaos.expect(
                runtime_restarted(watched),
                runtime_never_restarted(unwatched, through=CONTROL),
            )

    chaos.expect_after_heal(catches_up(watched, within=BACK))


@pytest.mark.claim(17, 3)
def test_nothing_else_restarts_a_container(cluster: Cluster, chaos: Chaos) -> None:
    """Without its node's kubelet a hung container stays hung, until that kubelet is back."""
    here, there = cluster.run(
        deployment("here", liveness=PROBE, on="worker1", tolerance=PATIENT),
        deployment("there", liveness=PROBE, on="worker2", tolerance=PATIENT),
    )

    with chaos.inject(Hang((here, there))):
        with chaos.inject(KubeletDown(here.node)):
            chaos.expect(runtime_never_restarted(here, through=CONTROL))
        chaos.expect(restarted(there))
        chaos.expect_after_heal(restarted(here, within=BACK))


@pytest.mark.claim(17, 18)
def test_without_its_controllers_nothing_is_replaced(cluster: Cluster, chaos: Chaos) -> None:
    """A dead node's pods are not replaced while the controllers are down, only when they work."""
    web = cluster.run(deployment("web"))
    loner = cluster.run(bare_pod("loner", on=web.node))

    with chaos.inject(NodeDeath(web.node, briefly=True)):
        with chaos.inject(ControlPlaneDown(("kube-controller-manager",))):
            chaos.expect(never_replaced(web, through=ABSENCE))
        chaos.expect_after_heal(
            replaced(web, away_from=web.node, within=BACK),
            never_replaced(loner, through=ABSENCE),
        )


@pytest.mark.claim(17, 18)
def test_without_the_scheduler_replacements_wait(cluster: Cluster, chaos: Chaos) -> None:
    """A dead node's pods are made anew without a scheduler, and run nowhere until it is back."""
    web = cluster.run(deployment("web"))
    loner = cluster.run(bare_pod("loner", on=web.node))

    with chaos.inject(NodeDeath(web.node, briefly=True)):
        with chaos.inject(ControlPlaneDown(("kube-scheduler",))):
            chaos.expect(
                evicted(web, within=windows.within(ABSENCE)),
                never_placed(web, through=ABSENCE),
            )
        chaos.expect(
            replaced(web, away_from=web.node, within=PLACED),
            never_replaced(loner, through=seconds(30)),
        )
