"""An app and the database that it needs: claim 14, with a real PostgreSQL behind toxiproxy."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Blackhole, Latency
from chaos.laws import (
    exited,
    exits_again,
    leaves_endpoints,
    never_leaves_endpoints,
    never_restarted,
    rejoins_endpoints,
)
from chaos.workloads import POSTGRES, deployment, http, tcp

pytestmark = pytest.mark.chaos

DB = deployment("db", image=POSTGRES, port=5432, service=True, readiness=tcp(5432))
ASKS_DB = {"do": "depends_on", "url": "postgres://$DB_HOST:$DB_PORT", "path": "/deep"}
THROUGH = {"db": "db:5432"}
CONTROL = seconds(10)  # longer than the latest moment for the restarted twin
LONGER = seconds(7)  # than the latest moment for the twin that is not ready


@pytest.mark.claim(14)
def test_a_probe_that_asks_the_database_restarts_the_app_for_nothing(
    cluster: Cluster, chaos: Chaos
) -> None:
    """The database answers nothing: who asks it in the liveness probe is restarted, in vain."""
    cluster.run(DB)
    nosy, own = cluster.run(
        deployment("nosy", liveness=http("/deep"), through=THROUGH, orders=(ASKS_DB,)),
        deployment("own", liveness=http("/health"), through=THROUGH, orders=(ASKS_DB,)),
    )
    once = windows.refusal(nosy)  # the app gives its database up before the kubelet gives it up

    with chaos.inject(Blackhole((nosy, own), to="db")):
        chaos.expect(
            exited(nosy, code=143, within=once),
            exits_again(nosy, code=143, within=windows.again(once, 2, cluster.timers)),
            never_restarted(own, through=CONTROL),
        )


@pytest.mark.claim(14)
def test_readiness_may_ask_the_database(cluster: Cluster, chaos: Chaos) -> None:
    """The database is late: a frontend that is not ready without it gets no traffic, and lives."""
    cluster.run(DB)
    frontend, blind = cluster.run(
        deployment(
            "frontend",
            liveness=http("/health"),
            readiness=http("/deep"),
            through=THROUGH,
            orders=(ASKS_DB,),
            service=True,
        ),
        deployment("blind", through=THROUGH, readiness=http("/"), service=True),
    )

    with chaos.inject(Latency((frontend, blind), to="db", delay=seconds(2))):
        chaos.expect(
            leaves_endpoints(frontend, within=windows.refused_traffic(frontend)),
            never_leaves_endpoints(blind, through=LONGER),
            never_restarted(frontend, through=LONGER),
        )
    chaos.expect_after_heal(rejoins_endpoints(frontend))
