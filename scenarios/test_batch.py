"""Work that is to end: Jobs and CronJobs, claim 20."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import ControlPlaneDown, Crash
from chaos.laws import (
    catches_up_once,
    completed,
    never_completed,
    never_replaced,
    never_runs,
    restarted,
    retried,
    starts_on_time,
)
from chaos.workloads import bare_pod, cron_job, job

pytestmark = pytest.mark.chaos

WORK = 10  # seconds that the work takes, each time it is begun
DONE = ({"do": "crash", "code": 0, "after_seconds": WORK},)  # the patient ends, and well
IN_PLACE = windows.within(seconds(WORK + 6))  # restarted once, and done
ANEW = windows.within(seconds(WORK + 22))  # one back-off, and done
CONTROL = seconds(34)  # longer than the slowest recovery here
AWAY = seconds(125)  # more than two of a CronJob's minutes
CAUGHT_UP = windows.within(seconds(80))  # the controllers start, and then a whole minute


@pytest.mark.claim(20)
def test_a_job_is_done_in_spite_of_a_crash(cluster: Cluster, chaos: Chaos) -> None:
    """A Job's pod crashes: it is begun again until its work is done; a bare pod is not."""
    stubborn, fresh, spent, once = cluster.run(
        job("stubborn", restart_policy="OnFailure", orders=DONE),
        job("fresh", restart_policy="Never", orders=DONE),
        job("spent", restart_policy="Never", retries=0, orders=DONE),
        bare_pod("once", restart_policy="Never", orders=DONE),
    )

    with chaos.inject(Crash((stubborn, fresh, spent, once), code=3)):
        chaos.expect(
            restarted(stubborn),
            never_replaced(stubborn, through=CONTROL),
            completed(stubborn, within=IN_PLACE),
            retried(fresh),
            completed(fresh, within=ANEW),
            never_replaced(spent, through=CONTROL),  # its backoffLimit is 0
            never_completed(spent, through=CONTROL),
            never_completed(once, through=CONTROL),  # nobody tries it again
        )


@pytest.mark.slow
@pytest.mark.claim(20)
def test_a_cron_job_catches_up_once(cluster: Cluster, chaos: Chaos) -> None:
    """The controllers are away for two minutes: a CronJob then runs once, and again on time."""
    minutely, suspended, strict = cluster.run(
        cron_job("minutely", command=("sleep", "1")),
        cron_job("suspended", command=("sleep", "1"), suspend=True),
        cron_job("strict", command=("sleep", "1"), deadline=seconds(10)),
    )

    with chaos.inject(ControlPlaneDown(("kube-controller-manager",))):
        chaos.expect(*(never_runs(app, through=AWAY) for app in (minutely, suspended, strict)))

    chaos.expect_after_heal(
        catches_up_once(minutely, within=CAUGHT_UP),
        starts_on_time(strict, within=CAUGHT_UP),  # what it missed was too long ago
        never_runs(suspended, through=seconds(90)),
    )
