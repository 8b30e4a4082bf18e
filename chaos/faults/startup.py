"""The app ends, starts, and goes on saying that it has not started."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.judging.saying import STARTED
from chaos.laws.heard import answer_as
from chaos.ports.cluster import Cluster
from chaos.windows import trace
from chaos.workloads.admitted import Apps, patients, stands

UNAVAILABLE = 503  # what says "not now"


@dataclass(frozen=True)
class NeverStarted:
    """The apps crash, and until healed their next starts answer 503 on `path`, all else well.

    They must be told at their start where that is kept: keep="/keep" and the order
    {"do": "lasting", "folder": "/keep"}.
    """

    apps: Apps
    path: str = "/startup"
    folder: str = "/keep"

    effect = Effect("ends")

    def inject(self, cluster: Cluster) -> None:
        """Leave each patient word what to answer, and tell it to exit."""
        orders = json.dumps([{"do": "health", "path": self.path, "status": UNAVAILABLE}])
        for pod in patients(self.apps):
            cluster.tell(pod, "lasting", folder=self.folder, orders=orders)
            cluster.tell(pod, "crash")

    def heal(self, cluster: Cluster) -> None:
        """Every patient that runs answers well again, and so does its next start."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's path was heard to say so."""
        return answer_as(self.apps, path=self.path, said=UNAVAILABLE, within=trace(STARTED))
