"""A failing health check is a restart: claims 7, 10 and 11."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds
from chaos.faults import FailingHealth
from chaos.laws import exited, never_replaced, never_restarted, restarted
from chaos.workloads import deployment, http

pytestmark = pytest.mark.chaos

IGNORE_SIGTERM = {"do": "on_sigterm", "how": "ignore"}


@pytest.mark.claim(3, 7, 10)
def test_a_failing_health_check_restarts_the_container(cluster: Cluster, chaos: Chaos) -> None:
    """HTTP 500 on the liveness path: restarted, with 143 if the app dies of SIGTERM, else 137."""
    probe = http("/health", every=seconds(1), failures=2)
    polite, stubborn = cluster.run(
        deployment("polite", liveness=probe),
        deployment("stubborn", liveness=probe, orders=(IGNORE_SIGTERM,)),
    )

    with chaos.inject(FailingHealth((polite, stubborn), status=500)):
        chaos.expect(
            restarted(polite),
            exited(polite, code=143),
            never_replaced(polite, through=seconds(8)),
            restarted(stubborn),
            exited(stubborn, code=137),
        )


@pytest.mark.claim(7, 11)
def test_fewer_failures_than_the_threshold_restart_nothing(cluster: Cluster, chaos: Chaos) -> None:
    """A health check that fails once less than its threshold does no harm; its twin's does."""
    app, control = cluster.run(
        deployment("app", liveness=http("/health", every=seconds(1), failures=3)),
        deployment("control", liveness=http("/health", every=seconds(1), failures=4)),
    )

    with chaos.inject(FailingHealth((app, control), status=500, times=3)):
        chaos.expect(
            restarted(app),
            never_restarted(control, through=seconds(8)),
        )
