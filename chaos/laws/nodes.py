"""Laws about nodes (oracle: N1, N10)."""

from __future__ import annotations

from chaos.history import History
from chaos.law import Recovery, Verdict, eventually, law
from chaos.windows import Window


@law
def goes_unready(aftermath: History, node: str, *, within: Window) -> Verdict:
    """The control plane stops believing that the node is ready."""
    lost = (Recovery(seen) for seen, thing in aftermath.of_node(node) if thing.ready != "True")
    return eventually(aftermath, lost, within, missing=f"{node} stayed ready")


@law
def becomes_ready(aftermath: History, node: str, *, within: Window) -> Verdict:
    """The node is ready again, and no taint keeps pods away."""
    well = (
        Recovery(seen)
        for seen, thing in aftermath.of_node(node)
        if thing.ready == "True" and not any("node.kubernetes.io/" in t for t in thing.taints)
    )
    return eventually(aftermath, well, within, missing=f"{node} did not come back")
