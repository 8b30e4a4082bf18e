"""A node's disk before its first boot: settings, keys, images."""

from __future__ import annotations

from pathlib import Path

from chaos.providers.embedded import node_files, seed
from chaos.providers.embedded.pki import Identity, Pki
from chaos.providers.embedded.plan import Plan


def out(plan: Plan, *, number: int, node: str, disk: Path, address: str) -> None:
    """Lay a node's disk out."""
    node_files.write(plan, number=number, node=node, disk=disk)
    pki, user = Pki(plan.pki), f"system:node:{node}"
    pki.kubeconfig(
        plan.kubeconfig(node),
        Identity(user, ["system:nodes"]),
        cluster=plan.name,
        api=plan.api,
    )
    pki.issue(f"{node}-serving", Identity(user, reached_as=[address, node]))
    seed.sow(plan.seed, disk / "lib" / "containerd")
