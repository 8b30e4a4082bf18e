"""What a machine lacks for a cluster, as `chaos doctor` tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at: what was expected, what was seen, what to do."""

    what: str
    well: bool
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line for the terminal."""
        mark = "ok" if self.well else "not ok"
        return f"{mark:<7} {self.what}: {self.seen}{'; ' + self.remedy if self.remedy else ''}"
