"""Where things lie on a timeline."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.report.words import clock_words

WIDTH, LEFT, RIGHT, LANE = 1000.0, 250.0, 24.0, 28.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Where moments lie across the picture."""

    zero: float
    first: float
    last: float

    def x(self, moment: float) -> float:
        """The place of a moment; what lies outside the picture is at its edge."""
        inside = min(max(moment, self.first), self.last)
        span = (self.last - self.first) or 1.0
        return LEFT + (inside - self.first) / span * (WIDTH - LEFT - RIGHT)

    def since(self, moment: float) -> str:
        """A moment in words."""
        return clock_words(moment - self.zero)


@dataclass(frozen=True, slots=True)
class Row:
    """One lane's place."""

    scale: Scale
    top: float

    @property
    def middle(self) -> float:
        """The height of the lane's middle."""
        return self.top + LANE / 2
