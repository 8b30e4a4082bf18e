"""How long a workload took to come up when it was run: nobody promises it, anybody can see it."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds


@dataclass(frozen=True, slots=True)
class FirstStart:
    """A workload's own first start on this cluster, as its watch showed it; of its slowest pod.

    `init` are the seconds from a pod's node to the end of its init containers, `start` those until
    all its containers ran, `ready` those until it was ready. What was shown in one piece took none.
    """

    init: Seconds
    start: Seconds
    ready: Seconds
