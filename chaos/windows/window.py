"""A stretch of time after an injection, with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.workloads.admitted import Workload


@dataclass(frozen=True, slots=True)
class Window:
    """From the earliest to the latest moment at which something must be seen."""

    earliest: Seconds
    latest: Seconds
    because: str

    def __str__(self) -> str:
        """The window as a reader of the report wants it."""
        return f"[{self.earliest:.1f}, {self.latest:.1f}] s"


def within(latest: Seconds) -> Window:
    """A window that only has an end: the scenario's own word for it."""
    return Window(seconds(0), latest, "the scenario says so")


def trace(latest: Seconds) -> Window:
    """How soon a fault must show, if it is real."""
    return Window(seconds(0), latest, "a real fault shows by then")


def after(delay: Seconds, window: Window) -> Window:
    """A window that opens only once something else has taken up to `delay`."""
    because = f"up to {delay:.1f} s before, then {window.because}"
    return Window(window.earliest, Seconds(delay + window.latest), because)


def unsaid(workload: Workload, what: str, effect: Effect) -> ChaosError:
    """No formula gives this window: the scenario has to."""
    how = f"looks like {effect.how!r}" if effect.how else "does not say how it looks"
    return ChaosError(f"no formula gives {workload}'s {what} when a fault {how}: give `within`")
