"""The live cluster's settings that decide when a recovery is seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """The live cluster's settings that decide when a recovery is seen (seconds, 1/s).

    `longest_backoff` is the kubelet's crashLoopBackOff.maxContainerRestartPeriod.
    """

    lease: float
    monitor_period: float
    monitor_grace: float
    eviction_rate: float
    longest_backoff: float = 300.0
