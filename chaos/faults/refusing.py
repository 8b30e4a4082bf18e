"""The app's port is closed."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.heard import answer_as
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class Refusing:
    """The apps' main ports are closed: connections are refused. Their processes live on."""

    apps: Apps

    effect = Effect("refuses", seen_by=("http-get", "tcp-socket"), main=True)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to close its door."""
        for pod in patients(self.apps):
            cluster.tell(pod, "refuse")

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's port was tried, and refused the connection."""
        return answer_as(self.apps, path="/", said="refused")
