from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds
from chaos.providers.embedded.atomic import MANIFEST, alone, faults_of, seal


def fill(half: Path) -> None:
    (half / "etcd").write_bytes(b"etcd")
    (half / "ctr").write_bytes(b"ctr!")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seal(tmp_path / "programs", fill)
    return tmp_path / "programs"


def test_what_was_sealed_is_whole(folder: Path) -> None:
    assert faults_of(folder, verify=True) == []
    assert [entry.name for entry in folder.parent.iterdir()] == ["programs"]


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda f: (f / "ctr").unlink(), "ctr is missing"),
        (lambda f: (f / "ctr").write_bytes(b"ct"), "ctr has 2 bytes instead of 4"),
        (lambda f: (f / MANIFEST).unlink(), "no manifest.json"),
        (lambda f: (f / MANIFEST).write_text("{"), "cannot be read"),
        (lambda f: (f / MANIFEST).write_text("[]"), "cannot be read"),
        (lambda f: (f / MANIFEST).write_text('{"ctr": {}}'), "cannot be read"),
    ],
)
def test_damage_is_seen_and_named(
    folder: Path, damage: Callable[[Path], object], fault: str
) -> None:
    damage(folder)

    (found,) = faults_of(folder)

    assert fault in found


def test_a_changed_content_of_the_same_size_is_seen_by_verifying(folder: Path) -> None:
    (folder / "ctr").write_bytes(b"ctr?")

    assert faults_of(folder) == []
    assert faults_of(folder, verify=True) == ["ctr has another content than when it was stored"]


def test_a_folder_that_is_not_there_is_not_whole(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "programs") == ["not there yet"]


def test_an_interrupted_filling_leaves_what_was_there(folder: Path) -> None:
    def interrupted(half: Path) -> None:
        (half / "etcd").write_bytes(b"et")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(folder, interrupted)

    assert faults_of(folder, verify=True) == []
    assert [entry.name for entry in folder.parent.iterdir()] == ["programs"]


def test_what_a_killed_run_left_beside_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "programs.half").mkdir()
    (tmp_path / "programs.half" / "stale").touch()

    seal(tmp_path / "programs", fill)

    assert set(json.loads((tmp_path / "programs" / MANIFEST).read_text())) == {"ctr", "etcd"}
    assert not (tmp_path / "programs" / "stale").exists()


@pytest.mark.subprocess  # the lock is one between processes: who waits for it sleeps
def test_the_second_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    entered = threading.Event()

    def second() -> None:
        with alone(tmp_path / "programs", said.append):
            entered.set()

    with alone(tmp_path / "programs", said.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert poll(lambda: bool(said), within=LONG, every=seconds(0.01))
        assert not entered.is_set()
    thread.join(LONG)

    assert entered.is_set()
    assert said == [f"another run is filling {tmp_path / 'programs'}: waiting for it"]


def test_who_is_alone_does_not_wait(tmp_path: Path) -> None:
    said: list[str] = []

    for _ in range(2):
        with alone(tmp_path / "programs", said.append):
            pass

    assert said == []
