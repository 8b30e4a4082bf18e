"""Any app's memory is filled from outside."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.hands import found_growing
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import hands_on, term_of, undo
from chaos.workloads.admitted import Apps, placed


@dataclass(frozen=True)
class MemoryFull:
    """Memory on the account of the apps' first containers grows, MiB by MiB, up to their limit.

    For any app; a patient may be told to `Leak` instead, where the memory is its own. Up to
    `up_to_mib`, if given: a container without a limit needs that. A process on the node holds it
    and is too small to be what the kernel kills; it ends with the container or with the term.
    """

    apps: Apps
    mib_per_second: float
    up_to_mib: float | None = None

    needs = (Capability.CONTAINERS,)

    @property
    def effect(self) -> Effect:
        """Memory that grows until something stops it."""
        return Effect("fills", mib_per_second=self.mib_per_second)

    def inject(self, cluster: Cluster) -> None:
        """Look how full they are, then start to fill them."""
        rate, most = self.mib_per_second, self.up_to_mib
        for app, pod in placed(self.apps):
            cluster.inspect(pod)
            container = hands_on(cluster, app, pod)
            container.fill(mib_per_second=rate, up_to_mib=most, term=term_of(self))

    def heal(self, cluster: Cluster) -> None:
        """Give the memory back; a container that was started since was never filled."""
        undo(lambda one: hands_on(cluster, *one).drain(), placed(self.apps))

    def symptom(self) -> Law:
        """Every app's memory was found growing on its node, or had killed it."""
        return found_growing(self.apps)
