"""A judgement: every law that was asked about one fault, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.history import Act
from chaos.law import Law, Ruling, Verdict

WORST_FIRST = (Ruling.BROKEN, Ruling.UNKNOWN, Ruling.OPEN, Ruling.HOLDS)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts about what followed a fault's injection, or its healing, up to `end`."""

    fault: str
    number: int
    end: Seconds
    verdicts: tuple[tuple[Law, Verdict], ...]
    act: Act = "injected"

    def has(self, ruling: Ruling) -> bool:
        """Whether any law came out so."""
        return any(verdict.ruling is ruling for _, verdict in self.verdicts)

    def __str__(self) -> str:
        """One line a law, the broken ones first."""
        ordered = sorted(self.verdicts, key=lambda pair: WORST_FIRST.index(pair[1].ruling))
        lines = [f"  {v.ruling.value:<8}{law}: {v.because}" for law, v in ordered]
        after = "after" if self.act == "injected" else "after healing"
        return "\n".join([f"{after} {self.fault}:", *lines])
