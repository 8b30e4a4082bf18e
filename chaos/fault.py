"""What a fault is: something wrong that the harness can cause, undo and recognise."""

from __future__ import annotations

from typing import Protocol

from chaos.cluster import Cluster
from chaos.law import Law


class Fault(Protocol):
    """A frozen dataclass of plain data that names its targets.

    `heal` must be safe to call twice, without a preceding `inject`, and in a process that never
    injected: it is also how the harness clears what a killed run left behind.
    """

    def inject(self, cluster: Cluster) -> None:
        """Cause it, and return when it is in force."""

    def heal(self, cluster: Cluster) -> None:
        """Undo it; what is gone needs no healing."""

    def symptom(self) -> Law:
        """What a history must show for the fault to have been real."""
