"""Pages of a ledger that none of ours wrote: named, left where they are, and nothing is done."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clear import must_be_clear, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.cli import program
from chaos.clock import ManualClock
from chaos.errors import NotHealed, Unreadable
from chaos.faults import Crash, NodeDeath
from chaos.history.journal import Journal
from chaos.options import Options
from chaos.running import mending
from chaos.running.ledger import Ledger, read
from chaos.testing import FakeCluster, app_of, pod

WEB = app_of(pod("web-1"), pod("web-2"))
NODE = "chaos.faults.node:NodeDeath"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


@pytest.fixture
def cluster() -> FakeCluster:
    clock = ManualClock()
    return FakeCluster(Journal(clock), clock)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder we are in, with modules that nobody should import."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ends_at_once.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "fails_at_once.py").write_text("1 / 0\n")
    (tmp_path / "is_no_python.py").write_text("class\n")
    return tmp_path


def page(**changes: object) -> str:
    whole = {"version": 1, "fault": NODE, "fields": {"node": "worker1"}, "path": ""}
    return json.dumps(whole | changes)


def refused(ledger: Ledger, cluster: FakeCluster, bad: Path, *named: str) -> None:
    """The page is named in one line and stays, and a sound one beside it is healed all the same."""
    sound = ledger.arm(NodeDeath("worker2"), 1)
    cluster.machine("worker1").power_off()
    cluster.machine("worker2").power_off()

    with pytest.raises(NotHealed) as told:
        ledger.heal_all(cluster)

    first, second = str(told.value).split("\n")
    must_be_clear(first, f"{bad.name}", *named)
    assert second == f"healed: {NodeDeath('worker2')}"
    assert not sound.exists()
    assert os.path.lexists(bad)
    assert cluster.machine("worker2").on
    assert not cluster.machine("worker1").on


RAW: list[tuple[bytes | str, str]] = [
    (b"", "cannot be read (JSONDecodeError: "),
    (b"\xff\xfe{}", "cannot be read ("),
    (b"\x00" * 40, "cannot be read ("),
    (b"{" * 100_000, "cannot be read ("),
    (b'{"version":' + b"[" * 100_000, "cannot be read (RecursionError: "),
    ("null", "a page is an object"),
    ("[]", "a page is an object"),
    ("1", "a page is an object"),
    ('"x"', "a page is an object"),
    ("{}", "KeyError"),
    (page(version=None), "TypeError"),
    (page(version="new"), "ValueError"),
    (page(version=[1]), "TypeError"),
    (page(version=1e999), "OverflowError"),
    (page(version=float("nan")), "ValueError"),
    (page(version=9, fields={}), "its page is of version 9, we write 1"),
    (page(version="9" * 4000, fields={}), "its page is of version 999"),
    (page(fault=None), "ModuleNotFoundError"),
    (page(fault=""), "ValueError"),
    (page(fault=":"), "ValueError"),
    (page(fault="NodeDeath"), "ModuleNotFoundError"),
    (page(fault="chaos.faults.node"), "AttributeError"),
    (page(fault="chaos.faults.node:"), "AttributeError"),
    (page(fault="..node:NodeDeath"), "TypeError"),
    (page(fault="../../etc/passwd:x"), "TypeError"),
    (page(fault="a\0b:c"), "cannot be read"),
    (page(fault="a\nb:c\x1b[2J"), r"No module named 'a\nb'"),
    (page(fault="x" * 5000 + ":y"), "ModuleNotFoundError"),
    (page(fault="__main__:Fault"), "in a function or a program"),
    (page(fault="a:f.<locals>.Fault"), "in a function or a program"),
    (page(fault="os:system", fields={"command": "touch was-here"}), "os:system is no fault"),
    (page(fault="os:remove", fields={"path": "was-here"}), "os:remove is no fault"),
    (page(fault="subprocess:Popen", fields={"args": "x"}), "subprocess:Popen is no fault"),
    (page(fault="subprocess:run", fields={"args": "x"}), "subprocess:run is no fault"),
    (page(fault="pathlib:Path", fields="x"), "pathlib:Path is no fault"),
    (page(fault="chaos.ports.fault:Fault", fields={}), "cannot be read"),
    (page(fault="chaos.running.ledger:Ledger", fields={"folder": "/"}), "is no fault"),
    (page(fault="chaos.running.ledger:heal", fields={}), "is no fault"),
    (page(fault="ends_at_once:Fault"), "ends whoever imports it"),
    (page(fault="fails_at_once:Fault"), "ZeroDivisionError"),
    (page(fault="is_no_python:Fault"), "SyntaxError"),
    (page(fields=None), "ValidationError"),
    (page(fields=[]), "ValidationError"),
    (page(fields={}), "ValidationError"),
    (page(fields={"node": None}), "ValidationError"),
    (page(fields={"node": 3}), "ValidationError"),
    (page(fields={"node": {"name": "worker1"}}), "ValidationError: node"),
    (page(fault="chaos.faults.crash:Crash", fields={"apps": [], "code": "x"}), "ValidationError: "),
]


@pytest.mark.parametrize(("raw", "why"), RAW, ids=range(len(RAW)))
def test_a_page_that_cannot_be_read_is_named_and_does_nothing(
    ledger: Ledger, cluster: FakeCluster, modules: Path, raw: bytes | str, why: str
) -> None:
    ledger.folder.mkdir()
    bad = ledger.folder / "bad.json"
    bad.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    before = snapshot(modules)

    refused(ledger, cluster, bad, "the ledger's page ", why, "heal by hand what it names")

    after = snapshot(modules)
    assert {name: after[name] for name in before} == before
    assert {name for name in set(after) - set(before) if "__pycache__" not in name} == set()


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def a_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    "name", ["bad.json", "a\nb.json", "\x1b[2J.json", "\u202eb.json", " .json"]
)
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_folder, "a folder, not a file"),
        (a_pipe, "a pipe, not a file"),
        (endless, "a device, not a file"),
        (huge, "larger than 4 MiB"),
        (dangling, "No such file"),
        (a_loop, "Too many levels"),
    ],
)
def test_what_is_no_file_is_named_and_not_waited_for(
    ledger: Ledger, tmp_path: Path, make: Callable[[Path], None], why: str, name: str
) -> None:
    ledger.folder.mkdir()
    make(ledger.folder / name)

    (bad,) = ledger.armed()
    with pytest.raises(Unreadable) as told:
        read(bad)
    must_be_clear(told.value, f"{tmp_path}", ".json", why)


@pytest.mark.parametrize("make", [a_folder, a_pipe, endless, dangling, a_loop])
def test_what_is_no_file_keeps_nobody_ill(
    ledger: Ledger, cluster: FakeCluster, make: Callable[[Path], None]
) -> None:
    ledger.folder.mkdir()
    make(ledger.folder / "bad.json")

    refused(ledger, cluster, ledger.folder / "bad.json")


def test_a_byte_order_mark_does_no_harm(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    (ledger.folder / "marked.json").write_text(page(), encoding="utf-8-sig")

    assert read(ledger.folder / "marked.json") == NodeDeath("worker1")


def test_a_page_cut_anywhere_is_named(ledger: Ledger) -> None:
    whole = ledger.arm(Crash(WEB, code=3), 1).read_bytes()
    bad = ledger.folder / "bad.json"
    for cut in range(len(whole)):
        bad.write_bytes(whole[:cut])
        with pytest.raises(Unreadable) as told:
            read(bad)
        must_be_clear(told.value, bad)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(field=st.sampled_from(["version", "fault", "fields", "path", "node"]), value=ANYTHING)
def test_whatever_a_field_holds_it_is_a_fault_or_named(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    bad = tmp_path_factory.mktemp("ledger") / "bad.json"
    bad.write_text(page(fields={"node": value}) if field == "node" else page(**{field: value}))
    try:
        assert isinstance(read(bad), NodeDeath)
    except Unreadable as told:
        must_be_clear(told, bad)


@pytest.mark.parametrize("make", [a_pipe, dangling])
def test_a_ledger_that_is_no_folder_is_one_line_and_10(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], None],
) -> None:
    make(tmp_path / "ledger")

    def healed(options: Options, tell: object) -> list[Any]:
        del options, tell
        with Ledger(tmp_path / "ledger").held():
            return []

    monkeypatch.setattr(mending, "healed_on", healed)

    assert command(monkeypatch, "heal", "ours") == 10
    must_be_clear(capsys.readouterr().err.removesuffix("\n"), "chaos: ", tmp_path / "ledger")


def test_the_command_tells_of_each_page_on_a_line_of_its_own(
    ledger: Ledger,
    cluster: FakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ledger.arm(NodeDeath("worker2"), 1)
    for name in ("a\x1b[2J.json", "b\nc.json"):
        (ledger.folder / name).write_text("{")
    monkeypatch.setattr(mending, "healed_on", lambda *_: ledger.heal_all(cluster))

    assert command(monkeypatch, "heal", "ours") == 10

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    for line in lines:
        must_be_clear(line)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The status that `chaos` ends with, in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["chaos", *words])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return int(ended.value.code or 0)
