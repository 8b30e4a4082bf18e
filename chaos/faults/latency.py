"""What an app depends on answers late."""

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
class Latency:
    """Every answer on the apps' wire comes `delay` seconds late, give or take `jitter`."""

    apps: Apps
    to: str
    delay: Seconds
    jitter: float = 0

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(
                pod,
                self.to,
                "latency",
                latency=milliseconds(self.delay),
                jitter=milliseconds(self.jitter),
            )

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "latency", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire was answered that late."""
        return suffers(self.apps, wire=self.to, toxic="latency", amount=self.delay - self.jitter)
