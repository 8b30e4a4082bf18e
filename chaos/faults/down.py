"""What an app depends on is not there."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class Down:
    """The apps' wire takes no connections, and those that it had are closed."""

    apps: Apps
    to: str

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "down")

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "down", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire was refused."""
        return suffers(self.apps, wire=self.to, toxic="down")
