"""The app's gRPC health service says that the app is ill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chaos.history.effect import Effect, How
from chaos.judging.law import Law
from chaos.laws.heard import grpc_says
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands

Status = Literal["serving", "not_serving", "silent"]
TAKEN: dict[Status, How] = {"serving": "passes", "not_serving": "refuses", "silent": "silent"}


@dataclass(frozen=True)
class GrpcHealth:
    """The apps' gRPC health service is `serving`, `not_serving` or `silent`.

    To see that it is asked in the container: that takes the rights to `get` and `create pods/exec`.
    """

    apps: Apps
    status: Status = "not_serving"

    @property
    def effect(self) -> Effect:
        """Any other status than SERVING is a failure, and silence burns the probe's timeout."""
        return Effect(TAKEN[self.status], seen_by=("grpc",))

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient what its service says."""
        for pod in patients(self.apps):
            cluster.tell(pod, "grpc_says", status=self.status)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's service was asked, and said so; or nothing."""
        return grpc_says(self.apps, status=self.status)
