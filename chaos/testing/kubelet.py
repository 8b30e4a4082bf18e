"""The fake kubelet: what becomes of a pod whose patient was told something.

Delays are those of a fast real node, and lie inside the windows of `chaos.windows`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chaos import windows
from chaos.clock import ManualClock, Seconds, seconds
from chaos.entry import Endpoints, Observed, Pod, Probe, Termination, Thing, Uid
from chaos.history import Journal
from chaos.testing.patient import FAILING, KILLED, FakePod, Illness

RELIST = seconds(0.5)  # between a process's end and its being noticed
START = seconds(0.4)  # between that and the next container running


@dataclass
class FakeKubelet:
    """Keeps the pods of every node, and shows them."""

    journal: Journal
    clock: ManualClock

    def __post_init__(self) -> None:
        self.pods: dict[Uid, FakePod] = {}

    def show(self, thing: Thing, *, gone: bool = False) -> None:
        """Let the recorder see it."""
        self.journal.write(Observed(self.clock.now(), thing, gone=gone))

    def later(self, delay: float, happen: Callable[[], None]) -> None:
        """Have something happen in a while."""
        self.clock.at(Seconds(self.clock.now() + delay), happen)

    def set(self, pod: FakePod, shown: Pod, *, gone: bool = False) -> None:
        """Show a pod in a new state, and its service's endpoints where they change."""
        before = self._traffic(pod.shown.workload)
        pod.shown = shown
        if gone:
            del self.pods[shown.uid]
        self.show(shown, gone=gone)
        self.route(shown.workload, before)

    def route(self, service: str, before: tuple[Uid, ...] | None = None) -> None:
        """Show who gets a service's traffic, if that is not as it was `before`."""
        now = self._traffic(service)
        if now != before:
            self.show(Endpoints(f"{service}-1", service, now))

    def crash(self, pod: FakePod, code: int, reason: str = "Error") -> None:
        """The main process ends at once, and is seen to have ended a little later."""
        end = pod.die(code, reason)
        self._plan(pod, RELIST, lambda: self._ended(pod, end))

    def restart(self, pod: FakePod, end: Termination) -> None:
        """The next container runs."""
        pod.running = True
        self.set(pod, pod.started(end))
        self._recover(pod)

    def examine(self, pod: FakePod) -> None:
        """What the probes will make of an illness, as long as nothing else happens."""
        liveness, readiness = pod.app.liveness, pod.app.readiness
        if pod.ill.hung:
            if liveness is not None:
                soonest = windows.hang(pod.app).earliest
                self._while_ill(pod, soonest + liveness.period / 2, lambda: self._unhealthy(pod))
            if readiness is not None:
                self._while_ill(pod, _silent(readiness), lambda: self._unready(pod))
        if liveness is not None and pod.ill.lies.get("/health", 0) >= FAILING:
            self._while_ill(pod, _refused(liveness), lambda: self._unhealthy(pod))
        if readiness is not None and pod.ill.lies.get("/ready", 0) >= FAILING:
            self._while_ill(pod, _refused(readiness), lambda: self._unready(pod))

    def fill(self, pod: FakePod) -> None:
        """What will come of a leak: the kernel kills at the limit, or a probe sees it."""
        now = self.clock.now()
        if pod.memory_limit and (full := pod.ill.reaches(pod.memory_limit)) is not None:
            self._while_ill(pod, full - now, lambda: self._out_of_memory(pod))
        liveness = pod.app.liveness
        if pod.memory_health and liveness and (big := pod.ill.reaches(pod.memory_health)):
            self._while_ill(pod, big - now + _refused(liveness), lambda: self._unhealthy(pod))

    def soothe(self, pod: FakePod) -> None:
        """The patient is well; what its probes had seen is forgotten."""
        if pod.running:
            pod.ill = Illness()
            self._recover(pod)

    def _traffic(self, service: str) -> tuple[Uid, ...]:
        ours = (p.shown for p in self.pods.values() if p.shown.workload == service)
        return tuple(p.uid for p in ours if p.ready and not p.deleting)

    def _plan(self, pod: FakePod, delay: float, happen: Callable[[], None]) -> None:
        """Have something happen to a pod, unless its container ends first."""
        life = pod.life
        self.later(delay, lambda: happen() if pod.life == life else None)

    def _while_ill(self, pod: FakePod, delay: float, happen: Callable[[], None]) -> None:
        """Have something come of an illness, unless it is soothed, or its container ends, first."""
        ill = pod.ill
        self._plan(pod, delay, lambda: happen() if pod.ill is ill else None)

    def _ended(self, pod: FakePod, end: Termination) -> None:
        self.set(pod, pod.ended(end))
        if pod.comes_back(end.exit_code):
            self._plan(pod, START, lambda: self.restart(pod, end))

    def _unhealthy(self, pod: FakePod) -> None:
        """SIGTERM, and SIGKILL after the grace for who ignores it."""
        if pod.sigterm is not None:
            self.crash(pod, pod.sigterm)
        else:
            patience = windows.grace(pod.app, pod.app.liveness)
            self._plan(pod, patience, lambda: self.crash(pod, KILLED))

    def _unready(self, pod: FakePod) -> None:
        self.set(pod, pod.turned(ready=False))

    def _recover(self, pod: FakePod) -> None:
        """A pod that runs and is not ready becomes so at its next readiness probe."""
        readiness = pod.app.readiness
        if pod.running and not pod.shown.ready and readiness is not None:
            self._plan(pod, readiness.period, lambda: self.set(pod, pod.turned(ready=True)))

    def _out_of_memory(self, pod: FakePod) -> None:
        self.crash(pod, KILLED, "OOMKilled")


def _silent(probe: Probe) -> float:
    """When a probe has seen enough of a silence that began in the middle of its period."""
    interval = max(probe.period, probe.timeout)
    return probe.period / 2 + (probe.failures - 1) * interval + probe.timeout


def _refused(probe: Probe) -> float:
    """When a probe has seen enough refusals that began in the middle of its period."""
    return (probe.failures - 0.5) * probe.period


def fresh(pod: Pod, uid: Uid, name: str) -> Pod:
    """A pod made after another's pattern, not yet on any node."""
    return replace(pod, uid=uid, name=name, node=None, ready=False, phase="Pending", containers=())
