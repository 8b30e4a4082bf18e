"""A liveness probe belongs to one container of a pod: claim 6."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds
from chaos.faults import FailingHealth, Hang
from chaos.laws import never_restarted, restarted, stays_hung
from chaos.workloads import BESIDE, deployment, http

pytestmark = [pytest.mark.chaos, pytest.mark.claim(6)]

CONTROL = seconds(11)  # longer than the latest moment for the restarted container


def test_a_probe_watches_its_own_container_only(cluster: Cluster, chaos: Chaos) -> None:
    """Of two containers in a pod one hangs: only a probe of its own helps."""
    own, neighbours, none = cluster.run(
        deployment("own", liveness=http("/health"), beside={}),
        deployment("neighbours", beside={"liveness": http("/health", port=BESIDE)}),
        deployment("none", beside={}),
    )

    with chaos.inject(Hang((own, neighbours, none))):
        chaos.expect(
            restarted(own.container("app")),
            never_restarted(own.container("beside"), through=CONTROL),
            never_restarted(neighbours, through=CONTROL),
            never_restarted(none, through=CONTROL),
            stays_hung(neighbours, through=CONTROL),
        )


def test_a_container_is_restarted_alone(cluster: Cluster, chaos: Chaos) -> None:
    """Both containers of a pod have a probe and one is ill: only that one is restarted."""
    pair, well = cluster.run(
        deployment(
            "pair",
            liveness=http("/health"),
            beside={"liveness": http("/health", port=BESIDE)},
        ),
        deployment("well", liveness=http("/health")),
    )

    with chaos.inject(FailingHealth(pair, status=500)):
        chaos.expect(
            restarted(pair.container("app")),
            never_restarted(pair.container("beside"), through=CONTROL),
            never_restarted(well, through=CONTROL),
        )
