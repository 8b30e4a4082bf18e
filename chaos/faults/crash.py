"""The main process ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.cluster import Cluster
from chaos.entry import Apps, stands
from chaos.law import Law
from chaos.laws.exits import ends


@dataclass(frozen=True)
class Crash:
    """The apps' main processes exit with a code of their own accord."""

    apps: Apps
    code: int = 1

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to exit."""
        for pod in stands(self.apps):
            cluster.tell(pod, "crash", code=self.code)

    def heal(self, cluster: Cluster) -> None:
        """Nothing is left to undo: a process that is gone is the kubelet's to bring back."""

    def symptom(self) -> Law:
        """Every main process was seen to have ended."""
        return ends(self.apps, code=self.code)
