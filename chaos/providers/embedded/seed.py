"""Images, imported once: a containerd root that every node begins with.

Importing takes a second and more for each node; a tree of hard links takes a few milliseconds.
Layers are never written to once they are unpacked, so they may be shared; the databases are
written to, so each node has copies.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import filelock

from chaos import private
from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.private import cache
from chaos.providers.embedded import snapshots
from chaos.providers.embedded.cgroup import Group
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.program import Program, run

CONFIG = """version = 3
root = '{root}'
state = '{state}'
disabled_plugins = ['io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri',
                    'io.containerd.nri.v1.nri', 'io.containerd.internal.v1.opt']
[grpc]
address = '{socket}'
"""


class Image(Protocol):
    """An OCI archive and the name it is known by."""

    @property
    def tag(self) -> str:
        """As a pod spec names it."""

    @property
    def tar(self) -> Path:
        """The archive."""


def plant(images: Sequence[Image], *, way: str, assets: Path, home: Home, group: Group) -> Path:
    """The seed of these images; made if there is none, and never seen half made."""
    seed = cache() / "seeds" / _key(images, assets, way)
    private.folder(seed.parent)
    with filelock.FileLock(f"{seed}.lock", mode=private.FILE):
        if not seed.exists():
            half = seed.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            _fill(half, images, way=way, assets=assets, home=home, group=group)
            half.rename(seed)
    return seed


def sow(seed: Path, root: Path) -> None:
    """Give a node its own root: links to the layers, copies of the databases."""
    run(["cp", "-al", seed, root])
    for database in seed.rglob("*.db"):
        own = root / database.relative_to(seed)
        own.unlink()
        shutil.copy2(database, own)


def _key(images: Sequence[Image], assets: Path, way: str) -> str:
    """Of what is in the archives, of how it is unpacked, and of the containerd that did it."""
    program = (assets / "containerd").resolve().stat()
    digest = hashlib.sha256(f"{program.st_size} {program.st_mtime_ns} {way}".encode())
    for image in sorted(images, key=lambda image: image.tag):
        with image.tar.open("rb") as tar:
            content = hashlib.file_digest(tar, "sha256").hexdigest()
        digest.update(f"{image.tag} {content}".encode())
    return digest.hexdigest()[:16]


def _fill(  # noqa: PLR0913 - what `plant` was told, all by name
    root: Path, images: Sequence[Image], *, way: str, assets: Path, home: Home, group: Group
) -> None:
    state, socket = home.path / "seed", home.socket("seed.sock.ttrpc").with_suffix("")
    config = home.path / "seed.toml"
    settings = CONFIG.format(root=root, state=state, socket=socket)
    config.write_text(settings + snapshots.UNPACKING.format(way=way))
    group.leaf()
    daemon = Program("containerd", group, home.log / "seed.log")
    # Its mounts are its own, and go when it does.
    daemon.start(["unshare", "--mount", assets / "containerd", "-c", config], assets=assets)
    if not poll(socket.exists, within=STEP, every=seconds(0.01)):
        raise NoCluster(f"containerd did not open {socket} in {STEP:g} s; {daemon.last_words()}")
    ctr: list[str | Path] = [assets / "ctr", "--address", socket, "--namespace", "k8s.io", "images"]
    for image in images:
        run([*ctr, "import", "--snapshotter", way, image.tar])
    _check(run([*ctr, "list", "--quiet"]).split(), images)
    daemon.stop()  # not killed: its databases are to be closed
    shutil.rmtree(state, ignore_errors=True)
    os.sync()  # a seed that a power cut left with holes would be taken for whole


def _check(there: Sequence[str], images: Sequence[Image]) -> None:
    missing = {image.tag: image.tar for image in images if image.tag not in there}
    if missing:
        raise NoCluster(f"not in the archives that should hold them: {missing}; found {there}")
