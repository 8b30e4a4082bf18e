"""Static pods of a node: manifests in the folder that its kubelet watches, nothing more.

A file appears whole or not at all: the kubelet leaves names that begin with a dot alone
(kubernetes: pkg/kubelet/config/file_linux.go).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chaos import private


def place(folder: Path, manifest: dict[str, Any]) -> None:
    """Lay a pod's manifest in the folder; it names its namespace. Twice is once."""
    name = f"{manifest['metadata']['namespace']}.{manifest['metadata']['name']}.json"
    whole = folder / f".{name}"
    private.write(whole, json.dumps(manifest).encode())  # with what is in its containers' env
    whole.replace(folder / name)


def displace(folder: Path, namespace: str) -> None:
    """Take a namespace's manifests away. Twice is once."""
    for file in folder.glob(f"{namespace}.*.json"):
        file.unlink(missing_ok=True)
