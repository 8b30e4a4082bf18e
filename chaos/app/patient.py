"""The patient's condition: what ails it now, and what its paths answer because of that."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable

from .memory import Hoard, rss_mib
from .orders import (
    BadOrder,
    Crash,
    Deadlock,
    Hang,
    Heal,
    Health,
    Leak,
    MemoryHealth,
    OnSigterm,
    Order,
    StartSlowly,
)
from .worker import Worker

OK = 200
FAILING = 500


class Patient:
    """Carries out orders and tells how it is. Any thread may ask; orders come one at a time."""

    def __init__(self, leave: Callable[[int], object] = os._exit) -> None:
        self.worker = Worker()
        self.hoard = Hoard()
        self.healthy = threading.Event()
        self.healthy.set()
        self.leave = leave
        self.crash_code: int | None = None
        self.slow_seconds = 0.0
        self._rules: dict[str, Health] = {}
        self._sigterm = OnSigterm()
        self._memory_limit: float | None = None
        self._requests: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._began = time.monotonic()

    def obey(self, order: Order, *, starting: bool = False) -> None:
        """Carry out an order: in force on return, but for a crash, which `depart` completes."""
        with self._lock:
            match order:
                case Crash(code=code):
                    self.crash_code = code
                case Hang():
                    self.healthy.clear()
                case Deadlock():
                    self.worker.deadlock()
                case Leak():
                    self.hoard.leak(order)
                case Health(path=path):
                    self._rules[path] = order
                case StartSlowly(seconds=seconds):
                    self._start_slowly(seconds, starting=starting)
                case OnSigterm():
                    self._sigterm = order
                case MemoryHealth(limit_mib=limit):
                    self._memory_limit = limit
                case Heal():
                    self._heal()

    def _start_slowly(self, seconds: float, *, starting: bool) -> None:
        if not starting:
            raise BadOrder('"start_slowly" is for PATIENT_ORDERS: this patient has started')
        self.slow_seconds = seconds

    def _heal(self) -> None:
        self.worker.resume()
        self.hoard.free()
        self._rules.clear()
        self.healthy.set()

    def depart(self) -> None:
        """Exit if a crash was ordered: asked after the order was answered."""
        if self.crash_code is not None:
            self.leave(self.crash_code)

    def sigterm(self, *_: object) -> None:
        """SIGTERM has come. PID 1 has no default: without a handler it would be lost."""
        if self._sigterm.how == "exit":
            self.leave(self._sigterm.code)

    def count(self, path: str) -> None:
        """Note one more request on the main port, answered or not."""
        with self._lock:
            self._requests[path] += 1

    def answer(self, path: str) -> tuple[int, float]:
        """The status for a request of `path`, and the delay in seconds before it."""
        with self._lock:
            rule = self._rules.get(path)
            if rule is None:
                return self._usual(path), 0.0
            self._use_up(rule)
            status = self._usual(path) if rule.status is None else rule.status
            return status, rule.delay_seconds

    def _use_up(self, rule: Health) -> None:
        if rule.times > 1:
            self._rules[rule.path] = rule._replace(times=rule.times - 1)
        elif rule.times == 1:
            del self._rules[rule.path]

    def _usual(self, path: str) -> int:
        if path != "/health":
            return OK
        too_big = self._memory_limit is not None and rss_mib() > self._memory_limit
        return OK if self.worker.beating and not too_big else FAILING

    def report(self) -> dict[str, object]:
        """How it is: sizes in MiB, `since` in seconds of uptime, `health` by path.

        `health_status` is what the first of the ill paths was told to answer, or None.
        """
        with self._lock:
            told = (rule.status for rule in self._rules.values())
            return {
                "hung": not self.healthy.is_set(),
                "deadlocked": self.worker.deadlocked,
                "leaking": self.hoard.leaking,
                "held_mib": self.hoard.held_mib,
                "rss_mib": round(rss_mib(), 1),
                "health": {path: rule._asdict() for path, rule in self._rules.items()} or None,
                "health_status": next(told, None),
                "memory_limit_mib": self._memory_limit,
                "on_sigterm": self._sigterm._asdict(),
                "requests": dict(self._requests),
                "since": round(time.monotonic() - self._began, 3),
                "pid": os.getpid(),
            }
