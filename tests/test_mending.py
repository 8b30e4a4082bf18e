"""What a run leaves is healed by whoever comes, and by its switch if nobody does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG

from chaos import Fault
from chaos.clock import ManualClock, poll, seconds
from chaos.errors import ChaosError, NotHealed
from chaos.faults import Hang, NodeDeath
from chaos.history.journal import Journal
from chaos.kube import namespaces
from chaos.options import Options
from chaos.running import mending
from chaos.running.ledger import Ledger
from chaos.running.mending import heal_after, heal_open, healed_on, switched
from chaos.running.switch import LOG
from chaos.testing import FakeCluster, app_of, pod

pytestmark = pytest.mark.subprocess  # locks that are waited for, and a real switch

WEB = app_of(pod("web-1"))
WAY = {"cluster": "kept"}


@dataclass
class Api:
    """An API server with a namespace that a run of ours left."""

    deleted: list[str] = field(default_factory=list)

    def delete(self, path: str) -> None:
        self.deleted.append(path)


@dataclass
class Place:
    """A kept cluster: the fake one, beside the ledger of its faults."""

    ledger: Ledger
    cluster: FakeCluster
    client: Api = field(default_factory=Api)
    options: Options = field(default_factory=lambda: Options(cluster="no-such-cluster"))
    holder: str = "us"
    released: list[str] = field(default_factory=list)

    @property
    def site(self) -> Place:
        return self

    @property
    def hands(self) -> Place:
        return self

    def displace(self, namespace: str) -> None: ...

    def hurt(self) -> None:
        faults: tuple[Fault, ...] = (NodeDeath("worker2"), Hang(WEB))
        for number, fault in enumerate(faults):
            fault.inject(self.cluster)
            self.ledger.arm(fault, number)

    @property
    def well(self) -> bool:
        (answer,) = self.cluster.ask(WEB.pod)
        return self.cluster.machine("worker2").on and answer.status == 200


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    clock = ManualClock()
    fake = FakeCluster(Journal(clock), clock)
    fake.run(WEB)
    made = Place(Ledger(tmp_path / "ledger"), fake)
    monkeypatch.setattr(fake, "release", made.released.append)
    monkeypatch.setattr(mending, "found", lambda _: made)
    monkeypatch.setattr(mending, "healer", lambda _: fake)
    monkeypatch.setattr(mending, "GOING", seconds(0))
    monkeypatch.setattr(namespaces, "remnants", lambda *_: ["chaos-1"])
    return made


def test_a_node_that_cannot_be_given_back_keeps_no_namespace(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(node: str) -> None:
        raise ChaosError(f"{node} is held by an API server that is away")

    place.hurt()
    monkeypatch.setattr(place.cluster, "release", no)

    with pytest.raises(ChaosError, match="worker2 is held"):
        heal_after(WAY)
    assert place.client.deleted == ["/api/v1/namespaces/chaos-1"]


def test_a_run_that_is_gone_leaves_nothing(place: Place) -> None:
    place.hurt()

    heal_after(WAY)

    assert place.well
    assert place.ledger.armed() == []
    assert place.released == ["worker2"]
    assert place.client.deleted == ["/api/v1/namespaces/chaos-1"]
    notes = [note.partition(" the switch ")[2] for note in place.ledger.notes()]
    assert notes == [
        f"healed {Hang(WEB)}: its run was gone",
        f"healed {NodeDeath('worker2')}: its run was gone",
        "deleted namespace chaos-1: its run was gone",
    ]


def test_a_run_that_has_come_meanwhile_is_left_alone(place: Place) -> None:
    place.hurt()

    with place.ledger.held(), pytest.raises(ChaosError, match="another run uses this cluster"):
        heal_after(WAY)

    assert not place.well
    assert place.client.deleted == []
    assert place.ledger.notes() == []


def test_a_run_that_hangs_keeps_its_cluster_and_what_it_runs(place: Place) -> None:
    with place.ledger.held():
        place.hurt()
        heal_open(WAY)

    assert place.well
    assert place.ledger.armed() == []
    assert (place.released, place.client.deleted) == ([], [])
    assert all("its run hung, and it was open for" in note for note in place.ledger.notes())


def test_what_could_be_healed_is_told_also_when_the_rest_could_not(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: NodeDeath, cluster: object) -> None:
        raise RuntimeError("no power")

    monkeypatch.setattr(NodeDeath, "heal", fails)
    place.hurt()

    with pytest.raises(NotHealed, match="no power"):
        heal_after(WAY)

    healed, deleted = place.ledger.notes()
    assert f"healed {Hang(WEB)}" in healed
    assert "deleted namespace chaos-1" in deleted
    assert place.released == []  # nobody else shall count on that node
    assert len(place.ledger.armed()) == 1


def test_what_could_not_be_healed_is_told_before_what_could_not_be_deleted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ChaosError("it is away")

    monkeypatch.setattr(NodeDeath, "heal", fails)
    monkeypatch.setattr(place.client, "delete", fails)
    place.hurt()

    with pytest.raises(NotHealed, match="could not be healed: it is away"):
        heal_after(WAY)


def test_what_cannot_be_deleted_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: str) -> None:
        raise ChaosError(f"{path} stays")

    monkeypatch.setattr(place.client, "delete", fails)
    place.hurt()

    with pytest.raises(ChaosError, match="namespaces/chaos-1 stays"):
        heal_after(WAY)
    assert place.released == ["worker2"]


def test_who_comes_next_hears_once_what_the_switch_has_done(place: Place) -> None:
    place.hurt()
    heal_after(WAY)
    said: list[str] = []

    healed = [healed_on(Options(), said.append) for _ in range(2)]

    assert healed == [["deleted namespace chaos-1"]] * 2  # which this API server never forgets
    assert len(said) == 3


@pytest.mark.parametrize("armed", [True, False], ids=["armed", "nothing-armed"])
def test_a_switch_is_sent_home_by_a_run_that_leaves_nothing_armed(
    place: Place, *, armed: bool
) -> None:
    with place.ledger.held(), switched(ground(place)):
        if armed:
            place.hurt()

    assert woken(place, within=LONG if armed else 0.1) is armed


def test_a_switch_is_woken_by_a_run_that_is_thrown_out(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt), place.ledger.held(), switched(ground(place)):
        raise KeyboardInterrupt

    assert woken(place, within=LONG)


def ground(place: Place) -> Any:
    return place


def woken(place: Place, *, within: float) -> bool:
    log = place.ledger.folder / LOG
    return poll(lambda: "NoCluster" in log.read_text(), within=seconds(within), every=seconds(0.1))
