"""The app accepts connections and never answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chaos.judging.law import Law
from chaos.laws.answers import stop_answering
from chaos.ports.cluster import Cluster
from chaos.windows.sight import HUNG
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class Hang:
    """The apps' main ports answer nothing; their processes live on.

    Without `accepts` they take no connections either: those wait in the kernel's backlog.
    """

    apps: Apps
    accepts: bool = True

    effect = replace(HUNG, main=True)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to hang."""
        for pod in patients(self.apps):
            cluster.tell(pod, "hang", accepts=self.accepts)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; one that still hangs is told to stop."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every main port was asked and gave no answer."""
        return stop_answering(self.apps)
