"""Somebody takes the label off a pod."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import orphaned
from chaos.ports.cluster import Cluster
from chaos.ports.fault import undo
from chaos.workloads import LABEL
from chaos.workloads.admitted import Apps, placed, stands


@dataclass(frozen=True)
class Orphaned:
    """The apps' pods lose the label by which their controllers know them; they run on."""

    apps: Apps

    effect = Effect("deletes")

    def inject(self, cluster: Cluster) -> None:
        """Take the label off each pod."""
        for pod in stands(self.apps):
            cluster.label(pod, LABEL, None)

    def heal(self, cluster: Cluster) -> None:
        """Give the label back: the controller has one pod too many then, and deletes one."""
        undo(lambda one: cluster.label(one[1], LABEL, one[0].name), placed(self.apps))

    def symptom(self) -> Law:
        """Every pod was seen without its label."""
        return orphaned(self.apps, pods=tuple(pod.uid for pod in stands(self.apps)))
