from __future__ import annotations

import importlib
import json
import math
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos import Fault, seconds
from chaos.clock import ManualClock, Seconds, uptime
from chaos.errors import ChaosError, NotHealed, Unreadable
from chaos.faults import Crash, FailingHealth, Hang, Leak, NodeDeath
from chaos.history.effect import UNSAID
from chaos.history.journal import Journal
from chaos.judging.law import Law
from chaos.laws.nodes import goes_unready
from chaos.ports.cluster import Cluster
from chaos.ports.fault import TERM
from chaos.running.ledger import Ledger, heal, read
from chaos.running.switch import LEEWAY, overdue
from chaos.testing import FakeCluster, app_of, pod
from chaos.testing.cluster import FakeMachine
from chaos.windows import within
from chaos.workloads.admitted import Apps, Stand, Workload
from chaos.workloads.containers import ContainerSpec, Probe, RestartRule
from chaos.workloads.handlers import Exec, Grpc, HttpGet, Sleep, TcpSocket

WEB = app_of(
    pod("web-1"),
    pod("web-2"),
    liveness=Probe(period=seconds(1), grace=seconds(2)),
    tolerance=seconds(2),
)
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

    assert ledger.armed() == [page]
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

    assert healed == [str(NodeDeath("worker2")), str(NodeDeath("worker1"))]
    assert cluster.machine("worker1").on
    assert ledger.armed() == []


def test_a_clock_that_is_set_back_does_not_change_the_order(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    for number, node in enumerate(["worker1", "worker2"], 1):
        os.utime(ledger.arm(NodeDeath(node), number), (-number, -number))

    healed = ledger.heal_all(cluster)

    assert healed == [str(NodeDeath("worker2")), str(NodeDeath("worker1"))]


def test_an_earlier_run_s_faults_are_healed_after_a_later_one_s(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    early = ledger.arm(NodeDeath("worker1"), 7)
    early = early.rename(early.with_name("1-7-0123abcd.json"))
    os.utime(early, (1, 1))
    ledger.arm(NodeDeath("worker2"), 1)

    assert ledger.heal_all(cluster) == [str(NodeDeath("worker2")), str(NodeDeath("worker1"))]


def test_a_target_that_is_gone_is_struck_out(ledger: Ledger, cluster: FakeCluster) -> None:
    ledger.arm(NodeDeath("worker9"), 1)

    assert ledger.heal_all(cluster) == [str(NodeDeath("worker9"))]
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
        json.dumps({"fault": "nowhere:NodeDeath", "fields": {}}),
        json.dumps({"fault": "chaos.faults.node:Nothing", "fields": {}}),
        json.dumps({"fault": "nothing", "fields": {}}),
        json.dumps({"fault": "", "fields": {}}),
    ],
)
def test_a_page_that_cannot_be_read_is_named(ledger: Ledger, text: str) -> None:
    page = ledger.arm(NodeDeath("worker1"), 1)
    page.write_text(text)

    with pytest.raises(Unreadable, match=f"{page.name} cannot be read") as told:
        read(page)
    assert "\n" not in str(told.value)


def test_a_half_written_page_is_no_page(ledger: Ledger) -> None:
    page = ledger.arm(NodeDeath("worker1"), 1)
    page.rename(page.with_suffix(".partial"))

    assert ledger.armed() == []


def test_a_ledger_has_one_holder(ledger: Ledger) -> None:
    other = Ledger(ledger.folder)

    at_once = other.held(patience=seconds(0))

    with ledger.held(), pytest.raises(ChaosError, match="another run"), at_once:
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


@dataclass(frozen=True)
class Plain:
    """A fault of plain data that does nothing."""

    text: str
    count: int = 0
    share: float = 0
    apps: Apps = ()
    names: tuple[str, ...] = ()
    more: dict[str, float | None] = field(default_factory=dict)

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Law:
        return goes_unready("worker1", within=within(seconds(1)))


class Outer:
    """Faults that are alike, but do not come back as they went."""

    @dataclass(frozen=True)
    class Nested(Plain):
        """Can be found: by its class' name."""

    @dataclass(frozen=True)
    class Opaque(Plain):
        """A field that is no plain data."""

        what: object = object()

    @dataclass(frozen=True)
    class Forgetful(Plain):
        """A field that is not written down."""

        clock: ManualClock = field(default_factory=ManualClock)

    class NoData(Plain):
        """Two are never equal."""

        __eq__ = object.__eq__
        __hash__ = object.__hash__


class Hidden(Plain):
    """Another class has its name."""


Shadow, Hidden = Hidden, Outer  # type: ignore[misc,assignment]


def test_faults_of_a_class_in_a_class_are_read_back(ledger: Ledger) -> None:
    fault = Outer.Nested("x")

    assert read(ledger.arm(fault, 1)) == fault


def local() -> Fault:
    @dataclass(frozen=True)
    class Local(Plain):
        pass

    return Local("x")


def named(module: str) -> Fault:
    fault: Fault = type("Plain", (Plain,), {"__module__": module})("x")
    return fault


def in_a_program() -> Fault:
    return named("__main__")


def nowhere() -> Fault:
    return named("no.such.module")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (local, "in a function or a program"),
        (in_a_program, "in a function or a program"),
        (nowhere, "no.such.module"),
        (lambda: Shadow("x"), "another class of that name|is no fault"),
        (lambda: Outer.Opaque("x"), "would come back|serialize"),
        (lambda: Outer.Forgetful("x"), "ManualClock"),
        (lambda: Outer.NoData("x"), "would come back as"),
        (lambda: Plain("x", share=math.nan), "would come back as"),
        (lambda: Plain("x", names=cast("Any", ["a"])), "would come back as"),
    ],
)
def test_a_fault_that_nobody_could_read_back_is_refused_before_it_is_written(
    ledger: Ledger, make: Callable[[], Fault], why: str
) -> None:
    with pytest.raises(ChaosError, match=f"is not armed, since nobody could heal.*({why})") as told:
        ledger.arm(make(), 1)

    assert "\n" not in str(told.value)
    assert ledger.armed() == []


TEXT = st.text(st.characters(codec=None))
PORTS = st.integers() | TEXT
WORDS = st.lists(TEXT, max_size=3).map(tuple)
HOOKS = st.one_of(
    st.builds(HttpGet, path=TEXT, port=PORTS, headers=WORDS),
    st.builds(TcpSocket, port=PORTS, host=TEXT),
    st.builds(Exec, command=WORDS),
)
PROBES = st.builds(
    Probe,
    period=st.floats(),
    grace=st.none() | st.floats(0, 60),
    asks=st.none() | HOOKS | st.builds(Grpc, port=PORTS, service=TEXT),
)
RULES = st.builds(RestartRule, codes=st.lists(st.integers(), max_size=2).map(tuple))
CONTAINERS = st.builds(
    ContainerSpec,
    name=TEXT,
    liveness=st.none() | PROBES,
    ports=st.lists(st.tuples(TEXT, st.integers()), max_size=2).map(tuple),
    restart_rules=st.lists(RULES, max_size=2).map(tuple),
    pre_stop=st.none() | HOOKS | st.builds(Sleep, span=st.floats()),
)
APPS = st.builds(
    Workload,
    stands=st.lists(st.builds(Stand), max_size=3).map(tuple),
    containers=st.lists(CONTAINERS, min_size=1, max_size=2).map(tuple),
    named=TEXT,
)
PLAINS = st.builds(
    Plain,
    text=TEXT,
    count=st.integers(),
    share=st.floats(),
    apps=APPS | st.lists(APPS, max_size=2).map(tuple),
    names=st.lists(TEXT, max_size=3).map(tuple),
    more=st.dictionaries(TEXT, st.none() | st.floats(), max_size=3),
)
FAULTS = st.one_of(
    PLAINS,
    st.builds(Crash, APPS, code=st.integers(0, 255)),
    st.builds(Hang, APPS),
    st.builds(Leak, APPS, mib_per_second=st.floats(0, 1e6)),
    st.builds(NodeDeath, TEXT),
)


@settings(max_examples=60, deadline=None)
@given(FAULTS)
def test_whatever_its_fields_a_fault_comes_back_equal_or_is_refused(fault: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        try:
            page = ledger.arm(fault, 1)
        except ChaosError:
            assert ledger.armed() == []
            assert re.search(r"\bnan\b|\\ud[89a-f]", repr(asdict(fault)))  # neither is JSON
        else:
            assert read(page) == fault


def test_an_unreadable_page_does_not_keep_the_others_ill(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    pages = [ledger.arm(NodeDeath(f"worker{n}"), n) for n in (1, 2)]
    bad = ledger.arm(NodeDeath("worker3"), 3)
    for age, page in enumerate([pages[0], bad, pages[1]]):
        os.utime(page, (age, age))
    bad.write_text("{")
    cluster.machine("worker1").power_off()
    cluster.machine("worker2").power_off()

    with pytest.raises(NotHealed) as told:
        ledger.heal_all(cluster)

    assert cluster.machine("worker1").on
    assert cluster.machine("worker2").on
    assert ledger.armed() == [bad]
    first, *healed = str(told.value).splitlines()
    assert f"{bad} cannot be read" in first
    assert healed == [f"healed: {NodeDeath(node)}" for node in ("worker2", "worker1")]


def test_a_fault_that_cannot_be_healed_does_not_keep_the_others_ill(
    ledger: Ledger, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Hang, cluster: object) -> None:
        raise RuntimeError("no route to host")

    monkeypatch.setattr(Hang, "heal", fails)
    os.utime(ledger.arm(NodeDeath("worker1"), 1), (1, 1))
    hang = ledger.arm(Hang(DB), 2)
    cluster.machine("worker1").power_off()

    with pytest.raises(NotHealed, match=r"Hang.*no route to host"):
        ledger.heal_all(cluster)

    assert cluster.machine("worker1").on
    assert ledger.armed() == [hang]


@dataclass(frozen=True)
class Needy:
    """Can be healed only when a node has power, as a patient when there is an API server."""

    node: str

    effect = UNSAID
    term = seconds(60)

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None:
        machine = cluster.machine(self.node)
        assert isinstance(machine, FakeMachine)
        if not machine.on:
            raise RuntimeError("nobody there")

    def symptom(self) -> Law:
        return goes_unready("worker1", within=within(seconds(1)))


def test_what_needs_what_an_older_fault_took_has_a_second_turn(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    os.utime(ledger.arm(NodeDeath("worker1"), 1), (1, 1))
    ledger.arm(Needy("worker1"), 2)
    cluster.machine("worker1").power_off()
    told: list[str] = []

    healed = ledger.heal_all(cluster, told.append)

    assert healed == told == [str(NodeDeath("worker1")), str(Needy("worker1"))]
    assert ledger.armed() == []


def test_what_cannot_be_healed_in_its_second_turn_either_is_told_once(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    os.utime(ledger.arm(NodeDeath("worker1"), 1), (1, 1))
    page = ledger.arm(Needy("worker2"), 2)
    cluster.machine("worker2").power_off()

    with pytest.raises(NotHealed) as told:
        ledger.heal_all(cluster)

    assert str(told.value).count("nobody there") == 1
    assert f"healed: {NodeDeath('worker1')}" in str(told.value)
    assert ledger.armed() == [page]


@pytest.mark.parametrize(("fault", "term"), [(NodeDeath("worker1"), TERM), (Needy("x"), 60)])
def test_a_page_says_when_its_fault_s_term_is_over(
    ledger: Ledger, fault: Fault, term: float
) -> None:
    before = uptime()

    page = ledger.arm(fault, 1)

    until = json.loads(page.read_text())["until"]
    assert before + term <= until <= uptime() + term
    assert not overdue(ledger.folder, Seconds(until + LEEWAY - 1))
    assert overdue(ledger.folder, Seconds(until + LEEWAY))
    ledger.disarm(page)
    assert not overdue(ledger.folder, Seconds(until + LEEWAY))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"until": null}', '{"until": "soon"}'])
def test_a_page_that_does_not_say_when_is_never_overdue(ledger: Ledger, text: str) -> None:
    ledger.arm(NodeDeath("worker1"), 1).write_text(text)

    assert not overdue(ledger.folder, Seconds(1e9))


def test_what_was_done_meanwhile_is_told_once(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    assert ledger.notes() == []

    ledger.note("the switch healed one")
    ledger.note("the switch healed two")

    assert ledger.notes() == ["the switch healed one", "the switch healed two"]
    assert ledger.notes() == []
    assert ledger.armed() == []


def later(page: Path, **changes: object) -> Path:
    """A page as a later version may write it."""
    line = json.loads(page.read_text()) | {"version": 7, "mood": "good"}
    line["fields"] = line["fields"] | {"depth": 3} | changes
    page.write_text(json.dumps(line))
    return page


def test_a_page_of_a_later_version_is_read_as_far_as_it_goes(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    later(ledger.arm(NodeDeath("worker1"), 1))
    cluster.machine("worker1").power_off()

    (healed,) = ledger.heal_all(cluster)

    assert healed == f"{NodeDeath('worker1')} (its page is of version 7, we write 1)"
    assert cluster.machine("worker1").on


def test_a_page_of_a_later_version_that_cannot_be_read_says_so(
    ledger: Ledger, cluster: FakeCluster
) -> None:
    page = later(ledger.arm(NodeDeath("worker1"), 1), node={"name": "worker1"})

    with pytest.raises(NotHealed, match=r"page is of version 7, we write 1; ValidationError"):
        ledger.heal_all(cluster)

    assert ledger.armed() == [page]


def test_a_scenario_s_own_fault_is_read_from_where_it_was_defined(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    source = "from test_ledger import *\nclass Own(Plain): pass\n"
    (package / "chaos_own_fault.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("package.chaos_own_fault")
    page = ledger.arm(own.Own("x"), 1)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(tmp_path)])
    for name in ("package", "package.chaos_own_fault"):
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()

    assert str(read(page)).startswith("Own(text='x'")


def test_healing_leaves_what_was_well_alone(cluster: FakeCluster) -> None:
    cluster.run(WEB)
    before = len(cluster.journal)

    heal(Hang(WEB), cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(9), unless=lambda: False)

    assert len(cluster.journal) == before
