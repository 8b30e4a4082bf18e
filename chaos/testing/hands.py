"""Hands on a fake pod's container: what a stopped, filled or starved app looks like from outside.

The app in it may be the patient or not: nothing here is an order.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chaos.clock import Seconds
from chaos.errors import CannotRehearse, ChaosError, NoSuchTarget
from chaos.history.looked import Found
from chaos.testing.illness import EMPTY, Illness
from chaos.testing.patient import KILLED, FakePod
from chaos.workloads.admitted import Stand

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster


@dataclass(frozen=True)
class FakeHands:
    """On the first container of a pod that runs."""

    cluster: FakeCluster
    pod: FakePod

    def stop(self) -> None:
        """It answers nothing, and does not hear SIGTERM."""
        if not self.cluster.deaf and not self.pod.ill.stopped:
            self._turn(replace(self.pod.ill, stopped=True))

    def resume(self) -> None:
        """It answers again."""
        if self.pod.ill.stopped:
            self._turn(replace(self.pod.ill, stopped=False))

    def signal(self, number: int) -> None:
        """SIGKILL ends it; of SIGTERM it dies if it does not ignore it; others it ignores."""
        ends = {signal.SIGKILL: KILLED, signal.SIGTERM: self.pod.sigterm}
        if not self.cluster.deaf and (code := ends.get(signal.Signals(number))) is not None:
            self.cluster.kubelet.crash(self.pod, code)

    def fill(self, *, mib_per_second: float, up_to_mib: float | None, term: Seconds) -> None:
        """Its memory grows; what is kept there goes when the term is over."""
        limit, life = self.pod.memory_limit, self.pod.life
        if limit is None and up_to_mib is None:
            raise ChaosError(
                f"the container {self.pod.container.name} has no memory limit, so its node would "
                "be filled: give it one, or say how far (up_to_mib=...)"
            )
        if self.cluster.deaf:
            return
        leak = (self.cluster.clock.now(), mib_per_second, up_to_mib or 2 * (limit or 0))
        self._turn(replace(self.pod.ill, leak=leak))
        self.cluster.kubelet.later(term, lambda: self.drain() if self.pod.life == life else None)

    def drain(self) -> None:
        """It holds what is its own."""
        if self.pod.ill.leak is not None:
            self._turn(replace(self.pod.ill, leak=None))

    def allow(self, cpus: float | None) -> None:
        """It has less of its CPU, and wants more, or has what it should."""
        if not self.cluster.deaf:
            self.pod.ill.cpus = cpus

    def spoil(self, program: str) -> None:
        """A probe that runs it fails."""
        if not self.cluster.deaf:
            self._turn(replace(self.pod.ill, spoiled=program))

    def restore(self) -> None:
        """It does not."""
        if self.pod.ill.spoiled:
            self._turn(replace(self.pod.ill, spoiled=""))

    def _turn(self, ill: Illness) -> None:
        self.cluster.kubelet.turn(self.pod, ill)


def hands(cluster: FakeCluster, stand: Stand, name: str) -> FakeHands:
    """Hands on the container that can fall ill; NoSuchTarget when it does not run, or is not meant.

    CannotRehearse for another of the pod's.
    """
    pod = cluster.kubelet.pods.get(stand.uid)
    if pod is not None and name in {one.name for one in pod.shown.containers} - {pod.who}:
        raise CannotRehearse(f"{stand.name}: only its container {pod.who} can fall ill, not {name}")
    there = pod.container.name if pod and pod.running and pod.shown.node == stand.node else ""
    if pod is None or not there or name not in {"", there}:
        which = f"its container {name!r}" if name else "one container"
        raise NoSuchTarget(
            f"pod {stand.name} does not run {which} on {stand.node}: {there or 'none'} run there"
        )
    return FakeHands(cluster, pod)


def found(pod: FakePod | None, now: Seconds) -> Sequence[Found]:
    """How a pod's first container is found on its node."""
    if pod is None or not pod.running:
        return ()
    ill = pod.ill
    return (
        Found(
            pod.container.id,
            pod.container.name,
            main="stopped" if ill.stopped else "running",
            stopped=int(ill.stopped),
            memory_mib=EMPTY + ill.held(now),
            limit_mib=pod.memory_limit,
            cpus=pod.app.meant.cpus if ill.cpus is None else ill.cpus,
            failing=((ill.spoiled, 1),) if ill.spoiled else (),
            throttled=int(now * 10) if ill.cpus is not None else 0,
        ),
    )
