"""Where manifests come from: files, folders, the standard input, a kustomization."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chaos.clock import minutes
from chaos.errors import BadManifest, ChaosError, one_line
from chaos.files import read
from chaos.workloads.folders import inside

STDIN = "-"
MOST = 1 << 26  # bytes of one source: what `kubectl get -A -o yaml` says of some 5,000 pods
FETCHING = minutes(2)  # a kustomization may name others, far away


@dataclass(frozen=True, slots=True)
class Source:
    """Text that was found, and where. In a folder there may be more than objects."""

    where: str
    raw: bytes
    searched: bool = False


def sources(
    names: Sequence[str], kustomizations: Sequence[str], stdin: BinaryIO
) -> Iterator[Source]:
    """What these words stand for; BadManifest for what cannot be read or holds nothing."""
    for name in names:
        if name == STDIN:
            yield Source("stdin", _few(stdin.read(MOST + 1), "stdin"))
        elif Path(name).is_dir():
            yield from _folder(name)
        else:
            yield Source(one_line(name), _read(name))
    for folder in kustomizations:
        yield Source(f"{one_line(folder)}/kustomization", _few(_built(folder), folder))


def _folder(name: str) -> Iterator[Source]:
    for path in inside(name):
        yield Source(one_line(path), _read(path), searched=True)


def _read(name: str) -> bytes:
    try:
        return read(Path(name), most=MOST)
    except OSError as error:
        why = one_line(error.strerror or error)
        raise BadManifest(f"{one_line(name)}: cannot be read: {why}") from None


def _few(raw: bytes, name: str) -> bytes:
    if len(raw) > MOST:
        raise BadManifest(f"{one_line(name)}: larger than {MOST >> 20} MiB")
    return raw


def _built(folder: str) -> bytes:
    """What kustomize makes of a folder: it asks no cluster."""
    where, kubectl = one_line(folder), shutil.which("kubectl")
    if kubectl is None:
        raise ChaosError(
            f"{where}: kubectl is not in PATH: pipe the output of another kustomize into"
            " `chaos lint -`"
        )
    if not Path(folder).is_dir():
        raise BadManifest(f"{where}: no folder with a kustomization")
    try:
        done = subprocess.run(
            [kubectl, "kustomize", "--", folder], capture_output=True, timeout=FETCHING, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadManifest(f"{where}: kubectl kustomize took over {FETCHING:g} s") from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()
        raise BadManifest(f"{where}: kubectl kustomize: {one_line(told or done.returncode)}")
    return done.stdout
