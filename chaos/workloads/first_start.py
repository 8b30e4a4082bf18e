"""How long a workload took to come up when it was run: nobody promises it, anybody can see it."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds, seconds


@dataclass(frozen=True, slots=True)
class FirstStart:
    """A workload's own first start on this cluster, as its watch showed it; of its slowest pod.

    `init` are the seconds from a pod's node to the end of its init containers, `start` those until
    all its containers ran, `ready` those until it was ready. What was shown in one piece took none.
    `pull` are those of `start` in which images were pulled that are there now.
    """

    init: Seconds
    start: Seconds
    ready: Seconds
    pull: Seconds = seconds(0)  # noqa: RUF009  a NewType over an immutable float

    @property
    def again(self) -> Seconds:
        """How long its containers' start took without the pull: on this node they need none."""
        return Seconds(self.start - self.pull)
