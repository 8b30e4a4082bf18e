"""A window is a sum of named terms, and each number of the spec that matters is one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from chaos import Seconds, seconds, windows
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.facts import Observed, Pod
from chaos.laws import restarted
from chaos.testing import app_of, at, container, having, pod, story
from chaos.windows import Window
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Exec, HttpGet, Sleep

WEB = replace(app_of(pod("web-1")), grace=seconds(5), tolerance=seconds(2))
PROBE = Probe(period=seconds(1), failures=2, asks=HttpGet("/health", 8080))
LATE = replace(PROBE, delay=seconds(30))
TIMERS = windows.Timers(
    lease=seconds(4), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=2
)
APP = having(WEB, liveness=LATE, readiness=replace(LATE, successes=3), pre_stop=Sleep(seconds(1)))
WHOLE = replace(APP, init=("first", "second"))


def sums() -> dict[str, Window]:
    job = replace(WHOLE, kind="Job")
    return {
        "crash": windows.crash(WHOLE),
        "hang": windows.hang(WHOLE),
        "slow hang": windows.hang(having(WHOLE, liveness=replace(LATE, timeout=seconds(7)))),
        "refusal": windows.refusal(WHOLE),
        "filled": windows.filled(WHOLE, mib=64, mib_per_second=8),
        "backed off": windows.backed_off(windows.crash(WHOLE), 3, None),
        "unready": windows.unready(WHOLE),
        "refused traffic": windows.refused_traffic(WHOLE),
        "ready again": windows.ready_again(WHOLE),
        "unrouted": windows.unrouted(WHOLE, Effect("lost"), TIMERS),
        "noticed": windows.node_noticed(TIMERS),
        "tainted": windows.node_tainted(TIMERS, nodes=3),
        "evicted": windows.eviction(WHOLE, Effect("lost", count=2), TIMERS),
        "lost": windows.node_lost(WHOLE, TIMERS),
        "a job's": windows.node_lost(job, TIMERS),
        "made anew": windows.made_anew(WHOLE),
        "collected": windows.collected(WHOLE, node_deleted=True),
        "retry": windows.retry(job),
        "waited": windows.waited(20),
        "looped": windows.looped((0, 10, 20)),
        "killed at start": windows.killed_at_start(WHOLE, seconds(90)),
        "again": windows.again(windows.killed_at_start(WHOLE, seconds(90)), 3, None),
    }


@pytest.mark.parametrize("name", sums())
def test_a_window_ends_when_its_terms_are_over(name: str) -> None:
    window = sums()[name]
    assert sum(term.span for term in window.terms) == pytest.approx(window.latest)
    assert all(term.span > 0 and term.source for term in window.terms)
    assert all(str(term) in window.because for term in window.terms)
    assert window.earliest <= window.latest


@pytest.mark.parametrize("window", [windows.hang, windows.refusal])
def test_a_probe_that_has_not_begun_to_ask_is_waited_for(window: object) -> None:
    late, soon = (window(having(WEB, liveness=probe)) for probe in (LATE, PROBE))  # type: ignore[operator]
    assert late.latest == soon.latest + 30 + 1
    assert late.because.startswith("what is left of the initial delay 31 s + period 1 s x 2")
    assert late.earliest == soon.earliest


@pytest.mark.parametrize(("age", "left"), [(0, 31), (20, 11), (30, 1), (31, 0), (99, 0)])
def test_what_is_left_of_the_delay_is_less_the_longer_the_container_runs(
    age: float, left: float
) -> None:
    app, plain = having(WEB, liveness=LATE), having(WEB, liveness=PROBE)
    for how in ("silent", "refuses"):
        window = windows.restart(app, Effect(how), age=seconds(age))
        assert window.latest == windows.restart(plain, Effect(how)).latest + left


def test_the_age_of_a_container_is_how_long_it_was_seen_to_run() -> None:
    """It is seen from 3 s on, and the fault comes at 15 s: 19 s of the delay are left."""
    web, anew = pod("web-1"), replace(pod("web-1"), ready=False)
    entries = [at(3, web), at(9, anew), at(12, web)]
    whole = story(*entries, end=90)
    opened = seconds(15)
    aftermath = replace(
        whole,
        opened=opened,
        start=opened,
        first=len(entries),
        opening=story(stood=[web], end=0).opening,
        effect=Effect("silent"),
    )

    verdict = restarted(having(WEB, liveness=LATE)).judge(aftermath)

    assert verdict.window is not None
    assert verdict.window.latest == windows.hang(having(WEB, liveness=PROBE)).latest + 31 - 12
    unseen = restarted(having(WEB, liveness=LATE)).judge(replace(aftermath, first=0))
    assert unseen.window == windows.hang(having(WEB, liveness=LATE))


def hung(*entries: Observed, opened: float, stood: Iterable[Pod], app: Workload) -> float:
    """How late the restart may come, of an app that falls silent at that moment."""
    moment = seconds(opened)
    aftermath = replace(
        story(*entries, end=opened),
        opened=moment,
        start=moment,
        first=len(entries),
        opening=story(stood=stood, end=0).opening,
        effect=Effect("silent"),
    )
    window = restarted(app).judge(aftermath).window
    assert window is not None
    return window.latest - windows.hang(having(WEB, liveness=PROBE)).latest


def test_of_two_pods_the_younger_counts() -> None:
    old, young = pod("web-1"), pod("web-2")
    app = replace(app_of(old, young), grace=seconds(5))
    seen = (at(3, old), at(10, young))
    assert hung(*seen, opened=15, stood=[old, young], app=having(app, liveness=LATE)) == 31 - 5


def test_of_two_containers_the_one_that_is_meant_counts() -> None:
    both = replace(pod("web-1"), containers=(container("app"), container("side", id="s-1")))
    anew = replace(both, containers=(container("app"), container("side", id="s-2")))
    app = replace(WEB, containers=(ContainerSpec("app", LATE, desk=8081), ContainerSpec("side")))
    assert hung(at(3, both), at(12, anew), opened=15, stood=[anew], app=app) == 31 - 12
    assert (
        hung(at(3, both), at(12, anew), opened=15, stood=[anew], app=having(WEB, liveness=LATE))
        == 31 - 3
    )
    alone = replace(both, containers=())
    assert hung(at(3, alone), opened=15, stood=[alone], app=having(WEB, liveness=LATE)) == 31


def test_a_hook_may_use_up_the_grace_and_then_the_floor_is_left() -> None:
    plain = having(WEB, liveness=PROBE)
    hooked = having(plain, pre_stop=Exec(("sleep", "9")))
    assert windows.hang(hooked).latest == windows.hang(plain).latest + 2
    assert "grace's floor 2 s" in windows.hang(hooked).because


def test_a_new_pod_has_its_init_containers_and_its_probes_before_it_is_ready() -> None:
    startup = Probe(period=seconds(2), delay=seconds(4), timeout=seconds(1))
    readiness = Probe(period=seconds(5), successes=2, timeout=seconds(1))
    slow, fast = ContainerSpec("slow", startup=startup), ContainerSpec("fast", readiness=readiness)
    app = replace(WEB, init=("a", "b"), containers=(slow, fast))

    window = windows.made_anew(app)

    spans = {term.name: float(term.span) for term in window.terms}
    assert spans == {
        "creation": 1,
        "init containers": 2 * 3,
        "container start": 3,
        "startup probe": 4 + 1 + 2 + 1,
        "readiness probe": 2 * 5 + 1,
    }
    assert windows.made_anew().latest == windows.made_anew(WEB).latest == seconds(4)
    assert windows.node_lost(app, TIMERS).latest == windows.node_lost(WEB, TIMERS).latest + 25


@pytest.mark.parametrize(
    ("kind", "replacement", "why"),
    [
        ("Pod", "", "a bare pod is lost: nobody makes another"),
        ("StaticPod", "", "a static pod is its node's own: nobody makes another"),
        ("StatefulSet", "", "makes no other while the lost one may still run"),
        ("DaemonSet", "", "stays with its node"),
        ("Job", "Failed", "its Job waits until the lost pod is known to have ended"),
    ],
)
def test_what_nobody_promises_has_no_window(kind: str, replacement: str, why: str) -> None:
    app = replace(WEB, kind=kind, replacement=replacement)
    with pytest.raises(ChaosError, match=f"web: .*{why}"):
        windows.node_lost(app, TIMERS)


def test_only_a_job_waits_for_the_dead() -> None:
    assert windows.node_lost(replace(WEB, replacement="Failed"), TIMERS)


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 init container 3 s"), (2, "2 init containers")]
)
def test_init_containers_are_counted_in_words(count: int, words: str) -> None:
    app = replace(WEB, init=("first", "second")[:count])
    assert f"+ {words}" in windows.made_anew(app).because
    assert "init" not in windows.made_anew(WEB).because


@pytest.mark.parametrize(("count", "words"), [(1, "1 success +"), (2, "2 successes +")])
def test_successes_are_counted_in_words(count: int, words: str) -> None:
    app = having(WEB, readiness=replace(PROBE, successes=count))
    assert f"period 1 s x {words}" in windows.ready_again(app).because


def test_the_slowest_of_several_probes_is_waited_for() -> None:
    slow, fast = (ContainerSpec(startup=Probe(delay=seconds(n), asks=PROBE.asks)) for n in (9, 3))
    for specs in ((slow, fast), (fast, slow)):
        window = windows.made_anew(replace(WEB, containers=specs))
        assert window.latest == windows.made_anew(replace(WEB, containers=(slow,))).latest


def test_a_pass_of_the_node_controller_may_be_missed_twice() -> None:
    slow = replace(TIMERS, monitor_period=seconds(3))
    assert windows.node_noticed(slow).latest == windows.node_noticed(TIMERS).latest + 4
    assert "2 evictions at" in windows.node_tainted(TIMERS, nodes=2).because


def test_a_grace_says_whose_it_is() -> None:
    own = having(WEB, liveness=replace(PROBE, grace=seconds(9)))
    sources = [
        next(term.source for term in windows.hang(app).terms if term.name == "grace")
        for app in (having(WEB, liveness=PROBE), own)
    ]
    assert sources == [
        f"terminationGracePeriodSeconds of {n}" for n in ("the pod", "livenessProbe")
    ]


def test_no_number_of_restarts_is_too_many() -> None:
    crash = windows.crash(WEB)
    assert (
        windows.backed_off(crash, 9999, None).latest == windows.backed_off(crash, 99, None).latest
    )


def deleted(app: Workload) -> Seconds:
    return windows.replacement(app, Effect("deletes"), None).latest


def test_a_pod_that_is_deleted_is_made_anew_by_whoever_owns_it() -> None:
    for kind in ("StatefulSet", "DaemonSet", "Deployment", "Job"):
        assert deleted(replace(WEB, kind=kind)) == seconds(4)
    with pytest.raises(ChaosError, match="a bare pod is lost"):
        deleted(replace(WEB, kind="Pod"))
    with pytest.raises(ChaosError, match="a static pod is its node's own"):
        windows.replacement(replace(WEB, kind="StaticPod"), Effect("evicts", taint="x"), None)
