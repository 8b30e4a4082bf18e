"""Memory that the patient takes, holds and gives back."""

from __future__ import annotations

import mmap
import resource
import threading
import time

from .orders import Leak

MIB = 1 << 20
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_PAGE = resource.getpagesize()  # bytes


def rss_mib() -> float:
    """The resident set of this process in MiB, from /proc/self/statm."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib is not worth its import
        return int(statm.read().split()[1]) * _PAGE / MIB


class Hoard:
    """Touched pages, MiB by MiB, each its own mapping so that giving back is at once."""

    def __init__(self) -> None:
        self._held: list[mmap.mmap] = []
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None

    @property
    def held_mib(self) -> int:
        """How many MiB are held now."""
        return len(self._held)

    @property
    def leaking(self) -> bool:
        """Whether a leak was ordered and not undone, also when it has reached its bound."""
        return self._stop is not None

    def leak(self, order: Leak) -> None:
        """Take the first MiB now and the others in the background; a new leak replaces the old."""
        self.free()
        stop = threading.Event()
        with self._lock:
            self._stop = stop
        self._grow(stop)
        threading.Thread(target=self._go_on, args=(order, stop), daemon=True).start()

    def free(self) -> None:
        """Give everything back."""
        with self._lock:
            if self._stop is not None:
                self._stop.set()
            self._stop = None
            for chunk in self._held:
                chunk.close()
            self._held.clear()

    def _grow(self, stop: threading.Event) -> None:
        with self._lock:
            if stop is self._stop:
                chunk = mmap.mmap(-1, MIB, flags=_PRIVATE)
                chunk[:] = b"\xa5" * MIB
                self._held.append(chunk)

    def _go_on(self, order: Leak, stop: threading.Event) -> None:
        began = time.monotonic()
        taken = 1
        while taken + 1 <= order.up_to_mib:
            due = began + taken / order.mib_per_second
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            self._grow(stop)
            taken += 1
