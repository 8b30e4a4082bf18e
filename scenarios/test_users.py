"""What users feel while a fault is open: the answers and failures of their own requests."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Hang
from chaos.laws import goes_on_failing, keeps_answering, leaves_endpoints, never_leaves_endpoints
from chaos.workloads import deployment, http, visitor

pytestmark = pytest.mark.chaos

OFTEN = seconds(0.05)  # between two requests: 20 a second, so that a second tells something
CONTROL = seconds(12)  # more than twice the latest moment at which the probe has helped the twin


@pytest.mark.claim(5, 20)
def test_users_feel_a_hang_until_readiness_notices(cluster: Cluster, chaos: Chaos) -> None:
    """One of two instances hangs: half the requests fail, but only until a probe takes it out."""
    probed, unprobed = cluster.run(
        deployment("probed", replicas=2, readiness=http("/ready"), service=True),
        deployment("unprobed", replicas=2, service=True),
    )
    users, others = cluster.run(
        visitor("users", of=probed, every=OFTEN),
        visitor("others", of=unprobed, every=OFTEN),
    )
    noticed = windows.unready(probed)

    with chaos.inject(Hang((probed.one, unprobed.one))):
        chaos.expect(
            leaves_endpoints(probed.one),
            goes_on_failing(probed, to=users, at_least=0.2, through=noticed.earliest),
            keeps_answering(
                probed, to=users, at_least=0.99, except_for=noticed.latest, through=CONTROL
            ),
            never_leaves_endpoints(unprobed.one, through=CONTROL),
            goes_on_failing(unprobed, to=others, at_least=0.25, through=CONTROL),
        )

    chaos.expect_after_heal(
        keeps_answering(probed, to=users, at_least=0.95, through=seconds(3)),
        keeps_answering(unprobed, to=others, at_least=0.95, through=seconds(3)),
    )
