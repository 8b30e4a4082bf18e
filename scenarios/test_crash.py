"""A crash is the kubelet's to mend: claims 3 and 4."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Crash
from chaos.laws import exited, never_replaced, never_restarted, restarted
from chaos.workloads import bare_pod, deployment, http

pytestmark = pytest.mark.chaos


def test_a_crashed_container_is_restarted_where_it_stood(cluster: Cluster, chaos: Chaos) -> None:
    """The main process exits: the kubelet restarts the container, unless its pod says Never."""
    web, once = cluster.run(
        deployment("web", readiness=http("/ready", every=seconds(1))),
        bare_pod("once", restart_policy="Never"),
    )

    with chaos.inject(Crash((web, once), code=3)):
        chaos.expect(
            restarted(web, within=windows.crash(web)),
            exited(web, code=3, within=windows.crash(web)),
            never_replaced(web, through=seconds(5)),
            never_restarted(once, through=seconds(5)),
        )
