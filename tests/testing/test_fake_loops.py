from __future__ import annotations

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, seconds, windows
from chaos.errors import CannotRehearse, LawBroken
from chaos.faults import CrashLoop, FailingHealth, SlowStart
from chaos.laws import backs_off, found_again, never_backs_off, never_found_again, restarted
from chaos.testing import FakeCluster
from chaos.workloads import deployment, http

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

KEEPS = {"do": "lasting", "folder": "/keep"}
MARKS = {"do": "marks", "folders": ["/keep", "/"]}
LOOP = deployment("loop", keep="/keep", orders=(KEEPS, MARKS))
WAITS = (seconds(0), seconds(5), seconds(5))
LONG = seconds(30)


def test_the_fake_backs_off_as_its_timers_say(cluster: FakeCluster, chaos: Chaos) -> None:
    loop = cluster.run(LOOP)

    assert windows.back_offs(3, cluster.timers) == WAITS
    with chaos.inject(CrashLoop(loop, times=3)):
        chaos.expect(backs_off(loop, waits=WAITS))


def test_the_fake_ends_no_oftener_than_it_was_told(cluster: FakeCluster, chaos: Chaos) -> None:
    loop = cluster.run(LOOP)

    with chaos.inject(CrashLoop(loop, times=3)):
        with pytest.raises(LawBroken, match="not 4 new starts"):
            chaos.expect(backs_off(loop, waits=(*WAITS, seconds(5))))
        (pod,) = cluster.journal.standing().pods("loop")
        assert (pod.restarts, pod.ready) == (3, True)


def test_healing_ends_the_fake_s_loop(cluster: FakeCluster, chaos: Chaos) -> None:
    loop = cluster.run(LOOP)
    cluster.tell(
        loop.pod, "lasting", folder="/keep", orders='[{"do": "crash", "starts": 2, "folder": "/x"}]'
    )
    cluster.soothe(loop.pod)

    with chaos.inject(CrashLoop(loop, times=1)):
        chaos.expect(restarted(loop), never_backs_off(loop, through=LONG))


def test_the_fake_does_not_back_off_from_its_probes(cluster: FakeCluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", liveness=http("/health")))

    for _ in range(2):
        with chaos.inject(FailingHealth(web, status=500)):
            chaos.expect(restarted(web), never_backs_off(web, through=LONG))


def test_the_fake_finds_again_what_is_kept(cluster: FakeCluster, chaos: Chaos) -> None:
    loop = cluster.run(LOOP)

    with chaos.inject(CrashLoop(loop, times=1)):
        chaos.expect(
            found_again(loop, folder="/keep"),
            never_found_again(loop, folder="/", through=seconds(7)),
        )


def test_a_start_that_is_to_be_another_cannot_be_rehearsed(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    loop = cluster.run(LOOP)

    with pytest.raises(CannotRehearse, match="start_slowly"), chaos.inject(SlowStart(loop, 9)):
        pass
