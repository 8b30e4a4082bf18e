"""When an illness ends though nobody heals it: a harness that is lost costs minutes.

Deadlines are on the kernel's monotonic clock. All containers of a node share it, so that a deadline
kept in a folder means the same to the next start; nobody can set it, as one can the date; and
it stands still while a machine sleeps, and with it the harness that may be on the same one: a
lid that was closed heals nobody. Only a boot begins it anew, so no deadline is ever believed to be
further away than its whole term.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from . import reported


class Deadline(NamedTuple):
    """Until when an order is in force, and how long that was when it was given. 0: for ever."""

    until: float
    term: float

    @property
    def left(self) -> float:
        """Seconds until then."""
        return min(self.until - time.monotonic(), self.term)

    @property
    def over(self) -> bool:
        """Whether it had a term, and that has come."""
        return bool(self.term) and self.left <= 0


NEVER = Deadline(0.0, 0.0)


class Term:
    """The deadline of all that ails the patient: the latest that an order gave.

    `over` is called when it has come, `lock` held; it is the one that all who call here hold.
    """

    def __init__(self, over: Callable[[], object], lock: Any) -> None:
        self.deadline = NEVER
        self.times = 0  # that it was over
        self._over = over
        self._lock = lock
        self._timer: threading.Timer | None = None

    def renewed(self, term: float) -> Deadline:
        """The deadline as an order with this term makes it; one with none (0) changes nothing."""
        return (
            max(self.deadline, Deadline(time.monotonic() + term, term)) if term else self.deadline
        )

    def last(self, deadline: Deadline) -> None:
        """From now on all ends then."""
        self.deadline = deadline
        if deadline.term and self._timer is None:
            self._wait()

    def go_on(self, found: Deadline) -> None:
        """What an earlier start was told goes on, to the same deadline; which may be over."""
        if found.over:
            self.run_out()
        elif found.term and found > self.deadline:
            self.last(Deadline(time.monotonic() + found.left, found.term))

    def end(self) -> None:
        """Nothing has a term: all is well."""
        self.deadline = NEVER
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def run_out(self) -> None:
        """It is over."""
        self.times += 1
        self._over()

    def report(self) -> dict[str, object]:
        """How long it has to go, and how often it was over."""
        left = round(self.deadline.left, 1) if self.deadline.term else None
        return {reported.TERM_SECONDS: left, reported.HEALED_ITSELF: self.times}

    def _wait(self) -> None:
        self._timer = threading.Timer(max(0.0, self.deadline.left), self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        """The time has come, unless it was put off meanwhile, or ended as it came."""
        with self._lock:
            if threading.current_thread() is not self._timer:
                return
            self._timer = None
            if self.deadline.over:
                self.run_out()
            else:
                self._wait()
