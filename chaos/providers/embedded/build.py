"""The programs, built from Go modules that `programs/*/go.mod` and `go.sum` pin."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import SystemClock, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded import releases
from chaos.providers.embedded.releases import (
    CNI_PROGRAMS,
    CONTAINERD_PROGRAMS,
    KUBE_PROGRAMS,
    KUBERNETES,
)
from chaos.tether import tethered

MODULES = Path(__file__).parent / "programs"
OLDEST = (1, 21)  # the first that fetches the toolchain a go.mod asks for
HEARTBEAT = seconds(10)
LAST_WORDS = 5  # lines of a failed build in the error

_VERSION = "k8s.io/component-base/version"
_MAJOR, _MINOR = KUBERNETES.removeprefix("v").split(".")[:2]
_STAMP = (
    f"-X {_VERSION}.gitVersion={KUBERNETES} "
    f"-X {_VERSION}.gitMajor={_MAJOR} -X {_VERSION}.gitMinor={_MINOR}"
)
_CONTAINERD = "github.com/containerd/containerd/v2/cmd"
_PLUGINS = "github.com/containernetworking/plugins/plugins"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One `go build`: in which module, of which packages, to which name.

    An empty `output` means each package under its own name.
    """

    module: str
    packages: tuple[str, ...]
    output: str = ""
    stamp: str = ""


PARTS = (
    Part("kube", (".",), output="kube", stamp=_STAMP),
    Part("etcd", ("go.etcd.io/etcd/server/v3",), output="etcd"),
    Part("containerd", tuple(f"{_CONTAINERD}/{name}" for name in CONTAINERD_PROGRAMS)),
    Part(
        "cni",
        tuple(
            f"{_PLUGINS}/{kind}/{name}"
            for kind, name in zip(("main", "main", "ipam", "meta"), CNI_PROGRAMS, strict=True)
        ),
    ),
)

TOXIPROXY = Part(
    "toxiproxy",
    ("github.com/Shopify/toxiproxy/v2/cmd/server",),
    output="toxiproxy-server",
    stamp=f"-X github.com/Shopify/toxiproxy/v2.Version={releases.TOXIPROXY}",
)
"""No part of a cluster: stands between two programs when their connection is to be bad."""


def build(folder: Path, *, say: Say) -> None:
    """Build everything but runc into `folder`; NoCluster says what Go said.

    The first time takes minutes and most of the cores; then Go's own cache makes it seconds.
    """
    clock = SystemClock()
    for number, part in enumerate(PARTS, 1):
        count = f" ({number} of {len(PARTS)})"
        build_part(part, folder, say=say, clock=clock, count=count)
    for name in KUBE_PROGRAMS:
        (folder / name).hardlink_to(folder / "kube")
    (folder / "kube").unlink()


def build_part(
    part: Part, folder: Path, *, say: Say, clock: SystemClock | None = None, count: str = ""
) -> None:
    """Build one part into `folder`; NoCluster says what Go said."""
    clock = clock or SystemClock()

    def beat() -> None:
        say(f"building {part.module}{count}: {clock.now():.0f} s so far")

    go = compiler()
    beat()
    _run(_command(go, part, folder), part, beat)


def compiler() -> str:
    """The path of a Go that is new enough; NoCluster says what is there instead."""
    go = shutil.which("go")
    if go is None:
        raise NoCluster("go: not on PATH")
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = version_in(said)
    if found < OLDEST:
        raise NoCluster(f"{_dotted(found)} is too old: {_dotted(OLDEST)} or newer is needed")
    return go


def version_in(said: str) -> tuple[int, int]:
    """Major and minor in what `go version` prints: `go version go1.26.8 linux/amd64`."""
    match = re.search(r"\bgo(\d+)\.(\d+)", said)
    if match is None:
        raise NoCluster(f"go: `go version` says {said.strip()!r}")
    return int(match[1]), int(match[2])


def _dotted(version: tuple[int, int]) -> str:
    return f"go {version[0]}.{version[1]}"


def _command(go: str, part: Part, folder: Path) -> list[str]:
    flags = ["-trimpath", "-ldflags", f"-s -w {part.stamp}".strip()]
    return [go, "build", *flags, "-o", f"{folder}/{part.output}", *part.packages]


def _run(command: list[str], part: Part, beat: Callable[[], None]) -> None:
    """Run one build in its module, which is only read; `beat` now and then until it ends."""
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false -mod=readonly",
        "GOWORK": "off",
    }
    log = Path(command[command.index("-o") + 1]).parent / f"{part.module}.log"
    with log.open("w+") as said:
        building = subprocess.Popen(
            tethered(*command),
            cwd=MODULES / part.module,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,  # so that Ctrl-C here ends the compilers too, below
        )
        status = _outcome(building, beat)
        said.seek(0)
        words = "; ".join(said.read().strip().splitlines()[-LAST_WORDS:])
    log.unlink()
    if status:
        raise NoCluster(f"go build of {part.module} ended with status {status}: {words}")


def _outcome(building: subprocess.Popen[bytes], beat: Callable[[], None]) -> int:
    """The exit status. Whatever interrupts the wait ends the build and its compilers."""
    try:
        while True:
            try:
                return building.wait(HEARTBEAT)
            except subprocess.TimeoutExpired:
                beat()
    finally:
        if building.returncode is None:
            os.killpg(building.pid, signal.SIGKILL)
            building.wait()
