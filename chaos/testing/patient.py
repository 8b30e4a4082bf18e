"""A pod of the fake cluster: what the API server shows of it, and what ails the patient in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from chaos.clock import Seconds
from chaos.errors import CannotRehearse, ChaosError
from chaos.history.facts import Answered, Container, Pod, Termination
from chaos.history.looked import LOST, Getting, Got
from chaos.patient import reported
from chaos.testing.commands import end_of
from chaos.testing.illness import EMPTY, OK, Illness
from chaos.workloads.admitted import Workload
from chaos.workloads.handlers import HttpGet
from chaos.workloads.wires import Toxic

DIES_OF_SIGTERM, KILLED = 143, 137
SIGNALED = 128  # what an exit code of a signal is counted from

__all__ = ["FakePod", "Illness", "exit_code"]


@dataclass
class FakePod:
    """One pod. `life` counts what ended a container: plans for an earlier life are void."""

    shown: Pod
    app: Workload
    memory_limit: float | None = None
    memory_health: float | None = None
    sigterm: int | None = DIES_OF_SIGTERM  # None: it ignores SIGTERM
    child: bool | None = None  # None: it has none; else whether its health path watches it
    visits: Mapping[str, Any] | None = None  # its order to be a visitor
    grpc: bool = False  # whether it has such a port
    wants: str = ""  # the only node it may be put on; empty for any
    running: bool = True
    life: int = 0
    crashes: int = 0  # ends that were nobody else's doing: the kubelet's back-off counts them
    doomed: int = 0  # how many starts to come end at once, with `doom`
    doom: int = 1
    marks: dict[str, int] = field(default_factory=dict)  # starts seen, by folder
    kept: frozenset[str] = frozenset()  # the folders that outlive a container
    born: Seconds = Seconds(0.0)  # noqa: RUF009  a NewType over an immutable float
    ill: Illness = field(default_factory=Illness)
    until: Seconds = Seconds(0.0)  # noqa: RUF009  likewise; when it heals itself, 0 for never
    healed_itself: int = 0
    wires: dict[str, dict[Toxic, dict[str, int]]] = field(default_factory=dict)  # and their toxics

    @property
    def container(self) -> Container:
        """The one of its containers that can fall ill, as it is shown."""
        return next(c for c in self.shown.containers if c.name == self.who)

    @property
    def who(self) -> str:
        """What that one is called: the others stay as they are."""
        return self.app.named or self.shown.containers[0].name

    def _with(self, container: Container) -> tuple[Container, ...]:
        return tuple(container if c.name == container.name else c for c in self.shown.containers)

    def answer(self, now: Seconds) -> Answered:
        """What it says on its two ports; nothing on either when it does not run."""
        uid, name = self.shown.uid, self.shown.workload
        if not self.running:
            return Answered(now, uid, name, None, None)
        silent = self.ill.refuses or self._hangs(now)
        told = self.ill.status("/")
        status = None if silent else OK if told is None else told
        return Answered(now, uid, name, status, None if self.ill.stopped else self._report(now))

    def got(self, asked: Getting, now: Seconds) -> Got:
        """What a GET of a path comes to, or its check."""
        if asked.container:
            return self._ran(asked, now)
        path = HttpGet(asked.path).asked
        hangs = self._hangs(now) or self.ill.delays(path) >= asked.patience
        said = self.ill.said(path, hangs=hangs) if self.running else "refused"
        took = min(self.ill.delays(path), asked.patience)
        return Got(now, self.shown.uid, self.shown.workload, asked.path, said, took)

    def _ran(self, asked: Getting, now: Seconds) -> Got:
        """What a command comes to: nobody runs it where nothing runs."""
        hangs, serves = self._hangs(now), bool(self.grpc)
        bears = self.child is not None
        said, took = end_of(asked, self.ill, hangs=hangs, serves=serves, bears=bears)
        end = (said, took) if self.running else (LOST, 0.0)
        return Got(now, self.shown.uid, self.shown.workload, asked.path, *end)

    def _hangs(self, now: Seconds) -> bool:
        began = self.ill.hangs_at
        return self.ill.stopped or (began is not None and began <= now)

    def _report(self, now: Seconds) -> dict[str, bool | float | str]:
        """As the real one's, as far as anybody here asks."""
        ill = self.ill
        report: dict[str, bool | float | str] = {
            reported.HUNG: self._hangs(now),
            reported.ACCEPTS: ill.accepts and not ill.refuses,
            reported.REFUSES: ill.refuses,
            reported.DEADLOCKED: ill.deadlocked,
            reported.LEAKING: ill.leak is not None,
            reported.HELD_MIB: ill.held(now),
            reported.RSS_MIB: EMPTY + ill.held(now),
            reported.DEMANDS_PASSWORD: bool(ill.demanding),
            reported.CHILD: ("dead" if ill.bereft else "alive")
            if self.child is not None
            else "none",
            reported.EXEC_CODE: int(ill.check.get("code", 0)),
            reported.EXEC_DELAY_SECONDS: float(ill.check.get("delay_seconds", 0)),
            reported.SINCE: now - self.born,
            reported.HEALED_ITSELF: self.healed_itself,
            **({reported.TERM_SECONDS: self.until - now} if self.until else {}),
            **{
                reported.inner(reported.MARKS, folder): count
                for folder, count in self.marks.items()
            },
            **self._requests(now),
        }
        for path, lie in islice(ill.lies.items(), 1):
            status = ill.status(path)
            report |= {reported.HEALTH_MANNER: str(lie.get("manner", "answer"))}
            report |= {} if status is None else {reported.HEALTH_STATUS: status}
        return report | ({reported.GRPC: ill.grpc} if self.grpc else {})

    def _requests(self, now: Seconds) -> dict[str, float]:
        """How often its liveness probe has asked: once a period; and was told a lie."""
        probe = self.app.liveness
        if probe is None or not isinstance(probe.asks, HttpGet):
            return {}
        path = probe.asks.asked
        told = {reported.inner(reported.REQUESTS, path): now // probe.period}
        if lie := self.ill.lies.get(path):
            asked = (now - lie["since"]) // probe.period
            told |= {reported.inner(reported.LIES, path): min(asked, lie.get("times") or asked)}
        return told

    def obey(self, order: str, settings: Mapping[str, Any], now: Seconds) -> None:
        """Take an order that leaves the process alive."""
        match order:
            case "memory_health" | "on_sigterm" | "child" | "grpc" | "marks" | "visit":
                self._become(order, settings)
            case "lasting" if settings.get("orders"):
                self._later(str(settings["orders"]))
            case "depends_on":
                raise CannotRehearse("depends_on: the fake's patients do not ask each other")
            case "lasting":
                pass  # there is nothing to be obeyed
            case "kill_child" if self.child is None:
                raise ChaosError("this patient has no child: order it at its start")
            case "kill_child":
                self.ill.bereft, self.ill.failing = True, self.child is True
            case _:
                self.ill.take(order, settings, now)

    def _become(self, order: str, settings: Mapping[str, Any]) -> None:
        """Take an order about what it is made of, which healing leaves."""
        match order:
            case "memory_health":
                self.memory_health = float(settings["limit_mib"])
            case "on_sigterm":
                ignores = settings.get("how") == "ignore"
                self.sigterm = None if ignores else int(settings.get("code", DIES_OF_SIGTERM))
            case "child":
                self.child = bool(settings.get("watched", False))
            case "grpc":
                self.grpc = True
            case "marks":
                self.marks = dict.fromkeys(settings["folders"], 1)
            case "visit":
                self.visits = settings

    def _later(self, orders: str) -> None:
        """Take the only word for later starts that it can: to end at the first of them."""
        told: list[dict[str, Any]] = json.loads(orders)
        match told:
            case [{"do": "crash", "starts": int(starts)}]:
                self.doomed, self.doom = starts, exit_code(told[0])
            case _:
                verbs = ", ".join(str(order.get("do")) for order in told)
                raise CannotRehearse(f"{verbs}: the fake's starts are all alike")

    def die(self, code: int, reason: str) -> Termination:
        """The container ends; whatever ailed it is over."""
        self.lose_power()
        return Termination(self.container.id, code, reason)

    def lose_power(self) -> None:
        """The process is gone, and all that it was told but for what is left for later starts."""
        self.running, self.life, self.ill = False, self.life + 1, Illness()
        self.healed_itself, self.until = 0, self.until if self.doomed else Seconds(0)

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
        return replace(self.shown, ready=False, phase=phase, containers=self._with(over))

    def started(self, end: Termination) -> Pod:
        """How the pod looks with the next container running."""
        old, at_once = self.container, self.app.readiness is None
        count = old.restarts + 1
        name = f"{self.shown.uid}-{count}"
        fresh = replace(old, id=name, restarts=count, state="running", ready=at_once)
        fresh = replace(fresh, ended=None, last=end, reason="", message="")
        return replace(self.shown, phase="Running", ready=at_once, containers=self._with(fresh))

    def begin(self, now: Seconds) -> None:
        """A new process runs: only what is kept is as it was."""
        self.running, self.born = True, now
        self.marks = {f: 1 + n * (f in self.kept) for f, n in self.marks.items()}

    def waiting(self, end: Termination, wait: float) -> Pod:
        """How the pod looks at the end of a back-off, as a kubelet shows it from 1.35 on."""
        says = f"back-off {wait:g}s restarting failed container={self.container.name}"
        idle = replace(self.container, state="waiting", reason="CrashLoopBackOff", message=says)
        idle = replace(idle, ended=None, last=end)
        return replace(self.shown, containers=self._with(idle))

    def turned(self, *, ready: bool) -> Pod:
        """How the pod looks when its readiness turns."""
        container = replace(self.container, ready=ready)
        return replace(self.shown, ready=ready, containers=self._with(container))


def exit_code(settings: Mapping[str, Any]) -> int:
    """The exit code of an ordered crash: the code that it names, or that of its signal."""
    signal = int(settings.get("signal", 0))
    return SIGNALED + signal if signal else int(settings.get("code", 1))
