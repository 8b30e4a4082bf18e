"""How long an app may take to start, by its own probes."""

from __future__ import annotations

from chaos import seconds
from chaos.grade.start_up import longest_start
from chaos.testing import app_of, pod
from chaos.workloads.containers import Probe

SLOW = Probe(delay=seconds(3), timeout=seconds(1), period=seconds(2), failures=5)
READY = Probe(delay=seconds(1), timeout=seconds(1), period=seconds(2), successes=2)


def test_it_is_as_long_as_a_probe_bears_it_and_readiness_takes_after_that() -> None:
    web = pod("web-1")

    assert longest_start(app_of(web)) == 0
    assert longest_start(app_of(web, readiness=READY)) == 1 + 2 * 2 + 1
    assert longest_start(app_of(web, liveness=SLOW)) == 3 + 5 * 2
    assert longest_start(app_of(web, liveness=Probe(), startup=SLOW)) == 3 + 5 * 2
    assert longest_start(app_of(web, liveness=SLOW, readiness=READY)) == 13 + 6


def test_a_timeout_that_is_longer_than_the_period_makes_it_longer() -> None:
    late = Probe(delay=seconds(0), timeout=seconds(4), period=seconds(2), failures=3)

    assert longest_start(app_of(pod("web-1"), liveness=late)) == 12
