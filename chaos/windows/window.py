"""A stretch of time after an injection: a sum of named terms, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.workloads.admitted import Workload


@dataclass(frozen=True, slots=True)
class Term:
    """What a window's end is made of: seconds at most, and where they are known from.

    `words` are how a sum spells it out, where that is more than its name and its seconds.
    """

    name: str
    span: Seconds
    source: str
    words: str = ""

    def __str__(self) -> str:
        """The term in a sum."""
        return self.words or f"{self.name} {self.span:g} s"


@dataclass(frozen=True, slots=True)
class Window:
    """From the earliest to the latest moment at which something must be seen."""

    earliest: Seconds
    latest: Seconds
    because: str
    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """The window as a reader of the report wants it."""
        return f"[{self.earliest:.1f}, {self.latest:.1f}] s"

    def then(self, *terms: Term) -> Window:
        """The window of what takes these terms more, once this has happened."""
        more = [term for term in terms if term.span]
        because = " + ".join(filter(None, [self.because, *map(str, more)]))
        latest = Seconds(self.latest + sum(term.span for term in more))
        return Window(self.earliest, latest, because, (*self.terms, *more))


def summed(earliest: float, *terms: Term) -> Window:
    """The window that ends when all these terms are over; those of no length are left out."""
    return Window(seconds(earliest), seconds(0), "").then(*terms)


def within(latest: Seconds) -> Window:
    """A window that only has an end: the scenario's own word for it."""
    return Window(seconds(0), latest, "the scenario says so")


def trace(latest: Seconds) -> Window:
    """How soon a fault must show, if it is real."""
    return Window(seconds(0), latest, "a real fault shows by then")


def after(delay: Seconds, window: Window) -> Window:
    """A window that opens only once something else has taken up to `delay`."""
    first = Term("before", delay, "the scenario", f"up to {delay:.1f} s before")
    latest, because = Seconds(delay + window.latest), f"{first}, then {window.because}"
    return Window(window.earliest, latest, because, (first, *window.terms))


def unsaid(workload: Workload, what: str, effect: Effect) -> ChaosError:
    """No formula gives this window: the scenario has to."""
    how = f"looks like {effect.how!r}" if effect.how else "does not say how it looks"
    return ChaosError(f"no formula gives {workload}'s {what} when a fault {how}: give `within`")
