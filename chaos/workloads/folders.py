"""Folders as the manifests in them: what `kubectl apply --recursive --filename` would find."""

from __future__ import annotations

import os
from collections.abc import Iterator

from chaos.errors import BadManifest, one_line

ENDINGS = {".yaml", ".yml", ".json"}  # as of `kubectl apply -f folder`


def inside(folder: str) -> list[str]:
    """The manifests of a folder and of those in it, in order; what is hidden stays so.

    BadManifest when there is none.
    """
    found = sorted(path for path in _files(folder) if os.path.splitext(path)[1] in ENDINGS)  # noqa: PTH122  as it was named
    if not found:
        wanted = ", ".join(sorted(ENDINGS))
        raise BadManifest(f"{one_line(folder)}: no {wanted} is in that folder")
    return found


def _files(name: str) -> Iterator[str]:
    for folder, inner, files in os.walk(name):
        inner[:] = [one for one in inner if not one.startswith(".")]
        yield from (os.path.join(folder, one) for one in files if not one.startswith("."))  # noqa: PTH118  as it was named: ./x stays so
