"""Any app's processes stand still."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.judging.law import Law
from chaos.laws.hands import found_stopped
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import hands_on, undo
from chaos.windows.sight import HUNG
from chaos.workloads.admitted import Apps, placed


@dataclass(frozen=True)
class Stopped:
    """All processes of the apps' first containers are stopped from their nodes (SIGSTOP).

    For any app; a patient may be told to `Hang` instead, where it goes on reporting. The kernel
    still takes calls for it. SIGTERM is not acted upon, SIGKILL is: a kubelet can restart it. A
    stopped process cannot go on by itself: with nobody left to heal it, the run's switch does.
    """

    apps: Apps

    effect = HUNG
    needs = (Capability.CONTAINERS,)

    def inject(self, cluster: Cluster) -> None:
        """Stop them."""
        for app, pod in placed(self.apps):
            hands_on(cluster, app, pod).stop()

    def heal(self, cluster: Cluster) -> None:
        """SIGCONT for those that stand still; a container that was started since does not."""
        undo(lambda one: hands_on(cluster, *one).resume(), placed(self.apps))

    def symptom(self) -> Law:
        """Every main process was found stopped on its node, and its port gave no answer."""
        return found_stopped(self.apps)
