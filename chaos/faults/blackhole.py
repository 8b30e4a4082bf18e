"""What an app depends on answers nothing."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.wires import suffers
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands
from chaos.workloads.wires import milliseconds


@dataclass(frozen=True)
class Blackhole:
    """The apps' wire swallows every byte; after `timeout` seconds, if any, it is closed."""

    apps: Apps
    to: str
    timeout: float = 0

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        """Put the toxic on each pod's wire."""
        for pod in stands(self.apps):
            cluster.poison(pod, self.to, "timeout", timeout=milliseconds(self.timeout))

    def heal(self, cluster: Cluster) -> None:
        """A sidecar that was restarted has lost its toxics; the others are told to take it off."""
        cluster.cure(self.to, "timeout", *stands(self.apps))

    def symptom(self) -> Law:
        """A measured request over the wire got no byte back."""
        return suffers(self.apps, wire=self.to, toxic="timeout", amount=self.timeout)
