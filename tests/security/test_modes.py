"""What is written is its owner's alone from the moment it is there, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chaos import private
from chaos.clock import seconds
from chaos.errors import ChaosError
from chaos.faults import NodeDeath
from chaos.history.facts import Gap
from chaos.images import own
from chaos.providers.embedded import assets
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.pki import Identity, Pki
from chaos.report import folders
from chaos.report.junit import write_laws
from chaos.report.markdown import write_summary
from chaos.report.page import write_page
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.store import HistoryFile, write_run, write_scenario
from chaos.running.ledger import Ledger

UMASKS = [0o000, 0o022, 0o077]
PAGES = {"index.html", "laws.xml", "summary.md"}


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The mode of each file at the moment at which it was made: no chmod comes in time."""
    seen: list[tuple[str, int]] = []
    really: Callable[..., int] = os.open

    def watched(path: str | Path, flags: int, mode: int = 0o777, **more: int) -> int:
        descriptor = really(path, flags, mode, **more)
        if flags & os.O_CREAT:
            seen.append((Path(path).name, mode_of(os.fstat(descriptor))))
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    return seen


def mode_of(found: os.stat_result) -> int:
    return stat.S_IMODE(found.st_mode)


def mode(path: Path) -> int:
    return mode_of(path.stat())


def all_modes(folder: Path) -> dict[str, int]:
    return {
        str(one.relative_to(folder)): mode(one) for one in folder.rglob("*") if not one.is_symlink()
    }


def test_keys_and_kubeconfigs_are_private_when_they_are_made(
    tmp_path: Path, umask: int, opened: list[tuple[str, int]]
) -> None:
    pki = Pki(tmp_path / "pki")
    pki.create()
    pki.issue("apiserver", Identity("kube-apiserver"))
    pki.kubeconfig(tmp_path / "kubeconfig", Identity("a"), cluster="c", api="https://x")

    assert mode(pki.folder) == 0o700
    assert {"sa.key", "ca.key", "apiserver.key", "kubeconfig"} <= dict(opened).keys()
    assert {at_first for _, at_first in opened} == {0o600}
    assert {one for name, one in all_modes(tmp_path).items() if name != "pki"} == {0o600}


def test_a_clusters_home_and_what_is_around_it_is_private(
    tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = Home("one")
    with home.lock():
        home.create()

        found = all_modes(tmp_path)

    assert {name: one for name, one in found.items() if one not in {0o700, 0o600}} == {}
    assert found["cache/pytest-chaos/clusters/one"] == 0o700
    assert found["cache/pytest-chaos/clusters/one.lock"] == 0o600


def test_the_ledger_is_private_its_unfinished_pages_too(
    tmp_path: Path, umask: int, opened: list[tuple[str, int]]
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with ledger.held():
        page = ledger.arm(NodeDeath("worker1"), 1)

    assert mode(ledger.folder) == 0o700
    assert mode(page) == 0o600
    assert dict(opened)[page.with_suffix(".partial").name] == 0o600
    assert dict(opened)["lock"] == 0o600


def test_a_runs_report_is_private_its_unfinished_files_too(
    tmp_path: Path, umask: int, opened: list[tuple[str, int]]
) -> None:
    run = folders.begin(tmp_path / "reports", "now")
    folder = folders.scenario_folder(run, "t.py::test_x")
    with HistoryFile(folder) as file:
        file.write(Gap(seconds(1), seconds(2)))
    write_scenario(folder, ScenarioRecord("t.py::test_x", "X", "kept"))
    write_run(run, RunRecord("now"))
    write_page(run)
    write_laws(run, RunRecord("now"), [])
    write_summary(run, RunRecord("now"), [])

    found = {path.name: mode(path) for path in run.rglob("*")}

    assert mode(run) == 0o700
    assert found.pop(folder.name) == 0o700
    assert found.keys() == {"history.jsonl", "verdicts.json", "run.json", *PAGES}
    assert {*found.values(), *dict(opened).values()} == {0o600}


def test_a_workers_part_of_a_report_is_private_too(tmp_path: Path, umask: int) -> None:
    run = tmp_path / "reports" / "now"
    folders.join(run)
    folders.join(run)

    assert mode(run) == 0o700


def test_nobody_else_puts_anything_into_the_folder_of_reports(tmp_path: Path, umask: int) -> None:
    run = folders.begin(tmp_path / "reports", "now")

    assert mode(run.parent) & 0o022 == 0


@pytest.mark.subprocess
def test_images_are_private(tmp_path: Path, umask: int) -> None:
    made = own.pause(tmp_path / "images")

    assert mode(made.tar) == 0o600
    assert mode(made.tar.parent) == 0o700


def test_a_folder_that_was_there_for_others_to_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)

    assert mode(private.folder(tmp_path / "cache")) == 0o700


@pytest.mark.parametrize("bits", [0o770, 0o707, 0o720, 0o702])
def test_programs_of_a_folder_that_others_may_write_are_not_run(tmp_path: Path, bits: int) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(bits)

    with pytest.raises(ChaosError, match=rf"may be written by others \(mode {bits:o}\)"):
        assets.find(print, environ={}, cache=tmp_path / "cache")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_programs_of_another_users_folder_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    os.chown(tmp_path / "cache", 65534, 65534)

    with pytest.raises(ChaosError, match="belongs to user 65534"):
        assets.find(print, environ={}, cache=tmp_path / "cache")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_page_of_the_ledger_that_another_user_wrote_is_not_obeyed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    page = ledger.arm(NodeDeath("worker1"), 1)
    os.chown(page.parent, 65534, 65534)

    with pytest.raises(ChaosError, match="belongs to user 65534"), ledger.held():
        pass


def test_a_file_that_was_there_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    """Who had it open keeps the old one; who linked it somewhere has that thing left as it was."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_text("theirs")
    ours.symlink_to(theirs)

    private.write(ours, b"ours")

    assert theirs.read_text() == "theirs"
    assert ours.read_bytes() == b"ours"
    assert not ours.is_symlink()
    assert mode(ours) == 0o600
