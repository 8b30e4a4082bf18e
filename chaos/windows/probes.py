"""The five numbers of a probe, in formulas and as terms (oracle 2.2)."""

from __future__ import annotations

from chaos.clock import Seconds, seconds
from chaos.windows.terms import ROUNDING
from chaos.windows.window import Term
from chaos.workloads.containers import Probe

YOUNG = seconds(0)  # a container of which nobody knows how long it has been running


def interval(probe: Probe) -> float:
    """What lies between two probes that hear nothing: each burns its timeout."""
    return max(probe.period, probe.timeout)


def silent(probe: Probe) -> tuple[Term, ...]:
    """When a probe has had enough of silence: it asks within a period, then burns timeouts."""
    more, timeout = probe.failures - 1, _timeout(probe)
    if interval(probe) == probe.period:
        return (_failures(probe), timeout)
    span = Seconds(probe.period + more * probe.timeout)
    words = f"period {probe.period:g} s + {more} x timeout {probe.timeout:g} s"
    return (
        Term("failures", span, "periodSeconds, timeoutSeconds, failureThreshold", words),
        timeout,
    )


def refused(probe: Probe) -> tuple[Term, ...]:
    """When a probe that is answered with failure has had enough."""
    return (_failures(probe), _timeout(probe))


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


def _failures(probe: Probe) -> Term:
    words = f"period {probe.period:g} s x {probe.failures} failures"
    span = Seconds(probe.failures * probe.period)
    return Term("failures", span, "periodSeconds, failureThreshold", words)


def _timeout(probe: Probe) -> Term:
    return Term("timeout", probe.timeout, "timeoutSeconds")
