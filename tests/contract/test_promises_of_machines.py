"""The suite of promises, of machines and programs: the fake keeps them, or says that it cannot."""

from __future__ import annotations

import pytest
from deadlines import LONG
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds, windows
from chaos.errors import NoSuchTarget, Undecided
from chaos.faults import (
    ControlPlaneDown,
    ForceDeleted,
    Hang,
    KubeletDown,
    NodeDeath,
    NodeForgotten,
    NodeFrozen,
    NodeJoins,
    NodePartitioned,
    Tainted,
)
from chaos.laws import (
    becomes_ready,
    catches_up,
    forgotten,
    goes_unready,
    gone,
    keeps_answering,
    never_replaced,
    never_restarted,
    recreated,
    replaced,
    resumes,
    runs_on,
    runtime_never_restarted,
    runtime_restarted,
    scaled_to,
    serves,
    tainted,
)
from chaos.workloads import bare_pod, daemon_set, deployment, http, stateful_set, visitor

PROBE = http("/health", every=seconds(1), failures=2)
UNREACHABLE = "node.kubernetes.io/unreachable:NoSchedule"
SOON = windows.within(LONG)
FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's


def test_nothing_is_known_of_users_on_a_dead_node(cluster: Cluster, chaos: Chaos) -> None:
    """The app is not accused: those who could have said how it was are gone."""
    web = cluster.run(deployment("web", replicas=2, spread=True, service=True))
    users = cluster.run(visitor("users", of=web, on="worker1"))

    with (
        pytest.raises(Undecided, match=r"of users nothing is known from 0\.0 s on"),
        chaos.inject(NodeDeath("worker1")),
    ):
        chaos.expect(keeps_answering(web, to=users, at_least=0.5, through=seconds(2)))

    chaos.expect_after_heal(becomes_ready("worker1", within=SOON))


def test_a_dead_machine_loses_its_pods_and_comes_back(cluster: Cluster, chaos: Chaos) -> None:
    loner = cluster.run(bare_pod("loner"))
    web = cluster.run(deployment("web", prefer=loner.node))

    with chaos.inject(NodeDeath(loner.node)):
        chaos.expect(
            replaced(web, away_from=loner.node, within=windows.node_lost(web, cluster.timers)),
            never_replaced(loner, through=seconds(16)),
        )

    chaos.expect_after_heal(becomes_ready(loner.node, within=SOON), gone(loner, within=SOON))


@pytest.mark.parametrize("kind", [NodeFrozen, NodePartitioned])
def test_a_machine_that_is_silent_keeps_its_containers(
    cluster: Cluster, chaos: Chaos, kind: type[NodeFrozen | NodePartitioned]
) -> None:
    kept = cluster.run(bare_pod("kept", tolerance=seconds(300)))
    fault = kind(kept.node)

    with chaos.inject(fault):
        fault.inject(cluster)  # twice is once
        assert cluster.ask(kept.pod)[0].report is None
        chaos.expect(goes_unready(kept.node, within=SOON), runs_on(kept, through=seconds(12)))
    fault.heal(cluster)

    chaos.expect_after_heal(
        becomes_ready(kept.node, within=SOON),
        resumes(kept, within=SOON),
        never_restarted(kept, through=seconds(4)),
    )


def test_a_node_that_only_its_control_plane_has_lost_answers_us(
    cluster: Cluster, chaos: Chaos
) -> None:
    kept = cluster.run(bare_pod("kept", tolerance=seconds(300)))

    with chaos.inject(NodePartitioned(kept.node, "control plane", "sent")):
        chaos.expect(goes_unready(kept.node, within=SOON), serves(kept, after=seconds(12)))

    chaos.expect_after_heal(becomes_ready(kept.node, within=SOON), resumes(kept, within=SOON))


def test_what_is_off_cannot_be_frozen_and_needs_no_thaw(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(bare_pod("app"))

    with chaos.inject(NodeDeath(app.node)):
        with pytest.raises(NoSuchTarget, match=f"{app.node} is off"):
            cluster.machine(app.node).freeze()
        cluster.machine(app.node).thaw()
        cluster.machine(app.node).join("everything")
        chaos.expect()
    chaos.expect_after_heal(becomes_ready(app.node, within=SOON))


def test_machines_go_off_and_on_twice_as_once(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(bare_pod("app"))
    machine = cluster.machine(app.node)

    with chaos.inject(NodeDeath(app.node)):
        machine.power_off()
        chaos.expect()

    machine.power_on()
    chaos.expect_after_heal(becomes_ready(app.node, within=SOON))


def test_a_machine_that_is_not_there_is_named_with_those_that_are(cluster: Cluster) -> None:
    with pytest.raises(NoSuchTarget, match=r"nope.*worker1, worker2"):
        cluster.machine("nope")


def test_a_taint_drives_away_what_does_not_tolerate_it(cluster: Cluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web"))

    with chaos.inject(Tainted(web.node, "maintenance=now:NoExecute")):
        cluster.taint(web.node, "maintenance=now:NoExecute")
        chaos.expect(replaced(web, away_from=web.node, within=SOON))
    cluster.untaint(web.node, "maintenance=now:NoExecute")

    chaos.expect_after_heal(becomes_ready(web.node, within=SOON))


def test_a_dead_node_s_pod_goes_by_force(cluster: Cluster, chaos: Chaos) -> None:
    db = cluster.run(stateful_set("db"))

    with chaos.inject(NodeDeath(db.node)):
        assert cluster.inspect(db.pod)[0].running == ()
        # Until the taint is there a new pod may be scheduled to the dead node, and never start.
        chaos.expect(tainted(db.node, taint=UNREACHABLE, within=SOON))
        with chaos.inject(ForceDeleted(db)):
            chaos.expect(recreated(db, within=SOON))
    chaos.expect_after_heal(becomes_ready(db.node, within=SOON))


def test_a_node_joins_and_leaves_and_those_that_were_there_stay(
    cluster: Cluster, chaos: Chaos
) -> None:
    agent = cluster.run(daemon_set("agent"))
    before = cluster.ready_nodes

    with chaos.inject(NodeJoins()):
        chaos.expect(scaled_to(agent, replicas=len(before) + 1))
        assert cluster.ready_nodes == (*before, "worker9")
        with pytest.raises(NoSuchTarget, match="worker9 already"):
            cluster.add_node("worker9")
    chaos.expect_after_heal(forgotten("worker9"))

    cluster.remove_node(before[0])
    assert cluster.ready_nodes == before


def test_a_hung_app_is_restarted_by_its_kubelet_alone(
    request: pytest.FixtureRequest, cluster: Cluster, chaos: Chaos
) -> None:
    _has_programs(request)
    live, blind = cluster.run(deployment("live", liveness=PROBE), deployment("blind"))

    with (
        chaos.inject(ControlPlaneDown(("kube-apiserver", "kube-scheduler"))),
        chaos.inject(Hang((live, blind))),
    ):
        chaos.expect(runtime_restarted(live), runtime_never_restarted(blind, through=seconds(5)))

    chaos.expect_after_heal(catches_up(live, within=SOON))


def test_without_its_kubelet_nothing_restarts_a_hung_app(
    request: pytest.FixtureRequest, cluster: Cluster, chaos: Chaos
) -> None:
    _has_programs(request)
    app = cluster.run(deployment("app", liveness=PROBE))

    with chaos.inject(KubeletDown(app.node)), chaos.inject(Hang(app)):
        chaos.expect(runtime_never_restarted(app, through=seconds(6)))


def test_a_forgotten_node_registers_again(
    request: pytest.FixtureRequest, cluster: Cluster, chaos: Chaos
) -> None:
    _has_programs(request)
    app = cluster.run(deployment("app"))

    with chaos.inject(NodeForgotten(app.node)):
        chaos.expect()

    chaos.expect_after_heal(becomes_ready(app.node, within=SOON))


def test_programs_end_and_start_twice_as_once(
    request: pytest.FixtureRequest, cluster: Cluster
) -> None:
    _has_programs(request)
    for program, what in (
        (cluster.control_plane("kube-controller-manager"), "kube-controller-manager"),
        (cluster.machine("worker1").program("containerd"), "worker1/containerd"),
    ):
        program.stop()
        program.stop()
        assert (found := cluster.check(what)).why == "its process is gone"
        assert not found.up
        program.start()
        program.start()
        assert cluster.check(what).up
    with pytest.raises(NoSuchTarget, match="kube-scheduler"):
        cluster.control_plane("nope")
    with pytest.raises(NoSuchTarget, match="kubelet"):
        cluster.machine("worker1").program("nope")


def _has_programs(request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["room"][1] == "fake":
        pytest.skip("the fake has no programs: it says CannotRehearse")
