"""How much of a cluster a run may take at once, and that no two runs take the same node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from chaos.clock import Seconds
from chaos.errors import ChaosError, NotHealed
from chaos.ports.cluster import Cluster
from chaos.ports.fault import Fault, term_of
from chaos.running.switch import LEEWAY

MOST = 2  # nodes at once: what the scenarios here need, on the two nodes that they have at least


@runtime_checkable
class TakesNodes(Protocol):
    """A fault that takes nodes from the cluster for as long as it is open.

    With `even_the_last` its scenario has said that no Ready node, or no control plane, may be left.
    """

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the nodes."""

    @property
    def even_the_last(self) -> bool:
        """Whether the scenario has said so."""


def taken(faults: Sequence[Fault]) -> frozenset[str]:
    """The nodes that these faults take, together."""
    return frozenset(node for f in faults if isinstance(f, TakesNodes) for node in f.takes)


@dataclass(frozen=True)
class Radius:
    """What a run was allowed: `most` nodes at once (`--chaos-radius`)."""

    most: int = MOST

    @contextmanager
    def held(
        self, fault: Fault, others: Callable[[], Sequence[Fault]], cluster: Cluster
    ) -> Iterator[None]:
        """The fault's nodes are this run's as long as the block; the `others` are open beside it.

        ChaosError, before anything is done, when too much would be gone, or when another run has
        one of the nodes. What could not be healed is not let go: nobody else shall count on it.
        """
        self.admit(fault, others(), cluster)

        def let_go(node: str) -> None:
            if node not in taken(others()):  # healed in another order, they may still need it
                cluster.release(node)

        with ExitStack() as claims:
            for node in sorted(taken([fault])):
                cluster.claim(node, lasting=Seconds(term_of(fault) + LEEWAY))
                claims.callback(let_go, node)
            try:
                yield
            except NotHealed:
                claims.pop_all()
                raise

    def admit(self, fault: Fault, others: Sequence[Fault], cluster: Cluster) -> None:
        """Refuse what would take too much."""
        if not isinstance(fault, TakesNodes) or not fault.takes:
            return
        away = taken([*others, fault])
        if len(away) > self.most:
            raise ChaosError(
                f"{fault} would take {len(away)} nodes at once ({', '.join(sorted(away))}), and"
                f" {self.most} may be: --chaos-radius={len(away)} allows it"
            )
        if not fault.even_the_last:
            _spare_one("Ready node", fault, frozenset(cluster.ready_nodes), away)
            if planes := frozenset(cluster.control_planes):  # none is a node of an embedded cluster
                _spare_one("control plane", fault, planes, away)


def _spare_one(what: str, fault: Fault, there: frozenset[str], away: frozenset[str]) -> None:
    """Of what is there, something has to be left."""
    if not there - away:
        raise ChaosError(
            f"{fault} would leave no {what}: add nodes (--chaos-nodes), or say even_the_last=True"
        )
