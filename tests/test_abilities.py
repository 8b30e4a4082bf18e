"""What nobody can do to a cluster is refused before anything is done, with who can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from recorder import Recorder

from chaos import Capability, Fault
from chaos.clock import ManualClock
from chaos.dryrun import wiring as dryrun
from chaos.errors import CannotHere
from chaos.faults import NodeDeath, NodeForgotten, NodeFrozen, Tainted
from chaos.history.effect import UNSAID
from chaos.history.facts import Injecting
from chaos.history.journal import Journal
from chaos.judging.law import Law
from chaos.laws.acts import forgotten
from chaos.options import Options
from chaos.ports.abilities import Abilities
from chaos.ports.capability import NONE
from chaos.ports.cluster import Cluster
from chaos.providers import registry
from chaos.providers.existing import Existing, NoHands
from chaos.running import wiring
from chaos.running.ledger import Ledger
from chaos.running.session import Chaos
from chaos.testing import FakeCluster
from chaos.workloads import bare_pod, static_pod

POWER, FREEZE, DISK = Capability.POWER, Capability.FREEZE, Capability.DISK
KINDS = {"strong": frozenset({POWER, FREEZE, DISK}), "weak": frozenset({POWER})}
FORGOTTEN = NodeForgotten("worker1")


@dataclass(frozen=True)
class Both:
    """A fault of a user's, which needs two things."""

    effect = UNSAID
    needs: ClassVar[tuple[Capability, ...]] = (POWER, FREEZE)

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Law:
        return forgotten("worker1")


class Plain(Both):
    """One that says of no need."""

    needs = ()


def refused(can: frozenset[Capability], fault: Fault) -> str:
    with pytest.raises(CannotHere) as told:
        Abilities(can, "theirs", KINDS).admit(fault)
    return str(told.value)


@pytest.mark.parametrize(
    ("can", "lacks", "remedy"),
    [
        (NONE, "power machines off and on and freeze machines", "; --chaos-cluster=strong can"),
        (frozenset({POWER}), "freeze machines", "; --chaos-cluster=strong can"),
        (frozenset({FREEZE}), "power machines off and on", "; --chaos-cluster=strong can"),
    ],
)
def test_what_is_lacking_is_named_with_a_provider_that_has_all_of_it(
    can: frozenset[Capability], lacks: str, remedy: str
) -> None:
    assert refused(can, Both()) == f"theirs: nobody here can {lacks}, which Both() needs{remedy}"


def test_nothing_is_advised_that_would_be_refused_as_well() -> None:
    with pytest.raises(CannotHere) as told:
        Abilities(NONE, "theirs", {"weak": KINDS["weak"]}).admit(NodeFrozen("worker1"))

    assert str(told.value).endswith("which NodeFrozen(node='worker1') needs")


@pytest.mark.parametrize(
    ("can", "fault"),
    [
        (KINDS["strong"], Both()),
        (NONE, Plain()),
        (NONE, Tainted("worker1", "a=b:NoSchedule")),
    ],
)
def test_what_somebody_can_do_or_nobody_needs_to_is_let_pass(
    can: frozenset[Capability], fault: Fault
) -> None:
    Abilities(can).admit(fault)


def test_it_is_refused_before_anything_is_armed_or_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    journal, ledger = Journal(clock), Ledger(tmp_path)
    fake = FakeCluster(journal, clock)
    monkeypatch.setattr(fake, "claim", lambda *_, **__: pytest.fail("a node was taken"))
    chaos = Chaos(fake, journal, fake, ledger, abilities=Abilities(NONE))

    with pytest.raises(CannotHere), chaos.inject(NodeDeath("worker1")):
        pytest.fail("it was injected")

    assert ledger.armed() == []
    assert fake.machine("worker1").on
    assert not any(isinstance(entry, Injecting) for entry in journal.so_far(clock.now()).entries)


def test_a_node_of_others_is_not_forgotten_for_nobody_could_bring_it_back() -> None:
    abilities = registry.abilities(Existing("theirs"), "context theirs")

    with pytest.raises(CannotHere, match=r"stop the programs of nodes.*--chaos-cluster=embedded"):
        abilities.admit(FORGOTTEN)


HANDS: list[Callable[[NoHands], object]] = [
    lambda none: none.machine("worker1"),
    lambda none: none.control_plane("etcd"),
    lambda none: none.containers("worker1", "uid"),
    lambda none: none.place("worker1", {"metadata": {"name": "agent"}}),
    lambda none: none.add_node("worker9"),
]


@pytest.mark.parametrize("act", HANDS)
def test_hands_that_are_asked_all_the_same_refuse(act: Callable[[NoHands], object]) -> None:
    with pytest.raises(CannotHere, match="nobody here has hands on its machines"):
        act(NoHands())


class TestWired:
    """A run's own cluster says what can be done to it: here one that knows only power."""

    @pytest.fixture
    def recorder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
        one = Recorder(tmp_path)
        monkeypatch.setattr(registry, "MAKERS", [one, *registry.MAKERS])
        return one

    @pytest.mark.loopback
    def test_a_scenario(self, recorder: Recorder) -> None:
        with (
            wiring.provided(Options(), print) as ground,
            wiring.staged(ground, lambda _: None, print) as scene,
            pytest.raises(CannotHere, match=r"^recorded: .*; --chaos-cluster=embedded can$"),
            scene.chaos.inject(NodeFrozen("node1")),
        ):
            pytest.fail("it was injected")

        (made,) = recorder.clusters
        assert made.done == ["displace"]

    @pytest.mark.loopback
    def test_a_static_pod(self, recorder: Recorder) -> None:
        with (
            wiring.provided(Options(), print) as ground,
            wiring.staged(ground, lambda _: None, print) as scene,
            pytest.raises(CannotHere, match="lay static pods on nodes, which the static pod agent"),
        ):
            scene.cluster.run(bare_pod("web"), static_pod("agent", on="node1"))

        (made,) = recorder.clusters
        assert made.done == ["displace"]

    def test_a_static_pod_in_a_dry_run(self, recorder: Recorder) -> None:
        said: list[str] = []
        with (
            dryrun.provided(Options(dry_run=True), said.append) as draft,
            dryrun.staged(draft, lambda _: None, print) as scene,
            pytest.raises(CannotHere, match="lay static pods on nodes"),
        ):
            scene.cluster.run(bare_pod("web"), static_pod("agent", on="node1"))

        assert not any("run Pod web" in line for line in said)

    def test_a_dry_run(self, recorder: Recorder) -> None:
        said: list[str] = []
        with (
            dryrun.provided(Options(dry_run=True), said.append) as draft,
            dryrun.staged(draft, lambda _: None, print) as scene,
        ):
            with scene.chaos.inject(NodeDeath("node1")):
                pass
            with pytest.raises(CannotHere), scene.chaos.inject(NodeFrozen("node1")):
                pytest.fail("it was injected")

        assert said[-1] == (
            "cannot inject NodeFrozen(node='node1'): a new recorder cluster: nobody here can "
            "freeze machines, which NodeFrozen(node='node1') needs; --chaos-cluster=embedded can"
        )
