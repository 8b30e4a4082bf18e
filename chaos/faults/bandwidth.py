"""What an app depends on answers slowly."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class Bandwidth:
    """No more than `kilobytes` a second go over the apps' wire, each way (KB, 1000 bytes)."""

    apps: Apps
    to: str
    kilobytes: int

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "bandwidth", rate=self.kilobytes)

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "bandwidth", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire went as slowly."""
        return suffers(self.apps, wire=self.to, toxic="bandwidth", amount=self.kilobytes)
