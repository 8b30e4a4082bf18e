"""A probe fails on its way to the app, which is well."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.errors import CannotHere
from chaos.history.effect import Effect, How
from chaos.judging.law import Law
from chaos.laws.hands import found_failing
from chaos.laws.wires import suffers
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster
from chaos.ports.fault import hands_on, undo
from chaos.workloads.admitted import Apps, Stand, Workload, placed
from chaos.workloads.containers import ProbeName
from chaos.workloads.mishaps import amount_of, cannot_fail, numbers_of, program_of
from chaos.workloads.wires import MISHAPS, Mishap


@dataclass(frozen=True)
class FailingProbe:
    """A probe hears nothing good of an app that is well.

    Through toxiproxy (`probes_through_proxy`) it gets no answer ("silent"), one after its timeout
    ("slow"), the first byte of one ("cut"), a "reset", or no connection ("refused": of a TCP probe
    only this). An exec probe's program is replaced from the node by one that fails ("refused").
    """

    probe: ProbeName
    apps: Apps
    how: Mishap = "silent"

    @property
    def effect(self) -> Effect:
        """Silence burns the probe's timeout; the others fail at once."""
        how: How = "silent" if self.how in {"silent", "slow"} else "refuses"
        return Effect(how, probe=self.probe)

    @property
    def needs(self) -> tuple[Capability, ...]:
        """Only an exec probe's program is reached from the node."""
        return (Capability.CONTAINERS,) if program_of(self.apps, self.probe) else ()

    def inject(self, cluster: Cluster) -> None:
        """Poison each pod's wire of that probe, or its program; CannotHere where that is no use."""
        if why := cannot_fail(self.apps, self.probe, self.how):
            raise CannotHere(why)
        numbers = numbers_of(self.apps, self.probe, self.how)
        for app, pod in placed(self.apps):
            if program := program_of(app, self.probe):
                hands_on(cluster, app, pod).spoil(program)
            else:
                cluster.poison(pod, self.probe, MISHAPS[self.how], **numbers)

    def heal(self, cluster: Cluster) -> None:
        """What was restarted since, sidecar or container, is well; others are put right."""
        undo(lambda one: self._mend(cluster, *one), placed(self.apps))

    def _mend(self, cluster: Cluster, app: Workload, pod: Stand) -> None:
        if program_of(app, self.probe):
            hands_on(cluster, app, pod).restore()
        else:
            cluster.cure(self.probe, MISHAPS[self.how], pod)

    def symptom(self) -> Law:
        """A measured request over the probe's wire, or its program run there, went as badly."""
        if program := program_of(self.apps, self.probe):
            return found_failing(self.apps, program=program)
        amount = amount_of(self.apps, self.probe, self.how)
        return suffers(self.apps, wire=self.probe, toxic=MISHAPS[self.how], amount=amount)
