"""Nodes that stand still or are cut off, and programs that do: on the fake, and on a handle."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Ruling, seconds
from chaos.clock import ManualClock
from chaos.errors import CannotHere, CannotRehearse, ChaosError, NoSuchTarget, NotInjected
from chaos.faults import (
    ControlPlaneFrozen,
    DiskFull,
    KubeletFrozen,
    NodeDeath,
    NodeFrozen,
    NodePartitioned,
    RuntimeDown,
    RuntimeFrozen,
)
from chaos.history.journal import Journal
from chaos.laws import (
    becomes_ready,
    goes_unready,
    gone,
    never_evicted,
    never_goes_unready,
    never_replaced,
    never_restarted,
    recreated,
    replaced,
    restarted,
    resumes,
    serves,
)
from chaos.ports.cluster import OneWay, Peer
from chaos.running.ledger import Ledger, heal, read
from chaos.running.radius import Radius, taken
from chaos.testing import FakeCluster, app_of, at, node, pod, story
from chaos.windows import within
from chaos.workloads import bare_pod, deployment, http, stateful_set

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

WEB = app_of(pod("web-1"))
NODE = "worker1"
NODES: list[Fault] = [
    NodeFrozen(NODE),
    *(NodePartitioned(NODE, p, w) for p in get_args(Peer) for w in get_args(OneWay)),
]
PROGRAMS: list[Fault] = [
    KubeletFrozen(NODE),
    RuntimeDown(NODE),
    RuntimeFrozen(NODE),
    DiskFull(NODE),
    ControlPlaneFrozen(("kube-apiserver",)),
]
SOON = within(seconds(20))
KEPT = seconds(300)


@pytest.mark.parametrize("fault", NODES, ids=str)
def test_a_node_s_fault_shows_its_symptom_and_is_healed_twice(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)

    with chaos.inject(fault):
        pass
    heal(fault, cluster)

    assert chaos.judgements[0].has(Ruling.HOLDS)
    chaos.expect_after_heal(becomes_ready(NODE, within=SOON))


@pytest.mark.parametrize("fault", NODES, ids=str)
def test_a_node_s_fault_that_is_not_caused_shows_no_symptom(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(fault):
        pass


@pytest.mark.parametrize("fault", [*NODES, *PROGRAMS], ids=str)
def test_what_is_gone_needs_no_healing(fault: Fault) -> None:
    clock = ManualClock()

    heal(fault, FakeCluster(Journal(clock), clock, nodes=()))


@pytest.mark.parametrize("fault", [*NODES, *PROGRAMS], ids=str)
def test_a_fault_is_read_back_from_its_ledger(tmp_path: Path, fault: Fault) -> None:
    assert read(Ledger(tmp_path).arm(fault, 1)) == fault


@pytest.mark.parametrize("fault", PROGRAMS, ids=str)
def test_what_the_fake_has_not_cannot_be_rehearsed(cluster: FakeCluster, fault: Fault) -> None:
    with pytest.raises(CannotRehearse, match=r"the fake cluster has no (programs|disks)"):
        fault.inject(cluster)


@pytest.mark.parametrize("fault", [*NODES, *PROGRAMS[:-1]], ids=str)
def test_a_frozen_or_cut_off_node_is_a_taken_node(cluster: FakeCluster, fault: Fault) -> None:
    assert taken([fault]) == {NODE}
    with pytest.raises(ChaosError, match="would leave no Ready node"):
        Radius(2).admit(fault, [NodeDeath("worker2")], cluster)


def test_the_last_node_may_be_taken_by_who_says_so(cluster: FakeCluster) -> None:
    last = NodeFrozen(NODE, even_the_last=True)

    Radius(2).admit(last, [NodeDeath("worker2")], cluster)
    with pytest.raises(ChaosError, match="--chaos-radius=2 allows it"):
        Radius(1).admit(last, [NodeDeath("worker2")], cluster)


@pytest.mark.parametrize("fault", NODES, ids=str)
def test_only_what_a_controller_owns_is_replaced_and_the_old_pods_go_on_the_return(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    web, db, loner, kept = cluster.run(
        deployment("web", prefer=NODE),
        stateful_set("db", prefer=NODE),
        bare_pod("loner", on=NODE),
        bare_pod("kept", on=NODE, tolerance=KEPT),
    )

    with chaos.inject(fault):
        chaos.expect(
            replaced(web, away_from=NODE, within=SOON),
            *(never_replaced(app, through=seconds(20)) for app in (db, loner, kept)),
            never_evicted(kept, through=seconds(20)),
        )

    chaos.expect_after_heal(
        gone(loner, within=SOON),
        recreated(db, within=SOON),
        resumes(kept, within=SOON),
        never_restarted(kept, through=seconds(8)),  # a machine that was off would have had to
    )


@pytest.mark.parametrize("fault", NODES, ids=str)
def test_a_short_absence_is_not_noticed(cluster: FakeCluster, fault: Fault) -> None:
    cluster.run(WEB)
    fault.inject(cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(5), unless=lambda: False)
    heal(fault, cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(30), unless=lambda: False)

    cluster.confirm()
    seen = never_goes_unready(NODE, through=seconds(30)).judge(cluster.journal.so_far(seconds(0)))
    assert seen.ruling is Ruling.HOLDS


def test_a_node_that_is_cut_off_from_its_control_plane_still_answers_us(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    web = cluster.run(deployment("web", on=NODE, tolerance=KEPT))

    with chaos.inject(NodePartitioned(NODE, "control plane")):
        chaos.expect(serves(web, after=seconds(12)))
    for fault in (NodePartitioned(NODE), NodeFrozen(NODE)):
        fault.inject(cluster)
        assert [(said.status, said.report) for said in cluster.ask(web.pod)] == [(None, None)]
        with pytest.raises(ChaosError, match="could not be told to hang: its node is silent"):
            cluster.tell(web.pod, "hang")
        heal(fault, cluster)
    assert cluster.ask(web.pod)[0].status == 200


def test_a_frozen_kubelet_restarts_what_hangs_when_it_is_thawed(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    probe = http("/health", every=seconds(1), failures=2)
    web = cluster.run(deployment("web", on=NODE, liveness=probe, tolerance=KEPT))
    cluster.tell(web.pod, "hang")

    with chaos.inject(NodeFrozen(NODE)):
        chaos.expect(never_restarted(web, through=seconds(15)))
    chaos.expect_after_heal(restarted(web, within=SOON))


@pytest.mark.parametrize("first", [0, 1])
def test_a_node_is_back_when_the_last_of_its_faults_is_healed(
    cluster: FakeCluster, chaos: Chaos, first: int
) -> None:
    cluster.run(WEB)
    faults = [NodePartitioned(NODE), NodePartitioned(NODE, "control plane", "sent")]
    with chaos.inject(faults[0]):
        faults[1].inject(cluster)
        chaos.expect(goes_unready(NODE, within=SOON))
        heal(faults[first], cluster)
        cluster.clock.wait(cluster.journal.news, until=seconds(60), unless=lambda: False)
        assert NODE not in cluster.ready_nodes
        heal(faults[1 - first], cluster)
    chaos.expect_after_heal(becomes_ready(NODE, within=SOON))


def test_power_ends_a_freeze_and_no_cut(cluster: FakeCluster) -> None:
    web = cluster.run(deployment("web", on=NODE, tolerance=KEPT))
    machine = cluster.machine(NODE)
    machine.freeze()
    machine.cut("everything")

    machine.power_off()
    with pytest.raises(NoSuchTarget, match="worker1 is off"):
        machine.freeze()
    machine.power_on()
    cluster.clock.wait(cluster.journal.news, until=seconds(30), unless=lambda: False)
    assert NODE not in cluster.ready_nodes  # it runs, and is not heard

    heal(NodePartitioned(NODE), cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(60), unless=lambda: False)
    assert NODE in cluster.ready_nodes
    shown = cluster.kubelet.pods[web.pod.uid].shown
    assert (shown.ready, shown.containers[0].restarts) == (True, 1)  # it has booted


def test_a_guest_that_left_in_the_middle_of_a_fault_comes_back_well(cluster: FakeCluster) -> None:
    cluster.add_node("worker9")
    cluster.machine("worker9").cut("everything")
    cluster.remove_node("worker9")
    heal(NodePartitioned("worker9"), cluster)
    cluster.add_node("worker9")

    assert not cluster.machine("worker9").away
    assert "worker9" not in cluster.kubelet.idle | cluster.kubelet.silent


def test_briefly_is_seen_on_the_machine() -> None:
    looked_at = {f"{NODE}/kubelet"}

    assert NodeFrozen(NODE, briefly=True).symptom().subject.names == looked_at
    assert NodePartitioned(NODE, briefly=True).symptom().subject.names == looked_at
    assert KubeletFrozen(NODE).symptom().subject.names == looked_at
    for fault in (RuntimeDown(NODE), RuntimeFrozen(NODE)):
        assert fault.symptom().subject.names == {f"{NODE}/containerd"}


def test_with_a_frozen_etcd_the_api_server_must_have_been_found_down_too() -> None:
    assert ControlPlaneFrozen(("etcd",)).symptom().subject.names == {"etcd", "kube-apiserver"}
    assert ControlPlaneFrozen(("kube-scheduler",)).symptom().subject.names == {"kube-scheduler"}


class Hands:
    """Writes down what is done to programs."""

    def __init__(self, name: str = "", did: list[str] | None = None) -> None:
        self.name, self.did = name, [] if did is None else did

    def control_plane(self, name: str) -> Hands:
        if name == "nope":
            raise NoSuchTarget(name)
        return Hands(name, self.did)

    def machine(self, node: str) -> Hands:
        return Hands(node, self.did)

    def program(self, name: str) -> Hands:
        return Hands(f"{self.name}/{name}", self.did)

    def freeze(self) -> None:
        self.did.append(f"freeze {self.name}")

    def thaw(self) -> None:
        self.did.append(f"thaw {self.name}")

    def fill_disk(self) -> None:
        self.did.append(f"fill {self.name}")

    def empty_disk(self) -> None:
        self.did.append(f"empty {self.name}")

    def stop(self) -> None:
        self.did.append(f"stop {self.name}")

    def start(self) -> None:
        self.did.append(f"start {self.name}")


@pytest.mark.parametrize(
    ("fault", "did"),
    [
        (KubeletFrozen(NODE), ["freeze worker1/kubelet", "thaw worker1/kubelet"]),
        (RuntimeFrozen(NODE), ["freeze worker1/containerd", "thaw worker1/containerd"]),
        (RuntimeDown(NODE), ["stop worker1/containerd", "start worker1/containerd"]),
        (DiskFull(NODE), ["fill worker1", "empty worker1"]),
        (
            ControlPlaneFrozen(("etcd", "kube-apiserver")),
            ["freeze etcd", "freeze kube-apiserver", "thaw etcd", "thaw kube-apiserver"],
        ),
    ],
    ids=str,
)
def test_a_program_s_fault_is_undone_by_its_opposite(fault: Fault, did: list[str]) -> None:
    hands = Hands()

    fault.inject(hands)  # type: ignore[arg-type]
    fault.heal(hands)  # type: ignore[arg-type]

    assert hands.did == did


def test_nothing_is_frozen_when_one_of_the_programs_is_none() -> None:
    hands = Hands()

    with pytest.raises(NoSuchTarget):
        ControlPlaneFrozen(("etcd", "nope")).inject(hands)  # type: ignore[arg-type]

    assert hands.did == []


class Handless:
    """A cluster that was there before us."""

    def machine(self, node: str) -> Hands:
        raise CannotHere(f"node {node}: nobody here has hands on its machines")

    control_plane = machine


@pytest.mark.parametrize("fault", [*NODES, *PROGRAMS], ids=str)
def test_where_nobody_has_hands_on_machines_nothing_is_caused_and_healing_is_nothing(
    fault: Fault,
) -> None:
    with pytest.raises(CannotHere, match="nobody here has hands"):
        fault.inject(Handless())  # type: ignore[arg-type]
    heal(fault, Handless())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("taint", "ruling"),
    [
        ("node.kubernetes.io/disk-pressure:NoSchedule", Ruling.HOLDS),
        ("node.kubernetes.io/memory-pressure:NoSchedule", Ruling.BROKEN),
        ("", Ruling.BROKEN),
    ],
)
def test_a_full_disk_shows_in_the_taint_of_its_own_pressure(taint: str, ruling: Ruling) -> None:
    seen = story(at(40, node(NODE, taint=taint)), end=70)  # later than an act may show

    assert DiskFull(NODE).symptom().judge(seen).ruling is ruling
