"""What surrounds a command without root; tried by root, with the namespaces but a user's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from deadlines import LONG

from chaos.clusters.embedded import assets, cgroup, entitled, rootless, standing

ROOT = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
)
SURROUNDED = (*rootless.SPACES, "--", sys.executable, "-P", "-m", rootless.__name__)


@pytest.mark.parametrize(
    ("ids", "inside"),
    [
        ("         0          0 4294967295\n", False),
        ("         0       1000          1\n", True),
        ("0 1000 1\n1 100000 65535\n", True),
        ("0 0 65536\n", True),
    ],
)
def test_a_namespace_is_known_by_its_map(tmp_path: Path, ids: str, *, inside: bool) -> None:
    (tmp_path / "uid_map").write_text(ids)

    assert rootless.is_here(tmp_path / "uid_map") is inside


def test_a_command_gets_a_group_ids_and_spaces_and_keeps_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    became: list[str] = []

    def become(_: str, words: list[str]) -> NoReturn:
        became.extend(words)
        raise SystemExit

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(entitled, "why_not", lambda: "")
    had: list[str] = []
    monkeypatch.setattr(assets, "find", lambda _: had.append("Kubernetes"))
    monkeypatch.setattr(assets, "toxiproxy", lambda _: had.append("toxiproxy"))
    monkeypatch.setattr(os, "execvp", become)
    with pytest.raises(SystemExit):
        rootless.enter(["pytest", "-k", "a b"], print)

    assert had == ["Kubernetes", "toxiproxy"]  # inside there is no way out to them
    scope = became.index("--")
    assert became[:3] == ["systemd-run", "--user", "--scope"]
    assert "--property=Delegate=yes" in became[:scope]
    assert became[scope + 1] == "unshare"
    assert {"--user", "--map-auto", "--cgroup", "--net", "--mount"} < {*became[scope:]}
    assert became[-4:] == [rootless.__name__, "pytest", "-k", "a b"]


def surrounded(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*SURROUNDED, *command], stdout=subprocess.PIPE, text=True)


@contextmanager
def heard(said: subprocess.Popen[str], word: str) -> Iterator[None]:
    assert said.stdout is not None
    assert said.stdout.readline() == f"{word}\n"
    yield
    said.stdout.close()


@pytest.mark.parametrize(("inside", "taken"), [(True, ["kept", "left"]), (False, [])])
def test_only_what_stands_in_its_own_namespace_is_taken_down_after_it(
    monkeypatch: pytest.MonkeyPatch, taken: list[str], *, inside: bool
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(rootless, "is_here", lambda: inside)
    monkeypatch.setattr(standing, "free", lambda: ["another", "left", "kept"])
    monkeypatch.setattr(cgroup, "clusters", lambda: ["left", "kept", "held"])
    monkeypatch.setattr(standing, "take_down", gone.append)

    rootless.clear_up()

    assert gone == taken


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own: root's clusters are no business of these commands."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@ROOT
@pytest.mark.subprocess
def test_a_command_finds_links_locks_and_groups_of_its_own() -> None:
    look = "stat -f -c %T /run /sys/fs/cgroup; echo $PATH; ip -brief link show lo; exit 3"
    said = surrounded("sh", "-c", look)

    told, _ = said.communicate(timeout=LONG)

    assert said.returncode == 3
    run, groups, path, link = told.splitlines()
    assert (run, groups) == ("tmpfs", "cgroup2fs")
    assert path.endswith(":/usr/sbin:/sbin")
    assert link.startswith("lo ")
    assert "<LOOPBACK,UP," in link


@ROOT
@pytest.mark.subprocess
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_what_it_is_sent_its_command_gets(sent: signal.Signals) -> None:
    name = sent.name.removeprefix("SIG")
    said = surrounded("sh", "-c", f"trap 'exit 7' {name}; echo up; while :; do sleep 0.1; done")

    with heard(said, "up"):
        said.send_signal(sent)

        assert said.wait(LONG) == 7


@ROOT
@pytest.mark.subprocess
def test_a_command_that_a_signal_ended_is_told_as_a_shell_tells_it() -> None:
    said = surrounded("sh", "-c", "kill -KILL $$")

    said.communicate(timeout=LONG)

    assert said.returncode == 128 + signal.SIGKILL


@ROOT
@pytest.mark.subprocess
def test_a_command_does_not_outlive_it(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    os.mkfifo(ended)
    trap = f"trap 'echo ended >{ended}; exit' TERM; echo up; while :; do sleep 0.1; done"
    said = surrounded("sh", "-c", trap)

    with heard(said, "up"):
        said.kill()

        assert ended.read_text() == "ended\n"
    said.wait(LONG)
