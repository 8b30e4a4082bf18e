"""What delay, timeout, period, #success and #failure mean: claim 11.

For each number two apps differ in that number only, under one fault. The windows that follow from
their specs do not overlap, so that each verdict can be true of one of them only.
"""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import FailingHealth, Hang, SlowStart
from chaos.laws import (
    described,
    exited,
    leaves_endpoints,
    never_restarted,
    rejoins_endpoints,
    restarted,
)
from chaos.workloads import deployment, http

pytestmark = [pytest.mark.chaos, pytest.mark.claim(11)]

ASKED = "http-get http://:8080/health"

NEVER = seconds(60)  # what a start takes: more than any probe here waits
LASTING = {"do": "lasting", "folder": "/keep"}  # the patient's order: remember between starts
PROMPT = deployment("prompt", liveness=http("/health", failures=5), keep="/keep", orders=(LASTING,))
LATE = deployment(
    "late",
    liveness=http("/health", failures=5, delay=seconds(19)),
    keep="/keep",
    orders=(LASTING,),
)

BRIEF = deployment("brief", liveness=http("/health", timeout=seconds(1)))
LONG = deployment("long", liveness=http("/health", timeout=seconds(5)))

OFTEN = deployment("often", liveness=http("/health", every=seconds(1), failures=6))
SELDOM = deployment("seldom", liveness=http("/health", every=seconds(3), failures=6))

FEW = deployment("few", liveness=http("/health", failures=1))
MANY = deployment("many", liveness=http("/health", failures=10))

ONE = deployment("one", readiness=http("/health", successes=1), service=True)
NINE = deployment("nine", readiness=http("/health", successes=9), service=True)


def test_the_delay_is_how_long_a_start_may_take(cluster: Cluster, chaos: Chaos) -> None:
    """A delay of 0 s or of 19 s: an app that does not start is killed so much later."""
    prompt, late = cluster.run(PROMPT, LATE)

    with chaos.inject(SlowStart((prompt, late), NEVER)):
        chaos.expect(
            described(prompt, line=f"{ASKED} delay=0s timeout=1s period=1s #success=1 #failure=5"),
            described(late, line=f"{ASKED} delay=19s timeout=1s period=1s #success=1 #failure=5"),
            exited(prompt, code=143, within=windows.killed_at_start(prompt, NEVER)),
            exited(late, code=143, within=windows.killed_at_start(late, NEVER)),
        )


def test_the_timeout_is_how_long_an_answer_may_take(cluster: Cluster, chaos: Chaos) -> None:
    """A timeout of 1 s or of 5 s: a hung app is given up after as many waits of that length."""
    brief, long = cluster.run(BRIEF, LONG)

    with chaos.inject(Hang((brief, long))):
        chaos.expect(
            described(brief, line=f"{ASKED} delay=0s timeout=1s period=1s #success=1 #failure=2"),
            described(long, line=f"{ASKED} delay=0s timeout=5s period=1s #success=1 #failure=2"),
            restarted(brief),
            restarted(long),
        )


def test_the_period_is_how_often_is_asked(cluster: Cluster, chaos: Chaos) -> None:
    """A period of 1 s or of 3 s: as many failures take as many periods."""
    often, seldom = cluster.run(OFTEN, SELDOM)

    with chaos.inject(FailingHealth((often, seldom))):
        chaos.expect(
            described(often, line=f"{ASKED} delay=0s timeout=1s period=1s #success=1 #failure=6"),
            described(seldom, line=f"{ASKED} delay=0s timeout=1s period=3s #success=1 #failure=6"),
            restarted(often),
            restarted(seldom),
        )


def test_failure_is_how_many_in_a_row_are_one_too_many(cluster: Cluster, chaos: Chaos) -> None:
    """#failure of 1 or of 10: restarted after the first failure, or after the tenth."""
    few, many = cluster.run(FEW, MANY)

    with chaos.inject(FailingHealth((few, many))):
        chaos.expect(
            described(few, line=f"{ASKED} delay=0s timeout=1s period=1s #success=1 #failure=1"),
            described(many, line=f"{ASKED} delay=0s timeout=1s period=1s #success=1 #failure=10"),
            restarted(few),
            restarted(many),
        )


def test_success_is_how_many_in_a_row_make_it_well(cluster: Cluster, chaos: Chaos) -> None:
    """#success of 1 or of 9 (readiness only): traffic is back after the first, or the ninth."""
    one, nine = cluster.run(ONE, NINE)
    line = f"{ASKED} delay=0s timeout=1s period=1s #success="

    with chaos.inject(FailingHealth((one, nine))):
        chaos.expect(
            described(one, line=f"{line}1 #failure=2", place="readiness"),
            described(nine, line=f"{line}9 #failure=2", place="readiness"),
            leaves_endpoints(one),
            leaves_endpoints(nine),
            never_restarted(one, through=seconds(8)),
            never_restarted(nine, through=seconds(8)),
        )

    chaos.expect_after_heal(rejoins_endpoints(one), rejoins_endpoints(nine))


@pytest.mark.slow
def test_a_probe_without_numbers_has_kubernetes_own(cluster: Cluster, chaos: Chaos) -> None:
    """Of a probe that names no number the API server makes 0, 1, 10, 1, 3; and by those it acts."""
    plain, other = cluster.run(
        deployment("plain", liveness=http("/", defaults=True)),
        deployment("other", liveness=http("/", delay=seconds(2), timeout=seconds(3))),
    )
    root = "http-get http://:8080/"

    with chaos.inject(FailingHealth((plain, other), path="/")):
        chaos.expect(
            described(plain, line=f"{root} delay=0s timeout=1s period=10s #success=1 #failure=3"),
            described(other, line=f"{root} delay=2s timeout=3s period=1s #success=1 #failure=2"),
            restarted(plain),
            restarted(other),
        )
