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


def silent_for(probe: Probe) -> float:
    """When a probe has seen enough of a silence that began in the middle of its period."""
    interval = max(probe.period, probe.timeout)
    return probe.period / 2 + (probe.failures - 1) * interval + probe.timeout


def refused_for(probe: Probe) -> float:
    """When a probe has seen enough refusals that began in the middle of its period."""
    return (probe.failures - 0.5) * probe.period
