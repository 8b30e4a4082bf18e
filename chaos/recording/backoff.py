"""The pauses between attempts to get a sign of life from an API server."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chaos.clock import Clock, Seconds

FIRST_PAUSE = 0.05  # seconds; doubled until
LONGEST_PAUSE = 0.5  # so that a gap is at most that much longer than the outage


class Backoff:
    """Longer and longer pauses between attempts, on the clock, ended early by news."""

    def __init__(self, clock: Clock, news: threading.Condition) -> None:
        self._clock = clock
        self._news = news
        self._span = FIRST_PAUSE

    def take(self, *, unless: Callable[[], bool]) -> None:
        """Wait a while, then for longer next time."""
        until = Seconds(self._clock.now() + self._span)
        self._clock.wait(self._news, until=until, unless=unless)
        self._span = min(2 * self._span, LONGEST_PAUSE)

    def reset(self) -> None:
        """It went well: the next pause is short again."""
        self._span = FIRST_PAUSE
