"""Images that a user brings to a run: archives, looked at before any cluster is made.

They are what `docker save` and `podman save` write, or an OCI layout in a tar; plain or gzipped.
"""

from __future__ import annotations

import gzip
import json
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.errors import one_line, quoted
from chaos.images import oci
from chaos.options import BadOption, Options
from chaos.values import Json

OLD, NEW, LAYOUT = "manifest.json", "index.json", "oci-layout"  # docker's own, and OCI's
NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
BARE = re.compile("[^/:@]*")  # a tag alone, or nothing: containerd makes up a name for it
GZIP = b"\x1f\x8b"
LONGEST = 1 << 20  # bytes of what is said of an image: 1 MiB
BAD_LIST = (ValueError, TypeError, RecursionError)
BAD_TAR = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)

Files = dict[str, bytes | None]  # by name; None for what is too long, or no file


@dataclass(frozen=True, slots=True)
class Archive:
    """A file with images in it, and the names that pods know these by."""

    tar: Path
    names: tuple[str, ...]


def asked(options: Options) -> tuple[Archive, ...]:
    """The archives that a run is to load; BadOption names the first that cannot be.

    A rehearsal runs no image, so nothing is looked at for it.
    """
    if not options.load or options.cluster == "fake":
        return ()
    archives = tuple(archive(Path(word.strip())) for word in options.load.split(","))
    _must_differ(archives)
    return archives


def archive(tar: Path) -> Archive:
    """What is in this file; BadOption says in one line why it cannot be loaded."""
    try:
        names, machines = _told(_small_files(tar))
    except BAD_TAR as error:
        raise _refused(tar, f"it is no whole tar, plain or gzipped: {error}") from error
    except BAD_LIST as error:
        raise _refused(tar, str(error)) from error
    except OSError as error:
        raise _refused(tar, error.strerror or str(error)) from error
    if not names:
        raise _refused(
            tar, "no image in it has a name, as app:1 is: save it by that, not by its id"
        )
    if machines and (here := oci.architecture()) not in machines:
        wrong = ", ".join(sorted(machines))
        raise _refused(tar, f"it is for {wrong}: build it for this machine, which is {here}")
    return Archive(tar, tuple(sorted(names)))


def _small_files(tar: Path) -> Files:
    """What an archive says of itself, in one go: a gzipped one cannot be gone back in.

    Plain or gzipped is what containerd takes; tarfile's `r:*` would take more than that.
    """
    if not stat.S_ISREG(tar.stat().st_mode):  # a pipe can be read once, and nodes are many
        raise ValueError("it is no file")
    with tar.open("rb") as file:
        zipped = file.read(len(GZIP)) == GZIP
    with tarfile.open(tar, "r:gz" if zipped else "r:") as entries:
        return {entry.name.removeprefix("./"): _content(entries, entry) for entry in entries}


def _content(entries: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes | None:
    file = entries.extractfile(entry) if entry.isreg() and entry.size <= LONGEST else None
    return file.read() if file else None


def _told(files: Files) -> tuple[set[str], set[str]]:
    """The images' names and architectures; of two lists containerd reads the newer kind."""
    if {NEW, LAYOUT} <= files.keys():
        images = [_mapping(one) for one in _list(_read(files, NEW).get("manifests"))]
        names = {_annotated(image) for image in images}
        machines = {machine for image in images for machine in _machines(files, image)}
    elif OLD in files:
        images = [_mapping(one) for one in _list(_json(files, OLD))]
        names = {str(tag) for image in images for tag in _list(image.get("RepoTags") or [])}
        machines = {_architecture(_read(files, str(image.get("Config")))) for image in images}
    else:
        raise ValueError(f"neither {OLD} nor {NEW} with {LAYOUT} is in it")
    return {name for name in names if not BARE.fullmatch(name)}, machines - {""}


def _annotated(manifest: Json) -> str:
    said = _mapping(manifest.get("annotations") or {})
    return next((str(said[name]) for name in NAMES if said.get(name)), "")


def _machines(files: Files, descriptor: Json) -> Iterator[str]:
    """The architectures of an image, or of all in a list of them."""
    if "platform" in descriptor:
        yield _architecture(_mapping(descriptor["platform"]))
        return
    said = _blob(files, descriptor)
    for one in _list(said.get("manifests") or []):
        yield from _machines(files, _mapping(one))
    if "config" in said:
        yield _architecture(_blob(files, _mapping(said["config"])))


def _architecture(said: Json) -> str:
    return str(said.get("architecture") or "")


def _blob(files: Files, descriptor: Json) -> Json:
    return _read(files, f"blobs/{descriptor.get('digest')}".replace(":", "/"))


def _read(files: Files, name: str) -> Json:
    return _mapping(_json(files, name))


def _json(files: Files, name: str) -> Any:
    """What a file says; ValueError, or RecursionError, when it says nothing that is wanted."""
    content = files.get(name)
    if content is None:
        raise ValueError(f"{quoted(name, 90)} in it is no file of at most {LONGEST >> 10} KiB")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{quoted(name, 90)} in it cannot be read: {error}") from error


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"its images are no list, but {quoted(value, 60)}")
    return value


def _mapping(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError(f"a mapping is wanted in it, not {quoted(value, 60)}")
    return value


def _must_differ(archives: tuple[Archive, ...]) -> None:
    """Of two images with one name the nodes would keep one, and nobody would know which."""
    first: dict[str, Path] = {}
    for one in archives:
        for name in one.names:
            if name in first:
                why = f"{one_line(name)} is in {one_line(first[name])} as well"
                raise _refused(one.tar, why)
            first[name] = one.tar


def _refused(tar: Path, why: str) -> BadOption:
    return BadOption(f"image archive {quoted(str(tar))} cannot be loaded: {one_line(why)}")
