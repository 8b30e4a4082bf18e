"""The programs that are wanted and cannot run yet: faults are healed in any order.

Nothing can be started on a frozen machine; a kubelet ends at once without its containerd, and the
controllers soon without an API server. Then a note in the node's memory (its /run, gone with its
power) or in the cluster's folder says so to whoever takes the hindrance away, in whatever process.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("run/wanted")


@dataclass(frozen=True)
class Wanted:
    """The notes of a node, below the root of its file system, or those of a control plane."""

    root: Path

    def note(self, program: str) -> None:
        """Write down that a program is wanted. Twice is once."""
        (self.root / FOLDER).mkdir(parents=True, exist_ok=True)
        (self.root / FOLDER / program).touch()

    def strike(self, program: str) -> None:
        """It runs, or nobody wants it any more."""
        (self.root / FOLDER / program).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """What is wanted."""
        return sorted(note.name for note in (self.root / FOLDER).glob("*"))
