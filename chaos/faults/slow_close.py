"""What an app depends on closes its connections late."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands
from chaos.workloads.wires import milliseconds


@dataclass(frozen=True)
class SlowClose:
    """Connections over the apps' wire are closed `delay` seconds after their end."""

    apps: Apps
    to: str
    delay: Seconds

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "slow_close", delay=milliseconds(self.delay))

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "slow_close", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire was over so long after its last byte."""
        return suffers(self.apps, wire=self.to, toxic="slow_close", amount=self.delay)
