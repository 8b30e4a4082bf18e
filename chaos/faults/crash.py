"""The main process ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.exits import ends
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients

SIGNALED = 128  # what the exit code of a signal is counted from


@dataclass(frozen=True)
class Crash:
    """The apps' main processes exit with a code of their own accord, or of a `signal`."""

    apps: Apps
    code: int = 1
    signal: int = 0

    effect = Effect("ends")

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to exit."""
        how = {"signal": self.signal} if self.signal else {"code": self.code}
        for pod in patients(self.apps):
            cluster.tell(pod, "crash", **how)

    def heal(self, cluster: Cluster) -> None:
        """Nothing is left to undo: a process that is gone is the kubelet's to bring back."""

    def symptom(self) -> Law:
        """Every main process was seen to have ended."""
        code = SIGNALED + self.signal if self.signal else self.code
        return ends(self.apps, code=code)
