"""The programs of the cluster, found in this order.

    CHAOS_ASSETS    a folder that the user names; if it is named, nothing else is tried
    the cache       what an earlier run downloaded or built
    a download      of the official releases, verified
    a build         from pinned Go modules

runc, which must know seccomp, is in the folder, or comes from PATH.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from chaos import private
from chaos.errors import NoCluster
from chaos.images import oci
from chaos.providers.embedded import atomic, build, download
from chaos.providers.embedded.releases import KUBERNETES, PROGRAMS, Release, releases
from chaos.providers.embedded.releases import toxiproxy as release_of_toxiproxy

ADVICE = (
    "Set CHAOS_ASSETS to a folder that holds them, or reach dl.k8s.io and github.com (or a copy "
    "of them named by CHAOS_MIRROR), or install Go 1.21 or newer and runc: apt-get install runc"
)
_INSTALL = "apt-get install runc (or what your distribution calls it)"

Say = Callable[[str], None]
Ways = Sequence[tuple[str, Callable[[Path], None]]]


def find(
    say: Say,
    *,
    environ: Mapping[str, str] = os.environ,
    cache: Path | None = None,
    verify: bool = False,
) -> Path:
    """A folder that holds every name of `releases.PROGRAMS`, executable, and maybe runc.

    `say` is told what takes long. `cache` is the user's by default. With `verify` what lies in
    the cache is read whole and compared. NoCluster names every way and why it failed.
    """
    if named := environ.get("CHAOS_ASSETS"):
        return _with_runc(_complete(Path(named)))
    root = _private(cache)
    folder = root / "assets" / key()
    if not atomic.faults_of(folder, verify=verify):
        return _with_runc(folder)
    ways = _ways(say, environ, releases(oci.architecture()), partial(_build, say=say))
    with atomic.alone(folder, say):
        _get(folder, say, ways, what="the programs of a cluster", verify=verify)
    return _with_runc(folder)


def toxiproxy(
    say: Say, *, environ: Mapping[str, str] = os.environ, cache: Path | None = None
) -> Path:
    """Toxiproxy's server: from CHAOS_ASSETS, PATH, the cache, a download or a build; NoCluster."""
    part = build.TOXIPROXY
    for folders in (environ.get("CHAOS_ASSETS", ""), environ.get("PATH", "")):
        if folders and (there := shutil.which(part.output, path=folders)):
            return Path(there)
    pinned = hashlib.sha256(repr(part).encode())
    _add_module(pinned, part)
    root = _private(cache)
    folder = root / "assets" / f"{part.module}-{oci.architecture()}-{pinned.hexdigest()[:12]}"
    server = release_of_toxiproxy(oci.architecture())
    ways = _ways(say, environ, [server], lambda half: build.build_part(part, half, say=say))
    with atomic.alone(folder, say):
        _get(folder, say, ways, what="the programs of toxiproxy", verify=False)
    return folder / part.output


def _private(cache: Path | None) -> Path:
    """Where programs lie that will run as root: nobody else may put one there."""
    return private.folder(cache or private.cache())


def key() -> str:
    """The name of a set of programs: version, architecture, and a digest of all that is pinned."""
    pinned = hashlib.sha256(repr(releases(oci.architecture())).encode())
    for part in build.PARTS:
        pinned.update(repr(part).encode())
        _add_module(pinned, part)
    return f"{KUBERNETES}-{oci.architecture()}-{pinned.hexdigest()[:12]}"


def _add_module(pinned: hashlib._Hash, part: build.Part) -> None:
    """Its go.mod, go.sum and whatever is beside them."""
    for file in sorted((build.MODULES / part.module).iterdir()):
        pinned.update(file.read_bytes())


def _complete(folder: Path) -> Path:
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        raise NoCluster(f"CHAOS_ASSETS={folder} lacks the programs {', '.join(missing)}")
    return folder.resolve()


def _get(folder: Path, say: Say, ways: Ways, *, what: str, verify: bool) -> None:
    """Fill the cache by the first way that works, unless somebody just did."""
    wrong = atomic.faults_of(folder, verify=verify)
    if not wrong:
        return
    if folder.exists():
        say(f"the programs in {folder} are damaged ({'; '.join(wrong)}): getting them again")
    failures = [f"  CHAOS_ASSETS: not set, or without them\n  cache {folder}: {'; '.join(wrong)}"]
    for name, fill in ways:
        try:
            atomic.seal(folder, fill)
        except (NoCluster, OSError) as error:
            say(f"no programs by {name}: {error}")
            failures.append(f"  {name}: {error}")
        else:
            return
    tried = "\n".join(failures)
    raise NoCluster(f"{what} were not to be had:\n{tried}\n{ADVICE}")


def _ways(
    say: Say, environ: Mapping[str, str], wanted: Iterable[Release], built: Callable[[Path], None]
) -> Ways:
    mirror = environ.get("CHAOS_MIRROR", "")

    def downloaded(half: Path) -> None:
        download.download(wanted, half, mirror=mirror, say=say)

    return ("download", downloaded), ("build", built)


def _build(half: Path, *, say: Say) -> None:
    runc()  # asked before minutes of building, not after
    say("building Kubernetes from Go modules: about ten minutes on two cores, once a machine")
    build.build(half, say=say)


def _with_runc(folder: Path) -> Path:
    """The folder, if a runc is in it or in PATH."""
    if not os.access(folder / "runc", os.X_OK):
        runc()
    return folder


def runc() -> Path:
    """The runc in PATH, if it knows seccomp: kubelets ask for it in every sandbox."""
    found = shutil.which("runc")
    if found is None:
        raise NoCluster(f"runc: not on PATH: {_INSTALL}")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    if "libseccomp:" not in said:
        raise NoCluster(f"runc: {found} was built without seccomp: {_INSTALL}")
    return Path(found)
