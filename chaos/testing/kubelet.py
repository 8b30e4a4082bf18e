"""The fake kubelet: what becomes of a pod whose patient was told something.

Delays are those of a fast real node, and lie inside the windows of `chaos.windows`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chaos import windows
from chaos.clock import ManualClock, Seconds, seconds
from chaos.history.facts import Answered, Endpoints, Pod, Termination, Thing
from chaos.history.looked import Inspected
from chaos.history.timers import Timers
from chaos.testing.hands import found
from chaos.testing.patient import KILLED, FakePod, Illness
from chaos.testing.probing import enough, heard
from chaos.testing.sight import FakeSight
from chaos.workloads.admitted import NodeName, Stand, Uid
from chaos.workloads.containers import ProbeName
from chaos.workloads.services import Front

Traffic = tuple[tuple[Uid, ...], tuple[Uid, ...]]  # ready, and not

RELIST = seconds(0.5)  # between a process's end and its being noticed
START = seconds(0.4)  # between that and the next container running


@dataclass
class FakeKubelet:
    """Keeps the pods of every node, and shows them."""

    sight: FakeSight
    clock: ManualClock
    timers: Timers

    def __post_init__(self) -> None:
        self.pods: dict[Uid, FakePod] = {}
        self.fronts: dict[str, tuple[Front, ...]] = {}  # the services before a workload's pods
        self.idle: set[NodeName] = set()  # frozen or cut off: what is to happen waits till they end
        self.silent: set[NodeName] = set()  # where nobody answers us

    def show(self, thing: Thing, *, gone: bool = False) -> None:
        """Let the recorder see it."""
        self.sight.see(thing, gone=gone)

    def later(self, delay: float, happen: Callable[[], None]) -> None:
        """Have something happen in a while."""
        self.clock.at(Seconds(self.clock.now() + delay), happen)

    def set(self, pod: FakePod, shown: Pod, *, gone: bool = False) -> None:
        """Show a pod in a new state, and its service's endpoints where they change."""
        before = self.traffic(pod.shown.workload)
        pod.shown = shown
        if gone:
            del self.pods[shown.uid]
        self.show(shown, gone=gone)
        self.route(shown.workload, before)

    def route(self, workload: str, before: Traffic | None = None) -> None:
        """Show who gets traffic by each service before its pods, if that is not as `before`."""
        ready, unready = now = self.traffic(workload)
        for front in self.fronts.get(workload, ()) if now != before else ():
            to = (*ready, *unready) if front.publishes else ready
            self.show(Endpoints(f"{front.name}-1", front.name, to, unready=unready))

    def crash(self, pod: FakePod, code: int, reason: str = "Error") -> None:
        """The main process ends at once, and is seen to have ended a little later."""
        pod.crashes += 1
        self._end(pod, code, reason)

    def _end(self, pod: FakePod, code: int, reason: str = "Error") -> None:
        end = pod.die(code, reason if code else "Completed")
        self._plan(pod, RELIST, lambda: self._ended(pod, end))

    def restart(self, pod: FakePod, end: Termination) -> None:
        """The next container runs."""
        pod.begin(self.clock.now())
        self.set(pod, pod.started(end))
        startup = pod.app.startup
        if startup and heard(pod, "startup", startup, "/") != "well":
            self._while_ill(pod, startup.delay + enough(startup), lambda: self._unhealthy(pod))
            return
        self._recover(pod)
        if any(pod.wires.values()):
            self.examine(pod)
        if pod.doomed:
            pod.doomed -= 1
            self.crash(pod, pod.doom)

    def suffer(self, pod: FakePod, order: str, *, times: int) -> None:
        """What comes of an order; one for few requests is over before a probe has had enough."""
        probe = pod.app.liveness
        if order == "leak":
            self.fill(pod)
        elif not times or (probe and times >= probe.failures):
            self.examine(pod)

    def examine(self, pod: FakePod) -> None:
        """What the probes will make of an illness, as long as nothing else happens."""
        self._ask(pod, "liveness", "/health", self._unhealthy)
        self._ask(pod, "readiness", "/ready", self._unready)

    def _ask(
        self, pod: FakePod, name: ProbeName, path: str, failed: Callable[[FakePod], None]
    ) -> None:
        """What one probe will make of an illness: it asks when its delay is over."""
        now, probe = self.clock.now(), pod.app.probe(name)
        if probe is None:
            return
        later = max(0.0, probe.delay - (now - pod.born))
        match heard(pod, name, probe, path):
            case "silence":
                wait = max(later, pod.ill.due(now)) + enough(probe, probe.timeout)
            case "failing":
                wait = later + enough(probe, pod.ill.late(probe, path))
            case _:
                return
        self._while_ill(pod, wait, lambda: failed(pod))

    def fill(self, pod: FakePod) -> None:
        """What will come of a leak: the kernel kills at the limit, or a probe sees it."""
        now = self.clock.now()
        if pod.memory_limit and (full := pod.ill.reaches(pod.memory_limit)) is not None:
            self._while_ill(pod, full - now, lambda: self._out_of_memory(pod))
        liveness = pod.app.liveness
        if pod.memory_health and liveness and (big := pod.ill.reaches(pod.memory_health)):
            self._while_ill(pod, big - now + enough(liveness), lambda: self._unhealthy(pod))

    def turn(self, pod: FakePod, ill: Illness) -> None:
        """Something else ails a pod: what was to come of what did is void."""
        pod.ill = ill
        self._recover(pod)
        self.examine(pod)
        if ill.leak is not None:
            self.fill(pod)

    def soothe(self, pod: FakePod) -> None:
        """The patient is well; what its probes had seen is forgotten."""
        if pod.running:
            pod.ill, pod.doomed, pod.until = Illness(), 0, Seconds(0)
            self._recover(pod)

    def rewire(self, pod: FakePod) -> None:
        """A wire of a pod is not what it was: whatever its probes had seen, they ask again."""
        pod.ill = replace(pod.ill)
        if pod.running:
            self._recover(pod)
            self.examine(pod)

    def inspect(self, stand: Stand) -> Inspected:
        """Look which containers of a pod run; one that is gone has none."""
        pod, at = self.pods.get(stand.uid), self.clock.now()
        there = tuple(found(pod, at))
        name, ids = pod.app.name if pod else stand.name, tuple(one.id for one in there)
        look = Inspected(at, stand.uid, name, stand.node, ids, there)
        self.sight.journal.write(look)
        return look

    def renew(self, pod: FakePod, term: float) -> None:
        """The patient heals itself in `term` seconds, unless somebody does, or renews it."""
        pod.until = max(pod.until, Seconds(self.clock.now() + term))
        self.later(term, lambda: self._end_of_term(pod))

    def answer(self, pod: FakePod) -> Answered:
        """What a patient says on its two ports; nothing when nobody on its node is heard."""
        said = pod.answer(self.clock.now())
        return replace(said, status=None, report=None) if pod.shown.node in self.silent else said

    def _end_of_term(self, pod: FakePod) -> None:
        if 0 < pod.until <= self.clock.now():
            pod.until, pod.doomed = Seconds(0), 0
            pod.healed_itself += 1
            self.soothe(pod)

    def traffic(self, workload: str) -> Traffic:
        """Which of its pods a service finds ready, and which it finds besides."""
        ours = [p.shown for p in self.pods.values() if p.shown.workload == workload]
        ready = tuple(p.uid for p in ours if p.ready and not p.deleting)
        return ready, tuple(p.uid for p in ours if p.uid not in ready)

    def _plan(self, pod: FakePod, delay: float, happen: Callable[[], None]) -> None:
        """Have something happen to a pod, unless its container ends first."""
        life = pod.life

        def due() -> None:
            if pod.life == life and pod.shown.node in self.idle:
                self.later(RELIST, due)
            elif pod.life == life:
                happen()

        self.later(delay, due)

    def _while_ill(self, pod: FakePod, delay: float, happen: Callable[[], None]) -> None:
        """Have something come of an illness, unless it is soothed, or its container ends, first."""
        ill = pod.ill
        self._plan(pod, delay, lambda: happen() if pod.ill is ill else None)

    def _ended(self, pod: FakePod, end: Termination) -> None:
        self.set(pod, pod.ended(end))
        if pod.comes_back(end.exit_code):
            wait = windows.back_offs(max(1, pod.crashes), self.timers)[-1]
            if wait:
                self._plan(pod, wait, lambda: self.set(pod, pod.waiting(end, wait)))
            self._plan(pod, wait + START, lambda: self.restart(pod, end))

    def _unhealthy(self, pod: FakePod) -> None:
        """SIGTERM, and SIGKILL after the grace for who ignores it."""
        if pod.sigterm is not None and not pod.ill.stopped:
            self._end(pod, pod.sigterm)
        else:
            patience = windows.grace(pod.app, pod.app.liveness)
            self._plan(pod, patience, lambda: self._end(pod, KILLED))

    def _unready(self, pod: FakePod) -> None:
        self.set(pod, pod.turned(ready=False))

    def _recover(self, pod: FakePod) -> None:
        """A pod that runs and is not ready becomes so at its next readiness probe."""
        readiness = pod.app.readiness
        if pod.running and not pod.shown.ready and readiness is not None:
            if heard(pod, "readiness", readiness, "/ready") != "well":
                return
            wait = readiness.successes * readiness.period
            self._plan(pod, wait, lambda: self.set(pod, pod.turned(ready=True)))

    def _out_of_memory(self, pod: FakePod) -> None:
        self.crash(pod, KILLED, "OOMKilled")


def fresh(pod: Pod, uid: Uid, name: str) -> Pod:
    """A pod made after another's pattern, not yet on any node."""
    return replace(pod, uid=uid, name=name, node=None, ready=False, phase="Pending", containers=())
