"""Programs of the control plane stand still."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import UNSAID
from chaos.judging.law import Law
from chaos.laws.programs import found_down
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import undo


@dataclass(frozen=True)
class ControlPlaneFrozen:
    """Programs of the control plane take calls and never answer: not gone, which is told at once.

    etcd, kube-apiserver, kube-controller-manager or kube-scheduler, stopped by a signal (SIGSTOP):
    their clients wait until they lose patience. Undone by letting each go on, in any order; one
    that was ended or started anew meanwhile needs nothing.
    """

    programs: tuple[str, ...]

    effect = UNSAID
    needs = (Capability.CONTROL_PLANE,)

    def inject(self, cluster: Cluster) -> None:
        """Stop each where it stands; all of them must be there."""
        for program in [cluster.control_plane(name) for name in self.programs]:
            program.freeze()

    def heal(self, cluster: Cluster) -> None:
        """Let each go on."""
        undo(lambda name: cluster.control_plane(name).thaw(), self.programs)

    def symptom(self) -> Law:
        """Each was looked at and does no work; without etcd the API server does none either."""
        needs = ("kube-apiserver",) if "etcd" in self.programs else ()
        return found_down(tuple(dict.fromkeys((*self.programs, *needs))))
