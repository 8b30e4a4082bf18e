"""Which containers of a pod run on a node, asked of the kernel: no API server, no containerd.

Membership of a control group says what has processes; the bundle that containerd keeps beside
each task says whether that is a container, or the sandbox that holds the pod's namespaces, and
what it is called in the pod.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from chaos.providers.embedded.cgroup import Group
from chaos.workloads.wires import SIDECAR

BUNDLES = "run/containerd/io.containerd.runtime.v2.task/k8s.io"  # containerd: runtime/v2 bundles
KIND = "io.kubernetes.cri.container-type"  # containerd: internal/cri/annotations
NAME = "io.kubernetes.cri.container-name"  # likewise


def running(node: Group, *, uid: str, root: Path) -> dict[str, str]:
    """The ids of a pod's containers that have a process, and their names.

    `root` is the node's root folder. The sidecar that wires go through is ours, and none of them.
    """
    kubepods = node.folder / "kubepods"
    groups = (Path(f) for f, _, _ in os.walk(kubepods) if Path(f).parent.name == f"pod{uid}")
    ids = sorted(group.name for group in groups if _lives(group))
    bundles = {one: _annotations(root / BUNDLES / one / "config.json") for one in ids}
    return {one: said.get(NAME, "") for one, said in bundles.items() if _is_container(said)}


def _lives(group: Path) -> bool:
    """Whether a group, or one inside it, has a process."""
    return any(_processes(Path(folder)) for folder, _, _ in os.walk(group))


def _processes(folder: Path) -> str:
    try:
        return (folder / "cgroup.procs").read_text().strip()
    except OSError:
        return ""  # it has just gone, and its processes with it


def _annotations(bundle: Path) -> dict[str, str]:
    try:
        annotations: dict[str, str] = json.loads(bundle.read_text())["annotations"]
    except (OSError, ValueError):
        return {}  # it is being made, or being removed
    return annotations


def _is_container(annotations: dict[str, str]) -> bool:
    return annotations.get(KIND) == "container" and annotations.get(NAME) != SIDECAR
