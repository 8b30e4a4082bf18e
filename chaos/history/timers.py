"""The live cluster's settings that decide when a recovery is seen."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds, minutes

LONGEST_BACKOFF = minutes(5)  # Kubernetes' own


@dataclass(frozen=True, slots=True)
class Timers:
    """The live cluster's settings that decide when a recovery is seen (seconds, 1/s).

    `longest_backoff` is the kubelet's crashLoopBackOff.maxContainerRestartPeriod.
    """

    lease: Seconds
    monitor_period: Seconds
    monitor_grace: Seconds
    eviction_rate: float
    longest_backoff: Seconds = LONGEST_BACKOFF
