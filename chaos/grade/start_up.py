"""How long an app may take from its start until it is ready, as its own probes allow it."""

from __future__ import annotations

from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe


def longest_start(app: Workload) -> float:
    """Seconds until a probe would have given its start up, and readiness was asked after that.

    An app that is slower is restarted by its own startup or liveness probe; without one nothing
    says how slow it may be, and it is to be up when its container is.
    """
    patience = app.startup or app.liveness
    return (_given_up(patience) if patience else 0.0) + (
        _ready(app.readiness) if app.readiness else 0.0
    )


def _given_up(probe: Probe) -> float:
    return probe.delay + probe.failures * max(probe.period, probe.timeout)


def _ready(probe: Probe) -> float:
    return probe.delay + probe.successes * probe.period + probe.timeout
