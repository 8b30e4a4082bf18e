"""What is to come: orders that are for later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .orders import Order, told


class Plans:
    """Orders with their timers; `lock` is held by whoever calls here, and when a time has come."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._timers: dict[threading.Timer, Order] = {}

    def make(
        self,
        order: Order,
        after: float,
        *,
        do: Callable[[], object],
        then: Callable[[], object],
    ) -> None:
        """Have something done in `after` seconds, unless it is called off; `then` without lock."""

        def happen() -> None:
            with self._lock:
                if self._timers.pop(timer, None):
                    do()
            then()

        timer = threading.Timer(after, happen)
        timer.daemon = True
        self._timers[timer] = order
        timer.start()

    def call_off(self) -> None:
        """Nothing is to come."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def __str__(self) -> str:
        """The orders."""
        return ", ".join(map(told, self._timers.values()))
