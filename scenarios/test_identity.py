"""A restart gives a pod a new container and leaves it who it was: claims 3 and 4."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds
from chaos.faults import Crash
from chaos.laws import found_again, never_found_again, never_moved, never_restarted, restarted
from chaos.workloads import bare_pod, deployment

pytestmark = [pytest.mark.chaos, pytest.mark.claim(3, 4)]

MARKS = {"do": "marks", "folders": ["/keep", "/"]}  # the patient's order: count starts in both
CONTROL = seconds(7)  # longer than a restart may take, and lasts


def test_a_restart_keeps_the_pod_and_not_its_files(cluster: Cluster, chaos: Chaos) -> None:
    """A restarted pod keeps uid, node, address and emptyDir; its container's files are new."""
    web, once = cluster.run(
        deployment("web", keep="/keep", orders=(MARKS,)),
        bare_pod("once", restart_policy="Never"),
    )

    with chaos.inject(Crash((web, once))):
        chaos.expect(
            restarted(web),
            never_moved(web, through=CONTROL),
            found_again(web, folder="/keep"),
            never_found_again(web, folder="/", through=CONTROL),
            never_restarted(once, through=CONTROL),
        )
