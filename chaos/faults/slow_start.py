"""The app ends, and takes its time to start again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.reports import start_slowly
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, stands


@dataclass(frozen=True)
class SlowStart:
    """The apps crash, and until healed open their main ports only `slow` seconds after a start.

    They must be told at their start where that is kept: keep="/keep" and the order
    {"do": "lasting", "folder": "/keep"}.
    """

    apps: Apps
    slow: float
    folder: str = "/keep"

    effect = Effect("ends")

    def inject(self, cluster: Cluster) -> None:
        """Leave each patient word to start slowly, and tell it to exit."""
        orders = json.dumps([{"do": "start_slowly", "seconds": self.slow}])
        for pod in stands(self.apps):
            cluster.tell(pod, "lasting", folder=self.folder, orders=orders)
            cluster.tell(pod, "crash")

    def heal(self, cluster: Cluster) -> None:
        """The next start is as usual; one that is under way goes on as slowly."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient was seen to be there anew, and its main port to be closed still."""
        return start_slowly(self.apps, slow=self.slow)
