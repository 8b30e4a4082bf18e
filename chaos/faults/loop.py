"""The main process ends again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.exits import ends
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class CrashLoop:
    """The apps' main processes exit with a code, and so do the next ones as soon as they start.

    They end so many `times`, this one counted; then they live. It can be done to a pod once. The
    apps must be told at their start where they are to look: keep="/keep" and the order
    {"do": "lasting", "folder": "/keep"}.
    """

    apps: Apps
    times: int = 3
    code: int = 1
    folder: str = "/keep"

    effect = Effect("ends")

    def inject(self, cluster: Cluster) -> None:
        """Leave each patient word to exit at its next starts, and tell it to exit now."""
        again = {"do": "crash", "code": self.code, "starts": self.times - 1, "folder": self.folder}
        for pod in patients(self.apps):
            if self.times > 1:  # an order for no starts is one for all of them
                cluster.tell(pod, "lasting", folder=self.folder, orders=json.dumps([again]))
            cluster.tell(pod, "crash", code=self.code)

    def heal(self, cluster: Cluster) -> None:
        """Who is up forgets what it was told; who is not has the rest of its ends before it."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every main process was seen to have ended."""
        return ends(self.apps, code=self.code)
