"""The app's health path says that the app is ill."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.judging.saying import ERRORS
from chaos.laws.heard import answer_as, lied
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class FailingHealth:
    """The apps' health path answers with a status of ours, `times` times or (0) until healed."""

    apps: Apps
    status: int = 500
    times: int = 0
    path: str = "/health"

    @property
    def effect(self) -> Effect:
        """Only who asks that path hears it."""
        return Effect("refuses", seen_by=("http-get",), path=self.path, times=self.times, main=True)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient what to say; ChaosError for what no probe calls a failure."""
        self._must_fail()
        for pod in patients(self.apps):
            cluster.tell(pod, "health", path=self.path, status=self.status, times=self.times)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to tell the truth again."""
        cluster.soothe(*stands(self.apps))

    def _must_fail(self) -> None:
        if self.status < ERRORS:
            raise ChaosError(f"{self}: a probe takes {self.status} for success: {ERRORS} or more")

    def symptom(self) -> Law:
        """Every patient's path was heard to answer so; of a few answers, that they were given."""
        self._must_fail()
        if self.times:  # whoever asks uses one up
            return lied(self.apps, path=self.path, said=self.status)
        return answer_as(self.apps, path=self.path, said=self.status)
