"""For those who write laws and faults: histories by hand, and a cluster that needs no machine.

`story` tells a history in a few words. The fake `cluster` keeps the promises of real ones or says
that it cannot tell (`CannotRehearse`); a `rehearsal` runs whole scenarios on it in milliseconds.
"""

from chaos.testing.cluster import FakeCluster
from chaos.testing.story import (
    app_of,
    at,
    container,
    endpoints,
    gap,
    gone,
    having,
    lag,
    node,
    pod,
    restarted,
    story,
)

__all__ = [
    "FakeCluster",
    "app_of",
    "at",
    "container",
    "endpoints",
    "gap",
    "gone",
    "having",
    "lag",
    "node",
    "pod",
    "restarted",
    "story",
]
