"""The one clock: every moment in a history is read from here and nowhere else.

Moments are seconds since the clock was made. They are never compared with timestamps
written by the cluster, whose clocks are not ours.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import NewType, Protocol

Seconds = NewType("Seconds", float)


def seconds(count: float) -> Seconds:
    """A span of seconds."""
    return Seconds(float(count))


def minutes(count: float) -> Seconds:
    """A span of minutes."""
    return Seconds(count * 60.0)


def stamp(text: str) -> float:
    """Seconds since 1970 of a time as the cluster wrote it: to compare with another of its own."""
    return dt.datetime.fromisoformat(text).timestamp()


def uptime() -> Seconds:
    """The monotonic clock itself: all processes read the same, until the machine boots anew.

    For deadlines that outlive the process that set them.
    """
    return Seconds(time.monotonic())


class Clock(Protocol):
    """Tells the time and waits for news."""

    def now(self) -> Seconds:
        """Seconds since the clock was made."""

    def wait(
        self, news: threading.Condition, *, until: Seconds, unless: Callable[[], bool]
    ) -> None:
        """Return once `unless()` is true (asked at each piece of `news`) or `until` has come."""


class SystemClock:
    """The machine's monotonic clock."""

    def __init__(self) -> None:
        self._zero = time.monotonic()

    def now(self) -> Seconds:
        """Seconds since the clock was made."""
        return Seconds(time.monotonic() - self._zero)

    def wait(
        self, news: threading.Condition, *, until: Seconds, unless: Callable[[], bool]
    ) -> None:
        """Return once `unless()` is true (asked at each piece of `news`) or `until` has come."""
        with news:
            news.wait_for(unless, timeout=max(0.0, until - self.now()))


class ManualClock:
    """A clock for tests: time stands still until somebody waits."""

    def __init__(self) -> None:
        self._now = Seconds(0.0)
        self._due: list[tuple[Seconds, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> Seconds:
        """The moment the clock stands at."""
        return self._now

    def at(self, moment: Seconds, happen: Callable[[], None]) -> None:
        """Have something happen when the clock reaches `moment`."""
        heapq.heappush(self._due, (moment, next(self._order), happen))

    def wait(
        self,
        news: threading.Condition,  # noqa: ARG002  nobody else runs: nothing can bring news
        *,
        until: Seconds,
        unless: Callable[[], bool],
    ) -> None:
        """Let things happen, one after the other, until `unless()` is true or `until` has come."""
        while not unless():
            if not self._due or self._due[0][0] > until:
                self._now = max(self._now, until)
                return
            moment, _, happen = heapq.heappop(self._due)
            self._now = max(self._now, moment)
            happen()


def poll(
    condition: Callable[[], bool], *, within: Seconds, every: Seconds, clock: Clock | None = None
) -> bool:
    """Ask `condition` again and again; whether it came true in time.

    For things that give no notice (a process's end, a file's birth). What can be watched is
    watched instead.
    """
    clock = clock or SystemClock()
    quiet = threading.Condition()
    end = Seconds(clock.now() + within)
    while not condition():
        if clock.now() >= end:
            return False
        clock.wait(quiet, until=Seconds(min(end, clock.now() + every)), unless=lambda: False)
    return True


def wall() -> dt.datetime:
    """The date and time, for people and certificates: never for a verdict."""
    return dt.datetime.now(dt.UTC)
