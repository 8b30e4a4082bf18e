"""A crash is the kubelet's to mend: claims 3, 4 and 10."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from chaos import Apps, Chaos, Cluster, Fault, seconds
from chaos.faults import ChildDeath, Crash, Killed
from chaos.laws import exited, never_replaced, never_restarted, restarted
from chaos.workloads import bare_pod, deployment, http

pytestmark = pytest.mark.chaos

CONTROL = seconds(5)  # longer than the latest moment for a first restart after a crash
UNWATCHED = {"do": "child"}  # the patient's order: have a child process
WATCHED = {"do": "child", "watched": True}  # and let /health look after it


@pytest.mark.claim(3, 4)
def test_a_crashed_container_is_restarted_where_it_stood(cluster: Cluster, chaos: Chaos) -> None:
    """The main process exits: the kubelet restarts the container, unless its pod says Never."""
    web, failing, once = cluster.run(
        deployment("web", readiness=http("/ready", every=seconds(1))),
        bare_pod("failing", restart_policy="OnFailure"),
        bare_pod("once", restart_policy="Never"),
    )

    with chaos.inject(Crash((web, failing, once), code=3)):
        chaos.expect(
            restarted(web),
            exited(web, code=3),
            never_replaced(web, through=CONTROL),
            restarted(failing),
            never_restarted(once, through=CONTROL),
        )


@pytest.mark.claim(3, 4)
def test_what_has_ended_well_is_only_restarted_always(cluster: Cluster, chaos: Chaos) -> None:
    """An app that ends well is restarted all the same, unless its pod says OnFailure or Never."""
    always, on_failure, once = cluster.run(
        bare_pod("always"),
        bare_pod("on-failure", restart_policy="OnFailure"),
        bare_pod("once", restart_policy="Never"),
    )

    with chaos.inject(Crash((always, on_failure, once), code=0)):
        chaos.expect(
            restarted(always),
            exited(always, code=0, reasons=("Completed",)),
            exited(on_failure, code=0, reasons=("Completed",)),
            never_restarted(on_failure, through=CONTROL),
            never_restarted(once, through=CONTROL),
        )


@dataclass(frozen=True)
class End:
    """A way to end, in words, and the exit code that Kubernetes shows."""

    words: str
    code: int
    fault: Callable[[Apps], Fault]

    def __str__(self) -> str:
        """The words."""
        return self.words


ENDS = [
    End("exits with 1", 1, partial(Crash, code=1)),
    End("dies of SIGTERM", 143, partial(Crash, signal=15)),
    End("dies of SIGKILL", 137, Killed),
]


@pytest.mark.claim(4, 10)
@pytest.mark.parametrize("how", ENDS, ids=str)
def test_a_last_state_says_how_it_ended(how: End, cluster: Cluster, chaos: Chaos) -> None:
    """The main process {how}: its last state tells that, and it is restarted, unless never."""
    app, once = cluster.run(deployment("app"), bare_pod("once", restart_policy="Never"))

    with chaos.inject(how.fault((app, once))):
        chaos.expect(
            restarted(app),
            exited(app, code=how.code, reasons=("Error",)),
            exited(once, code=how.code, reasons=("Error",)),
            never_restarted(once, through=CONTROL),
        )


@pytest.mark.claim(4, 5)
def test_the_death_of_a_child_is_no_crash(cluster: Cluster, chaos: Chaos) -> None:
    """A child dies, the main process lives: no restart, unless a probe looks after the child."""
    crashed, parent, watched = cluster.run(
        deployment("crashed"),
        deployment("parent", liveness=http("/"), orders=(UNWATCHED,)),
        deployment("watched", liveness=http("/health"), orders=(WATCHED,)),
    )

    with chaos.inject(Crash(crashed)):
        chaos.expect(restarted(crashed))
    with chaos.inject(ChildDeath((parent, watched))):
        chaos.expect(
            restarted(watched),
            exited(watched, code=143),
            never_restarted(parent, through=seconds(10)),
        )
