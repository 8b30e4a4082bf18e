"""The five numbers of a probe, in formulas and as terms (oracle 2.2)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.history.effect import Effect
from chaos.windows.terms import ROUNDING
from chaos.windows.window import Term
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec

YOUNG = seconds(0)  # a container of which nobody knows how long it has been running


def failing(probe: Probe, effect: Effect) -> tuple[float, tuple[Term, ...]]:
    """When a probe has had enough of what it hears: not before so many seconds, and by the terms.

    It asks within a period. What it then waits for, up to its timeout, may take longer than one.
    """
    least, most = _burnt(probe, effect)
    more = probe.failures - 1
    soonest = more * max(probe.period, least) + least
    return soonest, refused(probe) if most <= probe.period else _burning(probe, most)


def refused(probe: Probe) -> tuple[Term, ...]:
    """When a probe that is answered with failure at once has had enough."""
    words = f"period {probe.period:g} s x {probe.failures} failures"
    span = Seconds(probe.failures * probe.period)
    return (Term("failures", span, "periodSeconds, failureThreshold", words), _timeout(probe))


def onset(effect: Effect) -> tuple[Term, ...]:
    """What passes before a probe can hear of it at all; nothing where it is there at once."""
    words = f"heard after up to {effect.onset:g} s"
    return (Term("onset", seconds(effect.onset), "the fault", words),) if effect.onset else ()


def _burnt(probe: Probe, effect: Effect) -> tuple[float, float]:
    """How much of its timeout each failure takes, at least and at most (seconds)."""
    if effect.how != "refuses":
        return probe.timeout, probe.timeout
    late = min(effect.late, probe.timeout)
    around = effect.program and isinstance(probe.asks, Exec) and len(probe.asks.command) > 1
    return late, probe.timeout if around else late  # what is around it takes a time of its own


def answered(probe: Probe) -> tuple[Term, ...]:
    """When a probe that is answered well has heard enough of it."""
    count = probe.successes
    words = f"period {probe.period:g} s x {count} success{'es' if count > 1 else ''}"
    span = Seconds(count * probe.period)
    return (Term("successes", span, "periodSeconds, successThreshold", words), _timeout(probe))


def delayed(probe: Probe, age: Seconds = YOUNG) -> Term:
    """What is left of its initial delay when the container has run so long already."""
    left = max(0.0, probe.delay + ROUNDING.span - age) if probe.delay else 0.0
    words = f"what is left of the initial delay {left:g} s"
    return Term("initial delay", seconds(left), "initialDelaySeconds", words)


def _burning(probe: Probe, burnt: float) -> tuple[Term, ...]:
    """The same where each failure takes longer than a period."""
    more = probe.failures - 1
    what = "timeout" if burnt == probe.timeout else "an answer after"
    words = f"period {probe.period:g} s + {more} x {what} {burnt:g} s"
    span = Seconds(probe.period + more * burnt)
    source = "periodSeconds, timeoutSeconds, failureThreshold"
    return (Term("failures", span, source, words), _timeout(probe))


def _timeout(probe: Probe) -> Term:
    return Term("timeout", probe.timeout, "timeoutSeconds")
