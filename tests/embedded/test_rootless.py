"""What surrounds a command without root; tried by root, in a user namespace with one user."""

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

from chaos.errors import HARNESS_FAILED
from chaos.providers.embedded import assets, entitled, rootless, userns

ROOT = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
)
SPACES = (*rootless.SPACES, "--user", "--map-root-user")
SURROUNDED = (*SPACES, "--", sys.executable, "-P", "-m", rootless.__name__)


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
def test_a_command_that_is_none_is_told_in_one_line() -> None:
    said = subprocess.run([*SURROUNDED, "nosuch"], capture_output=True, text=True, check=False)

    assert said.returncode == HARNESS_FAILED
    assert said.stderr == "chaos: nosuch cannot be run: No such file or directory\n"


@ROOT
@pytest.mark.subprocess
def test_what_a_command_began_ends_with_it(tmp_path: Path) -> None:
    ended = pipe(tmp_path)
    said = surrounded("sh", "-c", f"exec >{ended}; echo up; setsid sleep {LONG} &")

    assert ended.read_text() == "up\n"  # read to its end: nobody is left to write
    said.communicate(timeout=LONG)
    assert said.returncode == 0


@ROOT
@pytest.mark.subprocess
@pytest.mark.parametrize("began", ["", "setsid "])
def test_nothing_outlives_it_when_it_is_killed(tmp_path: Path, began: str) -> None:
    ended = pipe(tmp_path)
    trap = f'trap "echo healed; exit" TERM; exec >{ended}; echo up; while :; do sleep 0.1; done'
    said = surrounded("sh", "-c", f"{began} sh -c '{trap}' & echo up; wait")

    with heard(said, "up"), ended.open() as told:
        assert told.readline() == "up\n"
        said.kill()

        assert told.read() == "healed\n"
    said.wait(LONG)


def test_a_cluster_that_goes_with_its_command_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dismissed: list[str] = []

    class Watch:
        pid = 7

        def dismiss(self) -> None:
            dismissed.append("home")

    monkeypatch.setattr(rootless, "FURNISHED", ())
    monkeypatch.setattr(rootless, "Guard", Watch)
    monkeypatch.setattr(rootless, "_run", lambda _: 3)
    monkeypatch.setattr(userns, "empty", lambda spared: ["one", "two"] if 7 in spared else [])
    monkeypatch.setenv("PATH", os.environ["PATH"])

    assert rootless.main(["chaos", "up"]) == 3

    told = "chaos: cluster {0}: gone, with the command that it was made in\n"
    assert capsys.readouterr().err == told.format("one") + told.format("two")
    assert dismissed == ["home"]


def pipe(folder: Path) -> Path:
    """What is read to its end once all who write to it have ended."""
    made = folder / "pipe"
    os.mkfifo(made)
    return made
