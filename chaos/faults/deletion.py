"""Somebody deletes pods by hand."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import deleted
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class PodDeleted:
    """The apps' pods are deleted, with their own grace period or with the one given."""

    apps: Apps
    grace: Seconds | None = None

    effect = Effect("deletes")

    def inject(self, cluster: Cluster) -> None:
        """Delete each pod, and no other of its name."""
        for pod in stands(self.apps):
            cluster.delete(pod, grace=self.grace)

    def heal(self, cluster: Cluster) -> None:
        """Nothing is left to undo: a pod that is gone is its controller's to make anew."""

    def symptom(self) -> Law:
        """Every pod was seen to be deleted."""
        return deleted(self.apps)
