"""An API server's signs of life, and the pauses between attempts to get one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chaos.clock import Clock, Seconds

FIRST_PAUSE = 0.05  # seconds; doubled until
LONGEST_PAUSE = 0.5  # so that a gap is at most that much longer than the outage


class Pulse:
    """The API server's last sign of life, on any of the recorder's connections.

    `version` is the newest that it spoke of: what is older it knew then, and could have told.
    """

    def __init__(self, clock: Clock) -> None:
        self.last = clock.now()
        self.version = ""

    def beat(self, moment: Seconds, version: str) -> None:
        """It spoke."""
        self.last = max(self.last, moment)
        if not reaches(self.version, version):
            self.version = version


def reaches(version: str, wanted: str) -> bool:
    """Whether a resource version is the wanted one or a later one (numbers since 1.35)."""
    if version.isdecimal() and wanted.isdecimal():
        return int(version) >= int(wanted)
    return version == wanted


class Pause:
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
