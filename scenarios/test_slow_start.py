"""A probe that does not wait kills what starts slowly: claim 12."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import SlowStart
from chaos.laws import exited, exits_again, never_exited, restarted, serves
from chaos.workloads import deployment, http

pytestmark = [pytest.mark.chaos, pytest.mark.claim(12)]

SLOW = seconds(8)  # what a start takes: longer than the hasty probe waits, shorter than the others
LASTING = {"do": "lasting", "folder": "/keep"}  # the patient's order: remember between starts
IGNORE_SIGTERM = {"do": "on_sigterm", "how": "ignore"}
HASTY = http("/health", failures=5)  # gives up after 7 s at the latest, lives for 2 s at least
KILLED = (143, 137)

hasty_app = deployment("hasty", liveness=HASTY, keep="/keep", orders=(LASTING,))
stubborn_app = deployment(
    "stubborn", liveness=HASTY, keep="/keep", orders=(LASTING, IGNORE_SIGTERM)
)
delayed_app = deployment(
    "delayed", liveness=http("/health", delay=seconds(12)), keep="/keep", orders=(LASTING,)
)
guarded_app = deployment(
    "guarded",
    liveness=HASTY,
    startup=http("/health", failures=14),
    keep="/keep",
    orders=(LASTING,),
)


def test_a_slow_starter_needs_a_probe_that_waits(cluster: Cluster, chaos: Chaos) -> None:
    """A slow starter is killed again and again; with a delay or with a startup probe it lives."""
    hasty, stubborn, delayed, guarded = cluster.run(
        hasty_app, stubborn_app, delayed_app, guarded_app
    )
    once = windows.killed_at_start(hasty, SLOW)

    with chaos.inject(SlowStart((hasty, stubborn, delayed, guarded), SLOW)):
        chaos.expect(
            exited(hasty, code=143, within=once),
            exits_again(hasty, code=143, within=windows.again(once, 2, cluster.timers)),
            exited(stubborn, code=137, within=once),
            restarted(delayed),
            never_exited(delayed, codes=KILLED, through=windows.spared_at_start(delayed, SLOW)),
            serves(delayed, after=windows.spared_at_start(delayed, SLOW)),
            restarted(guarded),
            never_exited(guarded, codes=KILLED, through=windows.spared_at_start(guarded, SLOW)),
            serves(guarded, after=windows.spared_at_start(guarded, SLOW)),
        )
