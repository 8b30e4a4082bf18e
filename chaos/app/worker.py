"""The worker: a thread whose heartbeat the health path looks at."""

from __future__ import annotations

import threading
import time

BEAT = 0.05  # seconds between two heartbeats
STALE = 1.0  # seconds without a heartbeat until it counts as stopped; 20 beats, for busy hosts


class Worker:
    """Beats until somebody keeps the lock it needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self.deadlocked = False
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def beating(self) -> bool:
        """Whether there was a heartbeat lately."""
        return time.monotonic() - self._last < STALE

    def deadlock(self) -> None:
        """Take the worker's lock and never give it back. In force on return."""
        if not self.deadlocked:
            self._lock.acquire()
            self.deadlocked = True

    def resume(self) -> None:
        """Give the lock back; the heartbeat is fresh on return."""
        if self.deadlocked:
            self._last = time.monotonic()
            self.deadlocked = False
            self._lock.release()

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            with self._lock:
                self._last = time.monotonic()
            pause.wait(BEAT)
