"""What is done to pods, nodes and programs on purpose; the fake has no programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Ruling, seconds
from chaos.clock import ManualClock
from chaos.errors import CannotRehearse, NoSuchTarget, NotInjected
from chaos.faults import (
    ControlPlaneDown,
    ForceDeleted,
    KubeletDown,
    NodeDeath,
    NodeForgotten,
    NodeJoins,
    Orphaned,
    OutOfService,
    PodDeleted,
    Scaled,
    Tainted,
)
from chaos.history.journal import Journal
from chaos.laws import goes_unready, gone, never_replaced, recreated, replaced, scaled_to
from chaos.running.ledger import Ledger, heal, read
from chaos.testing import FakeCluster, app_of, pod
from chaos.windows import within
from chaos.workloads import bare_pod, daemon_set, deployment, stateful_set
from chaos.workloads.admitted import Uid

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

WEB = app_of(pod("web-1"))
TAINT = "maintenance=now:NoExecute"
SOON = within(seconds(8))
ACTS = [
    PodDeleted(WEB),
    ForceDeleted(WEB),
    Scaled(WEB, 3),
    Orphaned(WEB),
    Tainted("worker1", TAINT),
    OutOfService("worker1"),
    NodeJoins(),
    NodeDeath(("worker1", "worker2"), even_the_last=True),
]
REAL = [ControlPlaneDown(("etcd",)), KubeletDown("worker1"), NodeForgotten("worker1")]


def words(fault: Fault) -> str:
    return type(fault).__name__


@pytest.mark.parametrize("fault", ACTS, ids=words)
def test_an_act_shows_its_symptom_and_is_healed_twice(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)

    with chaos.inject(fault):
        pass
    heal(fault, cluster)

    assert chaos.judgements[0].has(Ruling.HOLDS)


@pytest.mark.parametrize("fault", ACTS, ids=words)
def test_an_act_that_is_not_done_shows_no_symptom(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(fault):
        pass


@pytest.mark.parametrize("fault", ACTS, ids=words)
def test_an_act_whose_target_is_gone_needs_no_healing(fault: Fault) -> None:
    clock = ManualClock()

    heal(fault, FakeCluster(Journal(clock), clock, nodes=()))


@pytest.mark.parametrize("fault", [*ACTS, *REAL], ids=words)
def test_a_fault_is_read_back_from_its_ledger(tmp_path: Path, fault: Fault) -> None:
    assert read(Ledger(tmp_path).arm(fault, 1)) == fault


@pytest.mark.parametrize("fault", REAL, ids=words)
def test_what_the_fake_has_not_cannot_be_rehearsed(cluster: FakeCluster, fault: Fault) -> None:
    with pytest.raises(CannotRehearse, match="the fake cluster"):
        fault.inject(cluster)


def test_a_deleted_pod_is_made_again_by_its_controller_only(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    web, db, loner = cluster.run(deployment("web"), stateful_set("db"), bare_pod("loner"))

    with chaos.inject(PodDeleted((web, db, loner))):
        chaos.expect(
            *(gone(app, within=SOON) for app in (web, db, loner)),
            recreated(db, within=SOON),
            never_replaced(loner, through=seconds(8)),
            scaled_to(web, replicas=1),
        )


@pytest.mark.parametrize("replicas", [0, 1, 5])
def test_a_scaled_app_is_healed_to_what_it_was(
    cluster: FakeCluster, chaos: Chaos, replicas: int
) -> None:
    web = cluster.run(deployment("web", replicas=2))

    with chaos.inject(Scaled(web, replicas)):
        pass

    chaos.expect_after_heal(scaled_to(web, replicas=2))


def test_an_orphan_is_stood_in_for_and_taken_back(cluster: FakeCluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web"))

    with chaos.inject(Orphaned(web)):
        pass

    assert web.pod.uid in cluster.kubelet.pods
    chaos.expect_after_heal(scaled_to(web, replicas=1))


def test_a_taint_drives_pods_away_and_daemons_for_as_long_as_it_is_there(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    web, agent = cluster.run(deployment("web", prefer="worker1"), daemon_set("agent"))

    with chaos.inject(Tainted(web.node, TAINT)):
        chaos.expect(replaced(web, away_from=web.node, within=SOON), scaled_to(agent, replicas=1))


def test_a_dead_node_s_pod_goes_by_force_only(cluster: FakeCluster, chaos: Chaos) -> None:
    db = cluster.run(stateful_set("db", on="worker1"))

    with chaos.inject(NodeDeath("worker1")):
        chaos.expect(goes_unready("worker1", within=within(seconds(20))))
        with chaos.inject(ForceDeleted(db)):
            chaos.expect(recreated(db, within=SOON))


def test_a_node_joins_under_a_free_name_and_only_a_guest_leaves(cluster: FakeCluster) -> None:
    with pytest.raises(NoSuchTarget, match="there is a worker1 already"):
        NodeJoins("worker1").inject(cluster)

    heal(NodeJoins("worker1"), cluster)

    assert "worker1" in cluster.machines


class Plane:
    """Counts what is done to the programs of a control plane."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def control_plane(self, name: str) -> Handle:
        return Handle(name, self.did)


class Handle:
    def __init__(self, name: str, did: list[str]) -> None:
        self.name, self.did = name, did

    def stop(self) -> None:
        self.did.append(f"stop {self.name}")

    def start(self) -> None:
        self.did.append(f"start {self.name}")
        if self.name == "nope":
            raise NoSuchTarget(self.name)


def test_programs_are_started_in_the_order_in_which_they_need_each_other() -> None:
    plane = Plane()
    fault = ControlPlaneDown(("kube-scheduler", "kube-apiserver", "etcd"))

    fault.inject(plane)  # type: ignore[arg-type]
    fault.heal(plane)  # type: ignore[arg-type]

    assert plane.did == [
        *("stop kube-scheduler", "stop kube-apiserver", "stop etcd"),
        *("start etcd", "start kube-apiserver", "start kube-scheduler"),
    ]


def test_without_etcd_the_api_server_must_have_been_found_down_too() -> None:
    assert ControlPlaneDown(("etcd",)).symptom().subject.names == {"etcd", "kube-apiserver"}
    assert ControlPlaneDown(("kube-scheduler",)).symptom().subject.names == {"kube-scheduler"}
    assert KubeletDown("worker1").symptom().subject.names == {"worker1/kubelet"}


def test_a_name_that_is_no_program_is_no_target() -> None:
    heal(ControlPlaneDown(("nope",)), Plane())  # type: ignore[arg-type]


def test_what_cannot_be_rehearsed_is_said_when_it_is_caused_and_needs_no_healing(
    chaos: Chaos, cluster: FakeCluster
) -> None:
    heal(ControlPlaneDown(("etcd",)), cluster)
    with (
        pytest.raises(CannotRehearse, match="the fake cluster has no programs"),
        chaos.inject(ControlPlaneDown(("etcd",))),
    ):
        pass


def test_an_inspection_shows_what_runs(cluster: FakeCluster) -> None:
    web = cluster.run(WEB)
    cluster.tell(web.pod, "crash")
    (dead,) = cluster.inspect(web.pod)
    cluster.clock.wait(cluster.journal.news, until=seconds(5), unless=lambda: False)
    (again,) = cluster.inspect(web.pod)

    assert (dead.running, again.running) == ((), (f"{Uid(web.pod.uid)}-1",))
    assert [dead, again] == [e for e in cluster.journal.index.entries if e.kind == "inspected"]
