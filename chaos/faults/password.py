"""The health path wants a password."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.heard import answer_as
from chaos.patient.answers import UNAUTHORIZED
from chaos.patient.orders import HEALTH
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands

ORDER = {"do": "demand_password"}


@dataclass(frozen=True)
class PasswordDemand:
    """The apps' health path answers 401 to whoever sends no Authorization header.

    With `folder`, which must be kept (keep="/keep", and {"do": "lasting", "folder": "/keep"} as an
    order), so do their later starts: it is in the app, and no restart helps.
    """

    apps: Apps
    folder: str = ""

    effect = Effect(
        "refuses", seen_by=("http-get",), path=HEALTH, barred_by="Authorization", main=True
    )

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to ask for a password, and its later starts."""
        for pod in patients(self.apps):
            if self.folder:
                cluster.tell(pod, "lasting", folder=self.folder, orders=json.dumps([ORDER]))
            cluster.tell(pod, ORDER["do"])

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's health path was heard to turn somebody without a password away."""
        return answer_as(self.apps, path=HEALTH, said=UNAUTHORIZED)
