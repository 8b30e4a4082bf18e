"""The worker: a thread whose heartbeat the health path looks at."""

from __future__ import annotations

import threading
import time

BEAT = 0.05  # seconds between two heartbeats
STALE = 1.0  # seconds without a heartbeat until somebody looks whether one comes: 20 beats
TURNS = 8  # beats that whoever looks waits for: 0.4 s of a probe's second


class Worker:
    """Beats until somebody keeps the lock it needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self.deadlocked = False
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def beating(self) -> bool:
        """Whether there was a heartbeat lately, or one comes.

        On a host without a free core nobody beats, and nobody looks: who gets to look waits in
        turns, which grow as long as the worker's own.
        """
        last, pause = self._last, threading.Event()
        if time.monotonic() - last < STALE:
            return True
        return any(pause.wait(BEAT) or self._last > last for _ in range(TURNS))

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
