"""Somebody asks for another number of pods."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.acts import scaled_to
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Workload


@dataclass(frozen=True)
class Scaled:
    """The app's controller is asked for another number of pods."""

    app: Workload
    replicas: int

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Ask for it."""
        cluster.scale(self.app, self.replicas)

    def heal(self, cluster: Cluster) -> None:
        """Ask for as many as it had when it was run."""
        cluster.scale(self.app, len(self.app.stands))

    def symptom(self) -> Law:
        """The app was seen with that number of pods."""
        return scaled_to(self.app, replicas=self.replicas)
