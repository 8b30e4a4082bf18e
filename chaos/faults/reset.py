"""Connections to what an app depends on are reset."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands
from chaos.workloads.wires import milliseconds


@dataclass(frozen=True)
class Reset:
    """The apps' wire is reset `after` seconds, whenever a request goes over it."""

    apps: Apps
    to: str
    after: float = 0

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "reset_peer", timeout=milliseconds(self.after))

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "reset_peer", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire ended in a reset."""
        return suffers(self.apps, wire=self.to, toxic="reset_peer", amount=self.after)
