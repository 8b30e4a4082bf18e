"""Programs of a container that fail, put in place and taken away from its node."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.errors import CannotHere, NoSuchTarget
from chaos.providers.embedded.spoiling import CODE, fails, old, restore, spoil, spoiled


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image as a distribution has it: /bin is a link, and so are most of its programs."""
    files = tmp_path / "bundle" / "rootfs"
    for folder in ("usr/bin", "usr/local/bin", "etc/alternatives"):
        (files / folder).mkdir(parents=True)
    (files / "bin").symlink_to("usr/bin")
    (files / "usr/bin/busybox").write_text("all of them")
    (files / "usr/bin/cat").symlink_to("/usr/bin/busybox")
    (files / "usr/bin/ping").write_text("ping")
    return files


@pytest.mark.parametrize(
    ("program", "path", "place"),
    [
        ("ping", "", "usr/bin/ping"),
        ("/bin/ping", "", "usr/bin/ping"),
        ("ping", "/nowhere:/bin", "usr/bin/ping"),
        ("cat", "/usr/local/bin:/bin", "usr/bin/cat"),
        ("/usr/../bin/./ping", "", "usr/bin/ping"),
    ],
)
def test_the_file_that_would_be_run_is_replaced_and_put_back(
    root: Path, program: str, path: str, place: str
) -> None:
    before = (root / place).readlink() if (root / place).is_symlink() else None

    for _ in range(2):
        spoil(root, program, path)

    assert (root / place).read_bytes() == fails()
    assert (root / place).stat().st_mode & 0o111
    assert spoiled(root) == [root / place]
    assert (root / "usr/bin/busybox").read_text() == "all of them"
    for _ in range(2):
        restore(root)
    assert spoiled(root) == []
    assert ((root / place).readlink() if before else None) == before
    assert not old(root / place).exists()
    assert (root / "usr/bin/ping").read_text() == "ping"


@pytest.mark.parametrize("program", ["nothing", "/bin/nothing", "/usr/bin", "usr/bin/../../etc"])
def test_what_is_no_program_there_is_told(root: Path, program: str) -> None:
    with pytest.raises(NoSuchTarget, match="there is no program"):
        spoil(root, program)

    assert spoiled(root) == []


def test_no_link_leads_out_of_the_container(root: Path, tmp_path: Path) -> None:
    (tmp_path / "host").write_text("the host's own")
    (root / "etc/up").symlink_to("../../../..")
    (root / "etc/loop").symlink_to("loop")

    for program in (f"/etc/up{tmp_path}/host", "/etc/loop/x"):
        with pytest.raises(NoSuchTarget):
            spoil(root, program)
    assert (tmp_path / "host").read_text() == "the host's own"


def test_a_container_that_has_gone_is_as_it_should_be(root: Path) -> None:
    spoil(root, "ping")
    old(root / "usr/bin/ping").unlink()

    restore(root)

    assert spoiled(root) == []


@pytest.mark.subprocess
def test_the_program_fails_at_once(tmp_path: Path) -> None:
    program = tmp_path / "fails"
    program.write_bytes(fails())
    program.chmod(0o755)

    assert subprocess.run([program], timeout=LONG, check=False).returncode == 1


def test_a_machine_that_there_is_no_code_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert platform.machine() in CODE
    monkeypatch.setattr(platform, "machine", lambda: "s390x")

    with pytest.raises(CannotHere, match="for s390x: only for x86_64, aarch64"):
        fails()
