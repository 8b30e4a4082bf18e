"""A hang is nobody's to mend, unless a liveness probe looks: claim 5."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds
from chaos.faults import Hang
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_leaves_endpoints,
    never_replaced,
    never_restarted,
    restarted,
    stays_hung,
)
from chaos.workloads import deployment, http

pytestmark = pytest.mark.chaos


@pytest.mark.claim(3, 5, 7)
def test_only_a_liveness_probe_notices_a_hang(cluster: Cluster, chaos: Chaos) -> None:
    """A hung app is restarted if a liveness probe asks it; without one it hangs for ever."""
    probe = http("/health", every=seconds(1), failures=2)
    watched, unwatched, guarded = cluster.run(
        deployment("watched", liveness=probe),
        deployment("unwatched", service=True),
        deployment("guarded", readiness=probe, service=True),
    )

    with chaos.inject(Hang((watched, unwatched, guarded))):
        chaos.expect(
            restarted(watched),
            exited(watched, code=143),
            never_replaced(watched, through=seconds(10)),
            never_restarted(unwatched, through=seconds(10)),
            never_leaves_endpoints(unwatched, through=seconds(10)),
            stays_hung(unwatched, through=seconds(10)),
            leaves_endpoints(guarded),
            never_restarted(guarded, through=seconds(10)),
        )
