"""Any app is kept from the CPU."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.hands import found_starved
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import hands_on, undo
from chaos.workloads.admitted import Apps, placed


@dataclass(frozen=True)
class Starved:
    """The apps' first containers may use so many `cpus` and no more: 0.01 is 1 ms in 100 ms.

    For any app, a patient or not. What an app makes of it is its own: laws about it need a
    `within`. One that wants no CPU does not notice, and then the fault was not injected.
    """

    apps: Apps
    cpus: float = 0.01

    effect = UNSAID
    needs = (Capability.CONTAINERS,)

    def inject(self, cluster: Cluster) -> None:
        """Look how they are, then lower their quota."""
        for app, pod in placed(self.apps):
            cluster.inspect(pod)
            hands_on(cluster, app, pod).allow(self.cpus)

    def heal(self, cluster: Cluster) -> None:
        """Give them the quota of their own specs again, which the ledger has with the apps."""
        undo(lambda one: hands_on(cluster, *one).allow(one[0].meant.cpus), placed(self.apps))

    def symptom(self) -> Law:
        """Every app was found to be kept from the CPU that it wanted."""
        return found_starved(self.apps, cpus=self.cpus)
