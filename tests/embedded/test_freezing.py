"""Groups that stand still, in both kinds of cgroup: on a tree of files, and on real processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import freezing
from chaos.providers.embedded.cgroup import V1, V2, Group


def v1(root: Path, state: str = "THAWED") -> V1:
    folder = root / "freezer" / "node"
    folder.mkdir(parents=True)
    (folder / "freezer.state").write_text(state)
    return V1("/node", root)


def v2(root: Path, *, frozen: bool = False) -> V2:
    folder = root / "node"
    folder.mkdir()
    (folder / "cgroup.freeze").write_text("0\n")
    (folder / "cgroup.events").write_text(f"populated 1\nfrozen {frozen:d}\n")
    return V2("/node", root)


def test_in_v1_a_group_is_frozen_by_its_state(tmp_path: Path) -> None:
    group = v1(tmp_path)

    freezing.freeze(group)
    assert (group.folder / "freezer.state").read_text() == "FROZEN"
    assert freezing.is_frozen(group)

    freezing.thaw(group)
    assert (group.folder / "freezer.state").read_text() == "THAWED"
    assert not freezing.is_frozen(group)


def test_in_v1_one_that_still_freezes_is_not_frozen(tmp_path: Path) -> None:
    assert not freezing.is_frozen(v1(tmp_path, "FREEZING\n"))


def test_in_v2_the_events_say_whether_it_is_frozen(tmp_path: Path) -> None:
    group = v2(tmp_path, frozen=True)

    freezing.freeze(group)
    assert (group.folder / "cgroup.freeze").read_text() == "1"
    assert freezing.is_frozen(group)

    freezing.thaw(group)
    assert (group.folder / "cgroup.freeze").read_text() == "0"


def test_what_cannot_be_frozen_is_let_go_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "PATIENCE", seconds(0.02))
    group = v2(tmp_path, frozen=False)

    with pytest.raises(NoCluster, match="could not be frozen in 0"):
        freezing.freeze(group)

    assert (group.folder / "cgroup.freeze").read_text() == "0"


@pytest.mark.parametrize("group", [V1("/gone", Path("/nowhere")), V2("/gone", Path("/nowhere"))])
def test_a_group_that_is_gone_is_not_frozen_and_needs_no_thaw(group: Group) -> None:
    freezing.thaw(group)

    assert not freezing.is_frozen(group)


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_a_thaw_leaves_what_was_frozen_for_itself(tmp_path: Path, kind: str) -> None:
    group: Group = v1(tmp_path) if kind == "v1" else v2(tmp_path)
    file = "freezer.state" if kind == "v1" else "cgroup.freeze"
    inner = group.child("container").folder / file
    inner.parent.mkdir()
    inner.write_text("its own")

    freezing.thaw(group)

    assert inner.read_text() == "its own"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.mark.subprocess
def test_a_process_that_a_signal_has_stopped_is_known(sleeper: subprocess.Popen[bytes]) -> None:
    def stopped() -> bool:
        return freezing.is_stopped(sleeper.pid)

    assert not stopped()
    os.kill(sleeper.pid, signal.SIGSTOP)
    assert poll(stopped, within=LONG, every=seconds(0.01))
    assert not freezing.is_doomed(sleeper.pid)  # SIGSTOP alone dooms nobody
    os.kill(sleeper.pid, signal.SIGCONT)
    assert poll(lambda: not stopped(), within=LONG, every=seconds(0.01))


def test_a_process_that_is_gone_is_neither_stopped_nor_doomed() -> None:
    assert not freezing.is_stopped(2**22 + 1)  # above the kernel's highest, pid_max
    assert not freezing.is_doomed(2**22 + 1)
    assert freezing.has_ended(2**22 + 1)


@pytest.mark.parametrize(
    ("line", "doomed"),
    [
        ("SigPnd:\t0000000000000100", True),
        ("ShdPnd:\t0000000000000100", True),
        ("ShdPnd:\t0000000000004100", True),
        ("ShdPnd:\t0000000000004000", False),  # SIGTERM may be ignored
        ("SigBlk:\t0000000000000100", False),
        ("SigIgn:\tffffffffffffffff", False),
    ],
)
def test_only_a_sigkill_that_waits_dooms(
    monkeypatch: pytest.MonkeyPatch, line: str, *, doomed: bool
) -> None:
    monkeypatch.setattr(freezing, "_told", lambda *_: f"Name:\tx\n{line}\n")

    assert freezing.is_doomed(1) is doomed


@pytest.mark.subprocess
def test_who_has_ended_and_who_waits_for_it_to_be_noticed_are_gone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    assert not freezing.has_ended(sleeper.pid)
    sleeper.kill()
    assert poll(lambda: freezing.has_ended(sleeper.pid), within=LONG, every=seconds(0.01))
    assert sleeper.wait()
    assert freezing.has_ended(sleeper.pid)
