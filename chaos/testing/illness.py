"""What ails a fake patient, and what each kind of probe makes of that (oracle: L6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chaos.clock import Seconds
from chaos.errors import ChaosError
from chaos.patient.orders import CHECK, HEALTH
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec, Grpc, HttpGet, TcpSocket

EMPTY = 12.0  # MiB: what a patient takes that leaks nothing, as the real one
OK, FAILING, FOUND, UNAUTHORIZED = 200, 500, 302, 401
HOPS = 10  # redirects that the kubelet follows
ERRORS = 400  # the first of HTTP's errors

Heard = Literal["well", "failing", "silence"]


@dataclass
class Illness:
    """What a patient was told, and has not been soothed of. `lies` are its orders by path."""

    hangs_at: Seconds | None = None
    accepts: bool = True
    refuses: bool = False
    bereft: bool = False  # its child is dead
    deadlocked: bool = False
    failing: bool = False  # its health path says so by itself
    lies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    demanding: set[str] = field(default_factory=set)
    grpc: str = "serving"
    check: Mapping[str, Any] = field(default_factory=dict)
    leak: tuple[Seconds, float, float] | None = None  # since when, MiB/s, MiB at most
    stopped: bool = False  # from outside: its report port is silent too
    cpus: float | None = None  # what it was left of its share
    spoiled: str = ""  # a program that fails, run in it by whomever

    @property
    def hung(self) -> bool:
        """Whether it hangs, or will."""
        return self.stopped or self.hangs_at is not None

    def due(self, now: Seconds) -> float:
        """In how many seconds a hang that is for later begins."""
        return 0.0 if self.stopped or self.hangs_at is None else max(0.0, self.hangs_at - now)

    def status(self, path: str) -> int | None:
        """What a path was told to answer; None when nothing or no status."""
        lie = self.lies.get(path, {})
        redirects = lie.get("manner") == "redirect"
        status = lie.get("status", FOUND if redirects else None)
        if status is None and path in self.demanding:
            status = UNAUTHORIZED
        if status is None and path == HEALTH and self.failing:
            status = FAILING
        return None if status is None else int(status)

    def take(self, order: str, settings: Mapping[str, Any], now: Seconds) -> None:
        """Take an order that makes a patient ill."""
        path = str(settings.get("path", HEALTH))
        match order:
            case "hang":
                self.hangs_at = Seconds(now + float(settings.get("after_seconds", 0)))
                self.accepts = bool(settings.get("accepts", True))
            case "refuse":
                self.refuses = True
            case "deadlock":
                self.deadlocked = self.failing = True
            case "leak":
                rate, most = settings["mib_per_second"], settings.get("up_to_mib", 256)
                self.leak = (now, float(rate), float(most))
            case "health":
                self.lies[path] = {**settings, "since": now}
            case "demand_password":
                self.demanding.add(path)
            case "grpc_says":
                self.grpc = str(settings["status"])
            case "exec_says":
                self.check = settings
            case _:
                raise ChaosError(f"the fake patient knows no order {order!r}: teach it")

    def heard_by(self, probe: Probe, path: str) -> Heard:
        """What a probe hears; `path` is what one asks that does not say what it asks."""
        match probe.asks:
            case TcpSocket():  # a hung process has room in its backlog
                return "failing" if self.refuses else "well"
            case Exec(command=command) if self.spoiled and self.spoiled in command:
                return "failing"
            case Exec(command=command):
                checks = any(CHECK in word for word in command)
                return self._checked(command, probe.timeout) if checks else "well"
            case Grpc():
                return self.called()
            case HttpGet(asked=asked):
                return self._got(asked, probe.timeout)
            case None:
                return self._got(path, probe.timeout)

    def late(self, probe: Probe, path: str) -> float:
        """How late what a probe hears comes (seconds)."""
        match probe.asks:
            case HttpGet(asked=asked):
                return self.delays(asked)
            case Exec():
                return float(self.check.get("delay_seconds", 0))
            case None:
                return self.delays(path)
            case _:
                return 0.0

    def _checked(self, command: tuple[str, ...], timeout: float) -> Heard:
        if self.check.get("delay_seconds", 0) >= timeout:
            return "silence"
        if not self.check.get("code", 0):
            return "well"
        return "silence" if "--retries" in command else "failing"  # it tries for too long

    def called(self) -> Heard:
        """What its gRPC health service comes to."""
        if self.hung or self.grpc == "silent":
            return "silence"
        return "well" if self.grpc == "serving" else "failing"

    def _got(self, path: str, timeout: float, hops: int = HOPS) -> Heard:
        lie = self.lies.get(path, {})
        manner = lie.get("manner", "answer")
        if self.refuses or not hops:
            return "failing"
        if self.hung or manner == "silent" or self.delays(path) >= timeout:
            return "silence"
        if manner == "redirect":
            place = str(lie.get("location", path))
            there = HttpGet(place).asked
            return self._got(there, timeout, hops - 1) if place.startswith("/") else "well"
        if manner == "headers_only":  # discarded, neither success nor failure
            return "well"
        fails = manner == "reset" or (self.status(path) or OK) >= ERRORS
        return "failing" if fails else "well"

    def delays(self, path: str) -> float:
        """How late it answers a path (seconds)."""
        return float(self.lies.get(path, {}).get("delay_seconds", 0))

    def said(self, path: str, *, hangs: bool) -> int | str:
        """What a request of a path comes to, however late."""
        manner = self.lies.get(path, {}).get("manner", "answer")
        if self.refuses:
            return "refused"
        if hangs or manner in {"silent", "headers_only"}:
            return "no answer"
        return "reset" if manner == "reset" else self.status(path) or OK

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
