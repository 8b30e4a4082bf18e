"""What an app depends on answers in small pieces."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands
from chaos.workloads.wires import microseconds


@dataclass(frozen=True)
class Slicer:
    """Answers on the apps' wire come in pieces of `size` bytes, `apart` seconds from each other."""

    apps: Apps
    to: str
    size: int = 1
    apart: float = 0.01

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(
                pod, self.to, "slicer", average_size=self.size, delay=microseconds(self.apart)
            )

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "slicer", *stands(self.apps))

    def symptom(self) -> Law:
        """The answer to a measured request over the wire came in pieces."""
        return suffers(self.apps, wire=self.to, toxic="slicer", amount=self.size)
