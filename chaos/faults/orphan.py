"""Somebody takes the label off a pod."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from chaos.errors import NoSuchTarget
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.laws.acts import orphaned
from chaos.ports.cluster import Cluster
from chaos.workloads import LABEL
from chaos.workloads.admitted import Apps, each, stands


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
        for app in each(self.apps):
            for pod in app.stands:
                with suppress(NoSuchTarget):  # the other pods still need it
                    cluster.label(pod, LABEL, app.name)

    def symptom(self) -> Law:
        """Every pod was seen without its label."""
        return orphaned(self.apps, pods=tuple(pod.uid for pod in stands(self.apps)))
