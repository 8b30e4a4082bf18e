"""For those who write laws and faults: histories by hand, and a cluster that needs no machine."""

from chaos.testing.cluster import FakeCluster
from chaos.testing.story import (
    app_of,
    at,
    container,
    endpoints,
    gap,
    gone,
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
    "node",
    "pod",
    "restarted",
    "story",
]
