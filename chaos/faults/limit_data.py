"""What an app depends on is cut short."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class LimitData:
    """The apps' wire is closed when `count` bytes of an answer have come over it."""

    apps: Apps
    to: str
    count: int = 1

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "limit_data", bytes=self.count)

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "limit_data", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire got no more bytes than that, and was closed."""
        return suffers(self.apps, wire=self.to, toxic="limit_data", amount=self.count)
