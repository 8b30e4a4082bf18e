"""Somebody taints a node."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import tainted
from chaos.ports.cluster import Cluster


@dataclass(frozen=True)
class Tainted:
    """The node gets a taint, key=value:NoExecute: pods that do not tolerate it are evicted."""

    node: str
    taint: str
    even_the_last: bool = field(default=False, repr=False)

    @property
    def effect(self) -> Effect:
        """Those that do not tolerate it are evicted."""
        return Effect("evicts", taint=self.taint.partition(":")[0])

    @property
    def takes(self) -> tuple[str, ...]:
        """The node, if nobody can stay there."""
        return (self.node,) if self.taint.endswith(":NoExecute") else ()

    def inject(self, cluster: Cluster) -> None:
        """Put it on."""
        cluster.taint(self.node, self.taint)

    def heal(self, cluster: Cluster) -> None:
        """Take it off."""
        cluster.untaint(self.node, self.taint)

    def symptom(self) -> Law:
        """The node was seen with it."""
        return tainted(self.node, taint=self.taint)
