"""Machines and programs that are there and do nothing, or are not heard: claims 2, 3, 17 to 19."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import (
    ControlPlaneFrozen,
    Hang,
    NodeFrozen,
    NodePartitioned,
    RuntimeDown,
)
from chaos.laws import (
    becomes_ready,
    catches_up,
    evicted,
    goes_unready,
    gone,
    never_evicted,
    never_replaced,
    never_restarted,
    recreated,
    replaced,
    reports_unready,
    restarted,
    resumes,
    runs_on,
    runtime_never_restarted,
    runtime_restarted,
    serves,
)
from chaos.workloads import bare_pod, deployment, http, stateful_set

pytestmark = pytest.mark.chaos

PROBE = http("/health", every=seconds(1), failures=2)
ABSENCE = seconds(17)  # longer than the last replacement may take: 16 s
CONTROL = seconds(10)  # twice what a probed hang takes to be restarted
BACK = windows.within(seconds(30))  # a cable is joined: connections find that out one by one
PATIENT = seconds(300)  # a pod's tolerance of its node's silence: longer than the scenario
# A kubelet says that its runtime is away after 30 s, which no setting makes shorter, up to 5 s
# until it looks, and 10 s until it reports (oracle 2.5, with Kubernetes' own report period).
MISSED = windows.within(seconds(45))


@pytest.mark.claim(2, 18, 19)
def test_what_a_frozen_node_had_is_replaced_and_goes_when_it_thaws(
    cluster: Cluster, chaos: Chaos
) -> None:
    """A node freezes: only owned pods are replaced; at its thaw the old ones go, or go on."""
    loner = cluster.run(bare_pod("loner"))
    worker = loner.node
    web, db, kept = cluster.run(
        deployment("web", prefer=worker),
        stateful_set("db", prefer=worker),
        bare_pod("kept", on=worker, tolerance=PATIENT),
    )

    with chaos.inject(NodeFrozen(worker)):
        chaos.expect(
            goes_unready(worker),
            *(evicted(app) for app in (web, db, loner)),
            replaced(web, away_from=worker),
            *(never_replaced(app, through=ABSENCE) for app in (db, loner, kept)),
            never_evicted(kept, through=ABSENCE),
        )

    chaos.expect_after_heal(
        becomes_ready(worker, within=BACK),
        gone(loner, within=BACK),
        recreated(db, within=BACK),
        resumes(kept, within=BACK),
        never_restarted(kept, through=seconds(8)),  # it stood still, and was not ended
        *(never_replaced(app, through=seconds(8)) for app in (loner, kept, web)),
    )


@pytest.mark.claim(2, 18)
def test_pods_that_the_control_plane_has_lost_run_on_until_it_finds_them(
    cluster: Cluster, chaos: Chaos
) -> None:
    """A node is cut off from its control plane: its pods serve on while others replace them."""
    loner = cluster.run(bare_pod("loner"))
    worker = loner.node
    web = cluster.run(deployment("web", prefer=worker))

    with chaos.inject(NodePartitioned(worker, from_="control plane")):
        chaos.expect(
            goes_unready(worker),
            *(evicted(app) for app in (web, loner)),
            replaced(web, away_from=worker),
            never_replaced(loner, through=ABSENCE),
            *(runs_on(app, through=ABSENCE) for app in (web, loner)),
            *(serves(app, after=ABSENCE) for app in (web, loner)),  # old and new at once
        )

    chaos.expect_after_heal(
        becomes_ready(worker, within=BACK),
        gone(loner, within=BACK),
        never_replaced(loner, through=seconds(8)),
        never_replaced(web, through=seconds(8)),  # no fail-back: the replacement stays
    )


@pytest.mark.claim(17, 3)
@pytest.mark.slow
def test_without_a_container_runtime_nothing_is_restarted(cluster: Cluster, chaos: Chaos) -> None:
    """Without its node's containerd a hung container stays, others run on, the kubelet says so."""
    hung, well, there = cluster.run(
        deployment("hung", liveness=PROBE, on="worker1", tolerance=PATIENT),
        deployment("well", on="worker1", tolerance=PATIENT),
        deployment("there", liveness=PROBE, on="worker2"),
    )

    with chaos.inject(Hang((hung, there))):
        with chaos.inject(RuntimeDown("worker1")):
            chaos.expect(
                reports_unready("worker1", within=MISSED),
                runtime_never_restarted(hung, through=CONTROL),
                runs_on(well, through=CONTROL),
            )
        chaos.expect(restarted(there))
        chaos.expect_after_heal(
            becomes_ready("worker1", within=BACK),
            restarted(hung, within=BACK),
            never_restarted(well, through=CONTROL),
        )


@pytest.mark.claim(17, 5)
def test_a_kubelet_restarts_while_the_api_server_is_frozen(cluster: Cluster, chaos: Chaos) -> None:
    """The API server takes calls and never answers: a hung container is restarted all the same."""
    watched, unwatched = cluster.run(
        deployment("watched", liveness=PROBE, tolerance=PATIENT),
        deployment("unwatched", tolerance=PATIENT),
    )

    with (
        chaos.inject(ControlPlaneFrozen(("kube-apiserver",))),
        chaos.inject(Hang((watched, unwatched))),
    ):
        chaos.expect(
            runtime_restarted(watched),
            runtime_never_restarted(unwatched, through=CONTROL),
        )

    chaos.expect_after_heal(catches_up(watched, within=BACK))
