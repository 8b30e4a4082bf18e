from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from chaos import Fault, seconds
from chaos.clock import ManualClock
from chaos.entry import Probe
from chaos.errors import ChaosError, NotHealed, Unreadable
from chaos.faults import Crash, FailingHealth, Hang, Leak, NodeDeath
from chaos.history import Journal
from chaos.ledger import Ledger, heal, read
from chaos.testing import FakeCluster, app_of, pod

WEB = replace(app_of(pod("web-1"), pod("web-2")), liveness=Probe(period=1, grace=2), tolerance=2)
DB = app_of(pod("db-1"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


@pytest.fixture
def cluster() -> FakeCluster:
    clock = ManualClock()
    return FakeCluster(Journal(clock), clock)


@pytest.mark.parametrize(
    "fault",
    [
        Crash((WEB, DB), code=3),
        Hang(WEB),
        FailingHealth(WEB, times=2),
        Leak(WEB, mib_per_second=0.5),
        NodeDeath("worker1"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_is_read_back_as_it_was_armed(ledger: Ledger, fault: Fault) -> None:
    page = ledger.arm(fault, 1)

    assert ledger.armed() == [(page, fault)]
    assert read(page) == fault


def test_a_page_is_for_its_owner_only(ledger: Ledger) -> None:
    ledger.arm(NodeDeath("worker1"), 1)

    assert stat.S_IMODE(ledger.folder.stat().st_mode) == 0o700


def test_a_disarmed_fault_is_struck_out_twice_is_once(ledger: Ledger) -> None:
    page = ledger.arm(NodeDeath("worker1"), 1)

    ledger.disarm(page)
    ledger.disarm(page)

    assert ledger.armed() == []


def test_a_ledger_that_was_never_written_is_empty(ledger: Ledger) -> None:
    assert ledger.armed() == []


def test_two_scenarios_of_one_process_do_not_write_over_each_other(ledger: Ledger) -> None:
    ledger.arm(NodeDeath("worker1"), 1)
    ledger.arm(NodeDeath("worker2"), 1)

    assert len(ledger.armed()) == 2


def test_a_dead_run_s_faults_are_healed_newest_first(ledger: Ledger, cluster: FakeCluster) -> None:
    for number, node in enumerate(["worker1", "worker2"]):
        cluster.machine(node).power_off()
        page = ledger.arm(NodeDeath(node), number)
        os.utime(page, (number, number))

    healed = ledger.heal_all(cluster)

    assert healed == ["NodeDeath(node='worker2')", "NodeDeath(node='worker1')"]
    assert cluster.machine("worker1").on
    assert ledger.armed() == []


def test_a_target_that_is_gone_is_struck_out(ledger: Ledger, cluster: FakeCluster) -> None:
    ledger.arm(NodeDeath("worker9"), 1)

    assert ledger.heal_all(cluster) == ["NodeDeath(node='worker9')"]
    assert ledger.armed() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"a"',
        "{}",
        json.dumps({"fault": "chaos.faults.node:NodeDeath"}),
        json.dumps({"fault": "chaos.faults.node:NodeDeath", "fields": {"nod": "x"}}),
        json.dumps({"fault": "chaos.faults.nowhere:NodeDeath", "fields": {}}),
        json.dumps({"fault": "chaos.faults.node:Nothing", "fields": {}}),
        json.dumps({"fault": "nothing", "fields": {}}),
        json.dumps({"fault": "", "fields": {}}),
    ],
)
def test_a_page_that_cannot_be_read_is_named(ledger: Ledger, text: str) -> None:
    page = ledger.arm(NodeDeath("worker1"), 1)
    page.write_text(text)

    with pytest.raises(Unreadable, match=f"{page.name} cannot be read"):
        ledger.armed()


def test_a_half_written_page_is_no_page(ledger: Ledger) -> None:
    page = ledger.arm(NodeDeath("worker1"), 1)
    page.rename(page.with_suffix(".partial"))

    assert ledger.armed() == []


def test_a_ledger_has_one_holder(ledger: Ledger) -> None:
    other = Ledger(ledger.folder)

    with ledger.held(), pytest.raises(ChaosError, match="another run"), other.held():
        pass
    with other.held():
        pass


def test_what_cannot_be_healed_says_so_and_stays(
    ledger: Ledger, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: NodeDeath, cluster: object) -> None:
        raise RuntimeError("no route to host")

    monkeypatch.setattr(NodeDeath, "heal", fails)
    ledger.arm(NodeDeath("worker1"), 1)

    with pytest.raises(NotHealed, match=r"NodeDeath.*no route to host.*chaos heal"):
        ledger.heal_all(cluster)

    assert len(ledger.armed()) == 1


def test_ctrl_c_while_healing_is_ctrl_c(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: NodeDeath, cluster: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(NodeDeath, "heal", interrupted)

    with pytest.raises(KeyboardInterrupt):
        heal(NodeDeath("worker1"), cluster)


def test_healing_leaves_what_was_well_alone(cluster: FakeCluster) -> None:
    cluster.run(WEB)
    before = len(cluster.journal)

    heal(Hang(WEB), cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(9), unless=lambda: False)

    assert len(cluster.journal) == before
