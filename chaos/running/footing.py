"""Firm ground: a scenario begins when the nodes its run counts on can take pods again."""

from __future__ import annotations

from collections.abc import Callable

from chaos.clock import poll, seconds
from chaos.history.facts import Node
from chaos.history.journal import Journal

BACK = seconds(60)  # four times Kubernetes' slowest defaults: a lease each 10 s, a look each 5 s
OFTEN = seconds(0.05)
CONDITIONS = "node.kubernetes.io/"  # taints that Kubernetes puts on itself: not-ready, unreachable

Say = Callable[[str], None]


class Footing:
    """The nodes that the scenarios of a run count on: those that the one before began with."""

    def __init__(self) -> None:
        self._nodes: frozenset[str] = frozenset()

    def regain(self, journal: Journal, say: Say) -> None:
        """Return when they are fit again; what is not in time is told, and no longer counted on.

        What a fault leaves is not over when it is healed: after an outage of etcd the controllers
        take every node for lost, until its kubelet is heard. A pod would go where it is not meant.
        """
        if not poll(
            lambda: not self._unfit(journal), within=BACK, every=OFTEN, clock=journal.clock
        ):
            say(f"goes on without {', '.join(sorted(self._unfit(journal)))}: not fit for pods")
        self._nodes = frozenset(node.name for node in _nodes(journal) if fit(node))

    def _unfit(self, journal: Journal) -> set[str]:
        """A node that has left the cluster is waited for by nobody."""
        return {n.name for n in _nodes(journal) if n.name in self._nodes and not fit(n)}


def fit(node: Node) -> bool:
    """Ready, and nothing of the cluster's own keeps pods away from it."""
    return node.ready == "True" and not any(t.startswith(CONDITIONS) for t in node.taints)


def _nodes(journal: Journal) -> list[Node]:
    return [node for node in journal.known("node").values() if isinstance(node, Node)]
