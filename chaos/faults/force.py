"""Somebody deletes pods by force."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import seconds
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import vanished
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class ForceDeleted:
    """The apps' pods' objects are taken away at once; nobody asks their nodes."""

    apps: Apps

    effect = Effect("deletes")

    def inject(self, cluster: Cluster) -> None:
        """Delete each pod without grace."""
        for pod in stands(self.apps):
            cluster.delete(pod, grace=seconds(0))

    def heal(self, cluster: Cluster) -> None:
        """Nothing is left to undo: a pod that is gone is its controller's to make anew."""

    def symptom(self) -> Law:
        """Every pod's object was seen to go."""
        return vanished(self.apps)
