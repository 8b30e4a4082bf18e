"""The command of an exec probe says that the app is ill."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect, How
from chaos.judging.law import Law
from chaos.laws.reports import reports
from chaos.patient import reported
from chaos.patient.orders import CHECK
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class FailingCheck:
    """`patient-check` exits with `code`, `delay` seconds late."""

    apps: Apps
    code: int = 1
    delay: float = 0

    @property
    def effect(self) -> Effect:
        """A late answer burns the probe's timeout."""
        how: How = "silent" if self.delay else "refuses"
        return Effect(how, seen_by=("exec",), program=CHECK)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient what its check says."""
        for pod in patients(self.apps):
            cluster.tell(pod, "exec_says", code=self.code, delay_seconds=self.delay)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient reported what its check says."""
        if self.delay:
            return reports(self.apps, what=reported.EXEC_DELAY_SECONDS, value=self.delay)
        return reports(self.apps, what=reported.EXEC_CODE, value=self.code)
