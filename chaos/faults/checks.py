"""The command of an exec probe says that the app is ill."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.history.effect import Effect, How
from chaos.judging.law import Law
from chaos.judging.probed import SILENT
from chaos.laws.heard import command_ends
from chaos.patient.orders import CHECK
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands
from chaos.workloads.containers import SECOND


@dataclass(frozen=True)
class FailingCheck:
    """`patient-check` exits with `code`, `delay` seconds late.

    To see that it is run in the container, which takes the rights to `get` and `create pods/exec`.
    """

    apps: Apps
    code: int = 1
    delay: float = 0

    @property
    def effect(self) -> Effect:
        """An exit status that is not 0 is a failure."""
        how: How = "refuses" if self.code else "passes"
        return Effect(how, seen_by=("exec",), program=CHECK, late=self.delay)

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient what its check says."""
        for pod in patients(self.apps):
            cluster.tell(pod, "exec_says", code=self.code, delay_seconds=self.delay)

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's check was run, and ended so; or did not, where that takes too long."""
        late = Seconds(self.delay)
        if self.delay >= SECOND:
            return command_ends(self.apps, command=CHECK, said=SILENT, late=late)
        return command_ends(self.apps, command=CHECK, said=self.code, late=late)
