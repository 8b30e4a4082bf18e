"""Any app's main process gets a signal."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.exits import ends
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import hands_on
from chaos.workloads.admitted import Apps, placed

SIGKILL = 9
SIGNALED = 128  # what the exit code of a signal is counted from


@dataclass(frozen=True)
class Killed:
    """The main processes of the apps' first containers get a `signal` from their nodes: SIGKILL.

    For any app; a patient may be told to `Crash` with a code instead. Of another signal a main
    process ends as it likes, or not at all: one without a handler for it ignores it.
    """

    apps: Apps
    signal: int = SIGKILL

    effect = Effect("ends")
    needs = (Capability.CONTAINERS,)

    def inject(self, cluster: Cluster) -> None:
        """Send it."""
        for app, pod in placed(self.apps):
            hands_on(cluster, app, pod).signal(self.signal)

    def heal(self, cluster: Cluster) -> None:
        """Nothing is left to undo: a process that is gone is the kubelet's to bring back."""

    def symptom(self) -> Law:
        """Every main process was seen to have ended; of SIGKILL with 137."""
        return ends(self.apps, code=SIGNALED + SIGKILL if self.signal == SIGKILL else None)
