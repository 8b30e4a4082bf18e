"""What looks for the patient's child: among real processes, and where /proc says odd things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from chaos.patient.children import DEAD, LIVES, UNSEEN, main, processes
from patient.bedside import bed_of

PROC = Path("/proc")
PATIENT = b"python\0-m\0patient\0"


def shown(
    proc: Path, pid: str, parent: str, words: bytes = PATIENT, group: bytes = b"0::/"
) -> None:
    """A process as /proc would show it."""
    folder = proc / pid
    folder.mkdir()
    (folder / "cmdline").write_bytes(words)
    (folder / "cgroup").write_bytes(group)
    (folder / "stat").write_bytes(f"{pid} (a ) R 9 (b) S {parent} 1 1".encode())


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Where the command itself is to be seen, which its runtime has started, and the patient."""
    shown(tmp_path, "1", "0")
    shown(tmp_path, "30", "0", b"python\0/usr/local/bin/patient-children\0")
    (tmp_path / "self").symlink_to("30")
    (tmp_path / "uptime").touch()
    return tmp_path


def test_a_child_lives(proc: Path) -> None:
    shown(proc, "7", "1")

    assert main(str(proc)) == LIVES


def test_who_has_none(proc: Path) -> None:
    assert main(str(proc)) == DEAD


@pytest.mark.parametrize(
    ("parent", "words", "group"),
    [
        pytest.param("1", b"", b"0::/", id="not-reaped-yet"),
        pytest.param("1", b"sh\0", b"0::/", id="another-program"),
        pytest.param("0", PATIENT, b"0::/", id="nobody-s"),
        pytest.param("9", PATIENT, b"0::/", id="of-a-parent-that-is-gone"),
        pytest.param("1", PATIENT, b"0::/../other", id="of-another-container"),
    ],
)
def test_what_is_no_child(proc: Path, parent: str, words: bytes, group: bytes) -> None:
    shown(proc, "7", parent, words, group)

    assert main(str(proc)) == DEAD


def test_one_that_ends_while_it_is_looked_at_is_none(proc: Path) -> None:
    (proc / "7").mkdir()

    assert main(str(proc)) == DEAD


def test_where_processes_cannot_be_looked_at(tmp_path: Path) -> None:
    assert main(str(tmp_path)) == UNSEEN


@pytest.mark.loopback
@pytest.mark.subprocess
def test_a_patient_s_own(admit: Callable[..., Popen[str]], tmp_path: Path) -> None:
    patient = admit({"do": "child"})
    bed = bed_of(patient)
    (child,) = (one.pid for one in processes(str(PROC)) if one.parent == str(patient.pid))
    for pid in (str(patient.pid), child, "self"):
        (tmp_path / pid).symlink_to(PROC / pid)
    assert main(str(tmp_path)) == LIVES

    bed.order(do="kill_child")
    assert main(str(tmp_path)) == DEAD
