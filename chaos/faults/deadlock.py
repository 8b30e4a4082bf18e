"""A part of the app stands still, the rest goes on."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.heard import answer_as
from chaos.patient.answers import FAILING
from chaos.patient.orders import HEALTH
from chaos.patient.worker import STALE
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class Deadlock:
    """The apps' worker threads stop for ever; their servers go on answering."""

    apps: Apps

    effect = Effect("refuses", seen_by=("http-get",), path=HEALTH, onset=STALE, main=True)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to keep its worker's lock."""
        for pod in patients(self.apps):
            cluster.tell(pod, "deadlock")

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's health path was heard to say that it is ill."""
        return answer_as(self.apps, path=HEALTH, said=FAILING)
