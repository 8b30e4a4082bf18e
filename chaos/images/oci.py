"""How an image archive is written: one uncompressed layer in an OCI layout, in a tar.

The same files give the same bytes: names sorted, times 0, owner root. The format is that of the
OCI image specification 1.0 (image-layout, manifest, config); `io.containerd.image.name` is where
containerd's importer looks for an image's name.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

# Go's names, which images use, for the kernel's.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}

FOLDERS = {"dev": 0o755, "etc": 0o755, "proc": 0o755, "sys": 0o755, "tmp": 0o1777}


def architecture(machine: str | None = None) -> str:
    """Go's name of this machine's architecture, or of the one the kernel calls `machine`."""
    machine = machine or platform.machine()
    return ARCHITECTURES.get(machine, machine)


@dataclass(frozen=True, slots=True)
class Contents:
    """What an image holds and how it is started.

    `files` maps absolute paths in the image to (bytes, mode); `folders` are made though empty.
    `command` starts it as `user`; `environment` is its variables.
    """

    files: Mapping[str, tuple[bytes, int]]
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    user: int = 0


def archive(tag: str, contents: Contents) -> bytes:
    """The whole archive of an image called `tag`, such as `localhost/chaos/pause:1`."""
    layer = _layer(contents)
    config = _json(_config(contents, layer))
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer)],
        }
    )
    blobs = {f"blobs/sha256/{_sha256(blob)}": blob for blob in (layer, config, manifest)}
    return _tar(
        {
            "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
            "index.json": _json(_index(tag, manifest)),
            **blobs,
        }
    )


def _index(tag: str, manifest: bytes) -> dict[str, object]:
    names = {
        "io.containerd.image.name": tag,
        "org.opencontainers.image.ref.name": tag.rpartition(":")[2],
    }
    return {
        "schemaVersion": 2,
        "manifests": [{**_descriptor(MANIFEST, manifest), "annotations": names}],
    }


def _config(contents: Contents, layer: bytes) -> dict[str, object]:
    return {
        "architecture": architecture(),
        "os": "linux",
        "config": {
            "Entrypoint": list(contents.command),
            "Env": [f"{name}={value}" for name, value in sorted(contents.environment.items())],
            **({"User": str(contents.user)} if contents.user else {}),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sha256(layer)}"]},
    }


def _layer(contents: Contents) -> bytes:
    folders = _folders([*contents.files, *(f"{folder}/any" for folder in contents.folders)])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, mode in sorted({**dict.fromkeys(folders, 0o755), **FOLDERS}.items()):
            entry = tarfile.TarInfo(path)
            entry.type = tarfile.DIRTYPE
            entry.mode = mode
            tar.addfile(entry)
        for path, (data, mode) in sorted(contents.files.items()):
            _add(tar, path.lstrip("/"), data, mode)
    return buffer.getvalue()


def _folders(paths: Iterable[str]) -> set[str]:
    parents = (parent for path in paths for parent in PurePosixPath(path.lstrip("/")).parents)
    return {str(parent) for parent in parents} - {"."}


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data in files.items():
            _add(tar, path, data, 0o644)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(path)
    entry.size = len(data)
    entry.mode = mode
    tar.addfile(entry, io.BytesIO(data))


def _descriptor(kind: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": f"sha256:{_sha256(blob)}", "size": len(blob)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _sha256(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()
