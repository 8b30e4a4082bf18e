"""Programs of the control plane end."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import undo

ORDER = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")  # each needs those


@dataclass(frozen=True)
class ControlPlaneDown:
    """Programs of the control plane end as in a crash, and stay away: see ORDER for their names."""

    programs: tuple[str, ...]

    effect = UNSAID
    needs = (Capability.CONTROL_PLANE,)

    def inject(self, cluster: Cluster) -> None:
        """End each of them."""
        for name in self.programs:
            cluster.control_plane(name).stop()

    def heal(self, cluster: Cluster) -> None:
        """Start each of them, those that others need first."""
        undo(lambda name: cluster.control_plane(name).start(), sorted(self.programs, key=_place))

    def symptom(self) -> Law:
        """Each was looked at and does no work; without etcd the API server does none either."""
        needs = ("kube-apiserver",) if "etcd" in self.programs else ()
        return found_down(tuple(dict.fromkeys((*self.programs, *needs))))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
