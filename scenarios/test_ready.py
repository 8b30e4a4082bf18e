"""Readiness takes an app out of the traffic and never restarts it; a startup probe goes first."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import FailingHealth, NeverStarted
from chaos.laws import (
    asked,
    exited,
    leaves_endpoints,
    never_asked,
    never_exited,
    never_leaves_endpoints,
    never_rejoins_endpoints,
    never_restarted,
    rejoins_endpoints,
    restarted,
)
from chaos.workloads import deployment, http

pytestmark = pytest.mark.chaos

LASTING = {"do": "lasting", "folder": "/keep"}  # the patient's order: remember between starts
STARTED = seconds(2)  # until a startup probe has succeeded: a period and a timeout
CONTROL = seconds(12)  # longer than the latest moment for the twin that is restarted


@pytest.mark.claim(5, 7)
def test_readiness_stops_the_traffic_and_liveness_restarts(cluster: Cluster, chaos: Chaos) -> None:
    """An app that is not ready gets no traffic until it is well; its liveness twin is restarted."""
    routed, watched, unprobed = cluster.run(
        deployment("routed", readiness=http("/health"), service=True),
        deployment("watched", liveness=http("/health")),
        deployment("unprobed", service=True),
    )

    with chaos.inject(FailingHealth((routed, watched, unprobed), status=503)):
        chaos.expect(
            leaves_endpoints(routed),
            never_rejoins_endpoints(routed, through=CONTROL),
            never_restarted(routed, through=CONTROL),
            restarted(watched),
            exited(watched, code=143),
            never_leaves_endpoints(unprobed, through=CONTROL),
            never_restarted(unprobed, through=CONTROL),
        )

    chaos.expect_after_heal(
        rejoins_endpoints(routed),
        never_restarted(routed, through=seconds(5)),
    )


@pytest.mark.claim(12)
def test_a_startup_probe_goes_first(cluster: Cluster, chaos: Chaos) -> None:
    """Liveness and readiness are not asked before the startup probe has succeeded."""
    guarded, unguarded = cluster.run(
        deployment(
            "guarded",
            startup=http("/startup", failures=60),
            liveness=http("/health"),
            readiness=http("/ready"),
            service=True,
            keep="/keep",
            orders=(LASTING,),
        ),
        deployment(
            "unguarded",
            liveness=http("/health", failures=5),  # the crash itself may count as two
            readiness=http("/ready"),
            service=True,
            keep="/keep",
            orders=(LASTING,),
        ),
    )

    with chaos.inject(NeverStarted((guarded, unguarded))):
        chaos.expect(
            restarted(guarded),
            restarted(unguarded),
            asked(guarded, path="/startup"),
            asked(unguarded, path="/health"),
            asked(unguarded, path="/ready"),
            leaves_endpoints(guarded),
            never_asked(guarded, path="/health", through=CONTROL),
            never_asked(guarded, path="/ready", through=CONTROL),
            never_exited(guarded, codes=(143, 137), through=CONTROL),
        )

    chaos.expect_after_heal(
        asked(guarded, path="/health"),
        rejoins_endpoints(guarded, within=windows.after(STARTED, windows.ready_again(guarded))),
    )
