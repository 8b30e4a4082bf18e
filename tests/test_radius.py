from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaos import Chaos, Fault
from chaos.clock import ManualClock, Seconds, minutes, seconds
from chaos.errors import ChaosError, NotHealed
from chaos.faults import Crash, KubeletDown, NodeDeath, NodeForgotten, OutOfService, Tainted
from chaos.history.journal import Journal
from chaos.ports.cluster import Cluster
from chaos.ports.fault import TERM
from chaos.running.ledger import Ledger
from chaos.running.radius import Radius, taken
from chaos.running.switch import LEEWAY
from chaos.testing import FakeCluster, app_of, pod

TAINT = "maintenance=now:NoExecute"
THREE = ("worker1", "worker2", "worker3")


class Leased(FakeCluster):
    """A fake whose nodes may be another run's, and may carry a control plane."""

    def __init__(self, *nodes: str, strangers: tuple[str, ...] = ()) -> None:
        clock = ManualClock()
        super().__init__(Journal(clock), clock, nodes=nodes)
        self.strangers = strangers
        self.planes: tuple[str, ...] = ()
        self.claims: list[str] = []
        self.lasting = seconds(0)

    @property
    def control_planes(self) -> tuple[str, ...]:
        return self.planes

    def claim(self, node: str, *, lasting: Seconds) -> None:
        if node in self.strangers:
            raise ChaosError(f"{node} is another run's")
        self.lasting = lasting
        self.claims = sorted({*self.claims, node})

    def release(self, node: str) -> None:
        self.claims.remove(node)


def session(cluster: Leased, folder: Path, *, most: int = 2) -> Chaos:
    return Chaos(cluster, cluster.journal, cluster, Ledger(folder), radius=Radius(most))


@pytest.mark.parametrize(
    ("fault", "nodes"),
    [
        (NodeDeath("worker1"), {"worker1"}),
        (NodeDeath(("worker1", "worker2")), {"worker1", "worker2"}),
        (KubeletDown("worker1"), {"worker1"}),
        (NodeForgotten("worker1"), {"worker1"}),
        (Tainted("worker1", TAINT), {"worker1"}),
        (Tainted("worker1", "maintenance=now:NoSchedule"), set()),  # who is there may stay
        (OutOfService("worker1"), set()),  # it is said of a node that is gone already
        (Crash(app_of(pod("web-1"))), set()),
    ],
)
def test_a_fault_says_which_nodes_it_takes(fault: Fault, nodes: set[str]) -> None:
    assert taken([fault]) == nodes


@pytest.mark.parametrize(
    "fault",
    [
        NodeDeath("worker1"),
        Tainted("worker1", TAINT),
        KubeletDown("worker1"),
        NodeForgotten("worker1"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_the_last_ready_node_is_spared(fault: Fault, tmp_path: Path) -> None:
    cluster = Leased("worker1")
    chaos = session(cluster, tmp_path)

    with (
        pytest.raises(ChaosError, match="would leave no Ready node: add nodes"),
        chaos.inject(fault),
    ):
        pass

    assert cluster.machines["worker1"].on
    assert not cluster.machines["worker1"].taints
    assert chaos.ledger.armed() == []
    assert cluster.claims == []


def test_the_last_one_is_spared_also_when_the_others_went_one_after_the_other(
    tmp_path: Path,
) -> None:
    """The first is dead, and the control plane has not noticed: it still shows both Ready."""
    cluster = Leased("worker1", "worker2")
    chaos = session(cluster, tmp_path)

    with ExitStack() as stack:
        stack.enter_context(chaos.inject(NodeDeath("worker1")))
        assert cluster.ready_nodes == ("worker1", "worker2")
        with pytest.raises(ChaosError, match="no Ready node"):
            stack.enter_context(chaos.inject(NodeDeath("worker2")))
        assert cluster.machines["worker2"].on
        chaos.leaving = True


def test_the_last_one_goes_if_the_scenario_says_so(tmp_path: Path) -> None:
    cluster = Leased("worker1")

    with session(cluster, tmp_path).inject(NodeDeath("worker1", even_the_last=True)):
        assert not cluster.machines["worker1"].on


def test_no_more_nodes_are_taken_than_the_run_allows(tmp_path: Path) -> None:
    cluster = Leased(*THREE)
    chaos = session(cluster, tmp_path, most=1)

    with (
        pytest.raises(ChaosError, match=r"take 2 nodes at once \(worker1, worker2\), and 1 may"),
        chaos.inject(NodeDeath(("worker1", "worker2"), even_the_last=True)),
    ):
        pass
    with chaos.inject(NodeDeath("worker1")), chaos.inject(Tainted("worker1", TAINT)):
        with (
            pytest.raises(ChaosError, match="2 nodes at once"),
            chaos.inject(Tainted("worker2", TAINT)),
        ):
            pass
        chaos.leaving = True


def test_the_only_control_plane_is_spared(tmp_path: Path) -> None:
    cluster = Leased(*THREE)
    cluster.planes = ("worker3",)
    chaos = session(cluster, tmp_path)
    chaos.leaving = True

    with (
        pytest.raises(ChaosError, match="would leave no control plane"),
        chaos.inject(NodeDeath("worker3")),
    ):
        pass
    with chaos.inject(NodeDeath("worker1")):
        pass
    cluster.planes = ("worker2", "worker3")
    with chaos.inject(NodeDeath("worker3")):
        pass


def test_a_node_of_another_run_is_left_alone(tmp_path: Path) -> None:
    cluster = Leased(*THREE, strangers=("worker2",))
    chaos = session(cluster, tmp_path)

    with (
        pytest.raises(ChaosError, match="worker2 is another run's"),
        chaos.inject(NodeDeath(("worker1", "worker2"))),
    ):
        pass

    assert all(machine.on for machine in cluster.machines.values())
    assert cluster.claims == []
    assert chaos.ledger.armed() == []


def test_a_node_is_ours_until_the_last_fault_on_it_is_healed(tmp_path: Path) -> None:
    cluster = Leased(*THREE)
    chaos = session(cluster, tmp_path)
    chaos.leaving = True

    with chaos.inject(NodeDeath("worker1")):
        with chaos.inject(Tainted("worker2", TAINT)), chaos.inject(Tainted("worker1", TAINT)):
            assert cluster.claims == ["worker1", "worker2"]
        assert cluster.claims == ["worker1"]
    assert cluster.claims == []


def test_a_node_is_kept_for_the_fault_that_is_healed_last(tmp_path: Path) -> None:
    cluster = Leased(*THREE)
    chaos = session(cluster, tmp_path)
    chaos.leaving = True
    first, second = ExitStack(), ExitStack()

    first.enter_context(chaos.inject(NodeDeath("worker1")))
    second.enter_context(chaos.inject(Tainted("worker1", TAINT)))
    first.close()
    assert cluster.claims == ["worker1"]

    second.close()
    assert cluster.claims == []


@dataclass(frozen=True)
class LongDeath(NodeDeath):
    """One that is watched for longer than any of ours."""

    term = minutes(40)


@pytest.mark.parametrize(("fault", "term"), [(NodeDeath, TERM), (LongDeath, minutes(40))])
def test_a_node_is_kept_as_long_as_its_fault_may_be_open_and_healed(
    tmp_path: Path, fault: type[NodeDeath], term: Seconds
) -> None:
    cluster = Leased(*THREE)
    chaos = session(cluster, tmp_path)
    chaos.leaving = True

    with chaos.inject(fault("worker1")):
        assert cluster.lasting == term + LEEWAY


@dataclass(frozen=True)
class Stuck:
    """A fault that nobody can heal."""

    node: str = "worker1"
    even_the_last: bool = False

    effect = Crash(app_of(pod("web-1"))).effect

    @property
    def takes(self) -> tuple[str, ...]:
        return (self.node,)

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None:
        raise RuntimeError("no luck")

    def symptom(self) -> object: ...


def test_what_was_not_healed_is_not_given_back(tmp_path: Path) -> None:
    cluster = Leased(*THREE)
    chaos = session(cluster, tmp_path)
    chaos.leaving = True

    with pytest.raises(NotHealed), chaos.inject(Stuck()):  # type: ignore[arg-type]
        pass

    assert cluster.claims == ["worker1"]
