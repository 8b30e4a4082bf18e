"""Time and alarms for a patient: what is due comes when the test says so, and not before."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest


class Alarm:
    """A `threading.Timer` that goes off when its watch gets there."""

    daemon = False

    def __init__(self, watch: Wristwatch, span: float, ring: Callable[[], object]) -> None:
        self.due, self.ring = watch.now + span, ring
        self._watch = watch

    def start(self) -> None:
        self._watch.set.append(self)

    def cancel(self) -> None:
        if self in self._watch.set:
            self._watch.set.remove(self)


class Wristwatch:
    """Stands still until time is passed. In the place of the modules `time` and `threading`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.set: list[Alarm] = []
        self.ringing: Alarm | None = None

    def monotonic(self) -> float:
        return self.now

    def Timer(self, span: float, ring: Callable[[], object]) -> Alarm:  # noqa: N802  as threading's
        return Alarm(self, span, ring)

    def current_thread(self) -> Alarm | threading.Thread:
        """A timer is the thread that it rings in."""
        return self.ringing or threading.current_thread()

    def pass_time(self, span: float) -> None:
        """Let time go by, and what is due by then happen in its order."""
        end = self.now + span
        while due := min((a for a in self.set if a.due <= end), key=lambda a: a.due, default=None):
            self.now = max(self.now, due.due)
            self.set.remove(due)
            self.ringing = due
            due.ring()
            self.ringing = None
        self.now = end


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Wristwatch:
    """The watch that a patient's term and its plans go by."""
    watch = Wristwatch()
    monkeypatch.setattr("chaos.patient.term.time", watch)
    monkeypatch.setattr("chaos.patient.term.threading", watch)
    monkeypatch.setattr("chaos.patient.plans.threading", watch)
    return watch
