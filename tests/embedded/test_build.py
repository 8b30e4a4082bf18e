from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import build
from chaos.providers.embedded.releases import KUBE_PROGRAMS, PROGRAMS

pytestmark = pytest.mark.subprocess

OFTEN = seconds(0.02)

# Writes the packages' names as programs, as `go build -o` does for a file or for a folder.
GO = """#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit; fi
echo "$PWD $CGO_ENABLED $GOFLAGS $*" >> "$GO_LOG"
if [ "${PWD##*/}" = "$GO_FAILS" ]; then echo first; echo "no such module" >&2; exit 3; fi
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
case $out in
*/) for package; do echo "$package" > "$out${package##*/}"; done;;
*) echo "$1" > "$out";;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "bin" / "go"
    script.parent.mkdir()
    script.write_text(GO)
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")
    monkeypatch.setenv("GO_LOG", str(tmp_path / "go.log"))
    return script


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_every_program_but_runc_is_built_and_nothing_else_stays(go: Path, out: Path) -> None:
    said: list[str] = []

    build.build(out, say=said.append)

    assert {file.name for file in out.iterdir()} == set(PROGRAMS)
    assert len({(out / name).stat().st_ino for name in KUBE_PROGRAMS}) == 1
    assert [line.partition(":")[0] for line in said] == [
        "building kube (1 of 4)",
        "building etcd (2 of 4)",
        "building containerd (3 of 4)",
        "building cni (4 of 4)",
    ]


def test_the_modules_are_only_read_and_the_version_is_stamped(
    go: Path, out: Path, tmp_path: Path
) -> None:
    build.build(out, say=print)

    kube, *others = (tmp_path / "go.log").read_text().splitlines()
    assert kube.startswith(f"{build.MODULES}/kube 0 -buildvcs=false -mod=readonly build -trimpath")
    assert "gitVersion=v1.37.2" in kube
    assert "gitMajor=1" in kube
    assert "gitMinor=37" in kube
    assert not any("gitVersion" in line for line in others)


def test_a_failed_build_says_what_go_said(
    go: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_FAILS", "etcd")

    with pytest.raises(
        NoCluster, match="go build of etcd ended with status 3: first; no such module"
    ):
        build.build(out, say=print)


def test_a_long_build_gives_a_sign_of_life(
    go: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build goes on when the sign was given: no time is measured."""
    sign = tmp_path / "sign"
    waits = f"while [ ! -e {sign} ]; do sleep 0.01; done\n"
    go.write_text(GO.replace("while [ ", waits + "while [ ", 1))
    monkeypatch.setattr(build, "HEARTBEAT", 0.05)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) > 1:
            sign.touch()

    build.build(out, say=say)

    assert [line.partition(":")[0] for line in said[:2]] == ["building kube (1 of 4)"] * 2


def test_an_interrupted_build_is_ended(
    go: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    go.write_text(GO.replace("while [ ", f"echo $$ > {pid}; sleep 60\nwhile [ ", 1))
    monkeypatch.setattr(build, "HEARTBEAT", 0.05)

    def interrupt(_: str) -> None:
        if pid.exists() and pid.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.build(out, say=interrupt)

    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_a_build_does_not_outlive_a_harness_that_is_killed(
    go: Path, out: Path, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    go.write_text(GO.replace("while [ ", f"echo $$ > {pid}; exec sleep 60\nwhile [ ", 1))
    program = f"from chaos.providers.embedded.build import *; build(Path({str(out)!r}), say=print)"
    harness = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    assert poll(lambda: pid.exists() and bool(pid.read_text()), within=LONG, every=OFTEN)

    harness.kill()
    harness.wait()

    built = Path(f"/proc/{pid.read_text().strip()}")
    assert poll(lambda: not built.exists(), within=LONG, every=OFTEN)


def test_no_go_is_said_in_so_many_words(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(NoCluster, match=r"^go: not on PATH$"):
        build.build(out, say=print)


@pytest.mark.parametrize("version", ["go1.21", "go1.100.1", "go2.0"])
def test_a_go_from_1_21_on_is_taken(go: Path, version: str) -> None:
    go.write_text(GO.replace("go1.26.8", version))

    assert build.compiler() == str(go)


@pytest.mark.parametrize("version", ["go1.20.14", "go1.9"])
def test_a_go_before_1_21_is_too_old(go: Path, version: str) -> None:
    go.write_text(GO.replace("go1.26.8", version))

    with pytest.raises(NoCluster, match=r"^go 1\.\d+ is too old: go 1\.21 or newer is needed$"):
        build.compiler()


def test_a_go_that_does_not_tell_its_version_is_refused() -> None:
    with pytest.raises(NoCluster, match="`go version` says 'hello'"):
        build.version_in("hello\n")


def test_every_program_has_its_part() -> None:
    built = [package.rpartition("/")[2] for part in build.PARTS for package in part.packages]

    assert set(built) - {".", "v3"} == set(PROGRAMS) - {*KUBE_PROGRAMS, "etcd"}
    assert all((build.MODULES / part.module / "go.sum").is_file() for part in build.PARTS)
    assert build.MODULES.is_absolute()
