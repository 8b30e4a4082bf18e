"""What the fake kubelet's probes hear, and after how many seconds they have heard enough."""

from __future__ import annotations

from chaos.testing.illness import Heard
from chaos.testing.patient import FakePod
from chaos.testing.wires import probed
from chaos.workloads.containers import Probe, ProbeName


def heard(pod: FakePod, name: ProbeName, probe: Probe, path: str) -> Heard:
    """What a probe hears: over its wire, if it goes over one, and from the app."""
    over = probed(pod.wires.get(name, {}), probe)
    return pod.ill.heard_by(probe, path) if over == "well" else over


def enough(probe: Probe, each: float = 0.0) -> float:
    """When a probe has had enough of what began in the middle of its period.

    Each answer, or its own patience, takes so long; while it waits it does not ask again.
    """
    interval = max(probe.period, each)
    return probe.period / 2 + (probe.failures - 1) * interval + each
