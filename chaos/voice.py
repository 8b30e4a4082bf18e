"""What is said on the terminal while a cluster comes up and while a law is waited for."""

from __future__ import annotations

from typing import Any


class Voice:
    """Speaks through pytest's terminal reporter: a live line on a terminal, else few whole lines.

    Under xdist a worker has no terminal, and says nothing.
    """

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        self._live = reporter is not None and bool(reporter.isatty)
        self._said = ""

    def line(self, text: str) -> None:
        """One line that stays."""
        if self._reporter is not None:
            self.clear()
            self._reporter.ensure_newline()
            self._reporter.write_line(f"chaos: {text}")

    def live(self, text: str) -> None:
        """What is being waited for: rewritten in place, or said once where that cannot be done."""
        topic = text.partition(":")[0]
        if self._live:
            self._reporter.rewrite(f"chaos: {text}", erase=True)
            self._said = topic
        elif topic != self._said:
            self._said = topic
            self.line(text)

    def clear(self) -> None:
        """Wipe the live line."""
        if self._live and self._said:
            self._reporter.rewrite("", erase=True)
            self._said = ""
