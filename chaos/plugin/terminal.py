"""What is said on the terminal while a cluster comes up and while a law is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from chaos.clock import Clock, Seconds, SystemClock, seconds
from chaos.visible import visible

QUIET = seconds(5)  # between two lines about waiting, where lines cannot be rewritten


class Terminal:
    """Speaks through pytest's terminal reporter: a live line on a terminal, else few whole lines.

    Under xdist a worker has no terminal, and says nothing. pytest's capturing is lifted for the
    length of a line, or the line would be kept for a failure report instead. A terminal that has
    gone (SIGHUP) is told nothing: whoever speaks to it has faults to heal.
    """

    def __init__(self, reporter: Any, capture: Any, clock: Clock | None = None) -> None:
        self._reporter = reporter
        self._capture = capture
        self._live = reporter is not None and bool(reporter.isatty)
        self._said = ""
        self._clock = clock or SystemClock()
        self._next = Seconds(0.0)

    def line(self, text: str) -> None:
        """One line that stays."""
        if self._reporter is not None:
            self.clear()
            with self._lifted():
                self._reporter.ensure_newline()
                self._reporter.write_line(visible(f"chaos: {text}"))

    def live(self, text: str) -> None:
        """What is being waited for: rewritten in place, or said once where that cannot be done."""
        topic = text.partition(":")[0]
        if self._live:
            with self._lifted():
                if not self._said:
                    self._reporter.ensure_newline()  # or it would write over pytest's own line
                self._reporter.rewrite(visible(f"chaos: {text}"), erase=True)
            self._said = topic
        elif topic != self._said and self._clock.now() >= self._next:
            self._next = Seconds(self._clock.now() + QUIET)
            self._said = topic
            self.line(text)

    def clear(self) -> None:
        """Wipe the live line, and leave the cursor where the line began."""
        if self._live and self._said:
            with self._lifted():
                self._reporter.rewrite("", erase=True)
                self._reporter.write("\r")
            self._said = ""

    @contextmanager
    def _lifted(self) -> Iterator[None]:
        """Capturing, switched off for a moment; there is none with `-s`."""
        capture = self._capture
        lifted = capture.global_and_fixture_disabled() if capture else nullcontext()
        with suppress(OSError), lifted:
            yield
