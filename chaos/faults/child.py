"""A child process dies, the main process lives on."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.heard import child_is_dead
from chaos.patient.orders import HEALTH
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands


@dataclass(frozen=True)
class ChildDeath:
    """The apps' child processes are killed. PID 1 lives on, so the container does not end.

    To see that they are looked for in the container, which takes the rights to `get` and `create
    pods/exec`.
    """

    apps: Apps

    effect = Effect("refuses", seen_by=("http-get",), path=HEALTH, main=True)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient to kill its child."""
        for pod in patients(self.apps):
            cluster.tell(pod, "kill_child")

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's child was looked for, and is gone; or a probe heard of it."""
        return child_is_dead(self.apps)
