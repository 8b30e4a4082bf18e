"""A pod of the fake cluster: what the API server shows of it, and what ails the patient in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chaos.clock import Seconds
from chaos.entry import Answered, Container, Pod, Termination, Workload
from chaos.errors import ChaosError

EMPTY = 12.0  # MiB: what a patient takes that leaks nothing, as the real one
OK, FAILING = 200, 500
DIES_OF_SIGTERM, KILLED = 143, 137


@dataclass
class Illness:
    """What a patient was told, and has not been soothed of."""

    hung: bool = False
    lies: dict[str, int] = field(default_factory=dict)
    leak: tuple[Seconds, float, float] | None = None  # since when, MiB/s, MiB at most

    def held(self, now: Seconds) -> float:
        """The MiB it holds beyond its own."""
        if self.leak is None:
            return 0.0
        began, rate, most = self.leak
        return min(most, 1 + rate * (now - began))

    def reaches(self, limit: float) -> Seconds | None:
        """When its whole memory reaches `limit` MiB, if it ever does."""
        if self.leak is None or EMPTY + self.leak[2] < limit:
            return None
        began, rate, _ = self.leak
        return Seconds(began + max(0.0, limit - EMPTY - 1) / rate)


@dataclass
class FakePod:
    """One pod. `life` counts what ended a container: plans for an earlier life are void."""

    shown: Pod
    app: Workload
    memory_limit: float | None = None
    memory_health: float | None = None
    sigterm: int | None = DIES_OF_SIGTERM  # None: it ignores SIGTERM
    running: bool = True
    life: int = 0
    ill: Illness = field(default_factory=Illness)

    @property
    def container(self) -> Container:
        """Its only container, as it is shown."""
        return self.shown.containers[0]

    def answer(self, now: Seconds) -> Answered:
        """What it says on its two ports; nothing on either when it does not run."""
        uid, name = self.shown.uid, self.shown.workload
        if not self.running:
            return Answered(now, uid, name, None, None)
        status = None if self.ill.hung else self.ill.lies.get("/health", self._usual(now))
        report: dict[str, bool | float | str] = {
            "hung": self.ill.hung,
            "leaking": self.ill.leak is not None,
            "held_mib": self.ill.held(now),
            "rss_mib": EMPTY + self.ill.held(now),
        }
        if "/health" in self.ill.lies:
            report["health_status"] = self.ill.lies["/health"]
        return Answered(now, uid, name, status, report)

    def obey(self, order: str, settings: dict[str, float | str], now: Seconds) -> None:
        """Take an order that leaves the process alive."""
        match order:
            case "hang":
                self.ill.hung = True
            case "leak":
                rate, most = settings["mib_per_second"], settings.get("up_to_mib", 256)
                self.ill.leak = (now, float(rate), float(most))
            case "health":
                self.ill.lies[str(settings.get("path", "/health"))] = int(settings["status"])
            case "memory_health":
                self.memory_health = float(settings["limit_mib"])
            case "on_sigterm":
                ignores = settings.get("how") == "ignore"
                self.sigterm = None if ignores else int(settings.get("code", DIES_OF_SIGTERM))
            case _:
                raise ChaosError(f"the fake patient knows no order {order!r}: teach it")

    def die(self, code: int, reason: str) -> Termination:
        """The container ends; whatever ailed it is over."""
        self.running, self.life, self.ill = False, self.life + 1, Illness()
        return Termination(self.container.id, code, reason)

    def comes_back(self, code: int) -> bool:
        """Whether the kubelet starts a container again that ended so."""
        policy = self.app.restart_policy
        return policy == "Always" or (policy == "OnFailure" and code != 0)

    def ended(self, end: Termination) -> Pod:
        """How the pod looks with its container ended, for good or not."""
        phase = self.shown.phase
        if not self.comes_back(end.exit_code):
            phase = "Failed" if end.exit_code else "Succeeded"
        over = replace(self.container, state="terminated", ready=False, ended=end)
        return replace(self.shown, ready=False, phase=phase, containers=(over,))

    def started(self, end: Termination) -> Pod:
        """How the pod looks with the next container running."""
        old, at_once = self.container, self.app.readiness is None
        count = old.restarts + 1
        name = f"{self.shown.uid}-{count}"
        fresh = replace(old, id=name, restarts=count, state="running", ready=at_once)
        fresh = replace(fresh, ended=None, last=end)
        return replace(self.shown, phase="Running", ready=at_once, containers=(fresh,))

    def turned(self, *, ready: bool) -> Pod:
        """How the pod looks when its readiness turns."""
        container = replace(self.container, ready=ready)
        return replace(self.shown, ready=ready, containers=(container,))

    def _usual(self, now: Seconds) -> int:
        limit = self.memory_health
        return FAILING if limit is not None and EMPTY + self.ill.held(now) > limit else OK
