"""The app holds more memory every second."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.memory import leak
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class Leak:
    """The apps take memory, MiB by MiB, and never give it back; each stops itself at `up_to`."""

    apps: Apps
    mib_per_second: float
    up_to_mib: float = 128

    @property
    def effect(self) -> Effect:
        """Memory that grows until something stops it."""
        return Effect("fills", mib_per_second=self.mib_per_second, up_to_mib=self.up_to_mib)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to leak; it holds its first MiB when it replies."""
        for pod in patients(self.apps):
            cluster.tell(pod, "leak", mib_per_second=self.mib_per_second, up_to_mib=self.up_to_mib)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is empty already; one that still leaks gives its memory back."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every app's memory was seen to grow, by as much as was ordered."""
        rate, most = self.mib_per_second, self.up_to_mib
        return leak(self.apps, mib_per_second=rate, up_to_mib=most)
