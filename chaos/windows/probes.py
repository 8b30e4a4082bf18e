"""The five numbers of a probe, in formulas and in words."""

from __future__ import annotations

from chaos.workloads.admitted import Probe


def refused(probe: Probe) -> float:
    """The latest moment at which a probe that fails at once has decided (oracle 2.2)."""
    return probe.failures * probe.period + probe.timeout


def words(probe: Probe) -> str:
    """The sum, as a verdict spells it out."""
    return f"period {probe.period:g} s x {probe.failures} failures + timeout {probe.timeout:g} s"
