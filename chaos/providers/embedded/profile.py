"""How fast a cluster notices that a node is gone, and how soon it tries a container again.

A profile is what we ask for at the start. Laws never read it: they read the live cluster.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from chaos.clock import Seconds, seconds
from chaos.history.timers import Timers


@dataclass(frozen=True)
class Profile:
    """The timers of a cluster: all in seconds, but for the rate."""

    name: str
    lease: Seconds  # kubelet: nodeLeaseDurationSeconds, renewed at a quarter of it
    status: Seconds  # kubelet: nodeStatusUpdateFrequency
    longest_backoff: Seconds  # kubelet: crashLoopBackOff.maxContainerRestartPeriod
    monitor_period: Seconds  # controllers: --node-monitor-period
    monitor_grace: Seconds  # controllers: --node-monitor-grace-period
    evictions_per_second: float  # controllers: --node-eviction-rate
    toleration: Seconds  # API server: --default-{not-ready,unreachable}-toleration-seconds
    # kubelet: evictionPressureTransitionPeriod, with its own default
    relief: Seconds = Seconds(300.0)  # noqa: RUF009  a NewType over an immutable float

    @property
    def timers(self) -> Timers:
        """What windows will be made of; a live cluster is asked instead."""
        return Timers(
            self.lease,
            self.monitor_period,
            self.monitor_grace,
            self.evictions_per_second,
            self.longest_backoff,
        )

    def as_json(self) -> dict[str, str | float]:
        """As a plan on disk keeps it."""
        return asdict(self)


FAST = Profile(
    name="fast",
    lease=seconds(8),  # renewed every 2 s; grace is four renewals, as upstream had it before 1.32
    status=seconds(2),
    longest_backoff=seconds(5),
    monitor_period=seconds(1),
    monitor_grace=seconds(8),
    evictions_per_second=100,  # no queue behind the first evicted node
    toleration=seconds(2),
    relief=seconds(10),  # as often as the kubelet looks at its disk
)
"""A killed node is Unknown after 6 to 10 s, its Deployment's pod runs elsewhere within 16 s."""

DEFAULT = Profile(
    name="default",
    lease=seconds(40),
    status=seconds(10),
    longest_backoff=seconds(300),
    monitor_period=seconds(5),
    monitor_grace=seconds(50),  # 40 s up to Kubernetes 1.31
    evictions_per_second=0.1,
    toleration=seconds(300),
)
"""Kubernetes' own timers."""

PROFILES = {profile.name: profile for profile in (FAST, DEFAULT)}
