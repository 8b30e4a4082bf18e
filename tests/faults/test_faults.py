from __future__ import annotations

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Ruling, seconds, windows
from chaos.clock import ManualClock
from chaos.errors import ChaosError, LawBroken, NotInjected
from chaos.faults import (
    Answering,
    Crash,
    FailingCheck,
    FailingHealth,
    Hang,
    Leak,
    NodeDeath,
    Refusing,
)
from chaos.history.journal import Journal
from chaos.history.looked import Getting
from chaos.laws import (
    becomes_ready,
    exited,
    goes_on_growing,
    goes_unready,
    gone,
    leaves_endpoints,
    never_leaves_endpoints,
    never_replaced,
    never_restarted,
    rejoins_endpoints,
    replaced,
    restarted,
    stays_hung,
)
from chaos.running.ledger import heal
from chaos.testing import FakeCluster, app_of, pod
from chaos.windows import within
from chaos.workloads import (
    bare_pod,
    daemon_set,
    deployment,
    http,
    replica_set,
    replication_controller,
    stateful_set,
)

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

WEB = app_of(pod("web-1"))
PROBE = http("/health", every=seconds(1), failures=2)
IGNORE = {"do": "on_sigterm", "how": "ignore"}
ANSWERS = [
    *(Answering(WEB, manner=m) for m in ("redirect", "reset", "silent", "headers_only")),
    *(Answering(WEB, status=status) for status in (204, 404, 503)),
    *(Answering(WEB, delay=delay) for delay in (0.2, 1.5)),
]
CHECKS = [FailingCheck(WEB, code=3), *(FailingCheck(WEB, delay=delay) for delay in (0.2, 1.5))]
ALL = [
    *(Crash(WEB), Hang(WEB), FailingHealth(WEB), Leak(WEB, mib_per_second=1), Refusing(WEB)),
    *(*ANSWERS, *CHECKS, NodeDeath("worker1")),
]


def words(fault: Fault) -> str:
    return type(fault).__name__


@pytest.mark.parametrize("fault", ALL, ids=words)
def test_a_fault_can_be_healed_twice_and_without_having_been_injected(
    cluster: FakeCluster, fault: Fault
) -> None:
    cluster.run(WEB)

    heal(fault, cluster)
    heal(fault, cluster)


@pytest.mark.parametrize("fault", ALL, ids=words)
def test_a_fault_whose_target_is_gone_needs_no_healing(fault: Fault) -> None:
    clock = ManualClock()

    heal(fault, FakeCluster(Journal(clock), clock, nodes=()))


@pytest.mark.parametrize("fault", ALL, ids=words)
def test_a_fault_that_works_shows_its_symptom(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)

    with chaos.inject(fault):
        pass

    assert chaos.judgements[0].has(Ruling.HOLDS)


@pytest.mark.parametrize("fault", ALL, ids=words)
def test_a_fault_that_does_nothing_shows_no_symptom(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB)
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(fault):
        pass


def test_what_is_said_anyway_counts_where_somebody_asks_and_is_told(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    probed = cluster.run(deployment("probed", liveness=PROBE))

    with chaos.inject(Answering(probed, status=200)):
        chaos.expect(never_restarted(probed, through=seconds(8)))

    assert not [one for one in chaos.judgements if not one.has(Ruling.HOLDS)]


def test_what_is_said_anyway_is_nothing_where_nobody_asks(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    apps = cluster.run(deployment("probed", liveness=PROBE), deployment("unprobed"))

    missing = "not every app was asked for /health"
    with pytest.raises(NotInjected, match=missing), chaos.inject(Answering(apps, status=200)):
        pass


def test_who_is_not_told_says_it_anyway_and_that_is_no_fault(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    probed = cluster.run(deployment("probed", liveness=PROBE))
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(Answering(probed, status=200)):
        pass


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(Answering(WEB, manner="redirect"), 302, id="of-its-own"),
        pytest.param(Answering(WEB, manner="redirect", status=301), 301, id="as-it-is-told"),
        pytest.param(Answering(WEB, manner="redirect", location="/x"), 302, id="elsewhere"),
    ],
)
def test_a_redirect_is_heard_and_not_followed(
    cluster: FakeCluster, chaos: Chaos, fault: Answering, said: int
) -> None:
    cluster.run(WEB)

    with chaos.inject(fault):
        (got,) = cluster.get(Getting(WEB.pod, "/health", seconds(1)))

    assert got.said == said
    assert chaos.judgements[0].has(Ruling.HOLDS)


def test_a_crash_is_restarted_unless_its_pod_says_never(cluster: FakeCluster, chaos: Chaos) -> None:
    web, once = cluster.run(deployment("web"), bare_pod("once", restart_policy="Never"))

    with chaos.inject(Crash((web, once), code=3)):
        chaos.expect(
            restarted(web, within=windows.crash(web)),
            exited(web, code=3, within=windows.crash(web)),
            never_replaced(web, through=seconds(8)),
            never_restarted(once, through=seconds(8)),
        )


def test_only_a_liveness_probe_notices_a_hang(cluster: FakeCluster, chaos: Chaos) -> None:
    watched, unwatched, guarded = cluster.run(
        deployment("watched", liveness=PROBE),
        deployment("unwatched", service=True),
        deployment("guarded", readiness=PROBE, service=True),
    )

    with chaos.inject(Hang((watched, unwatched, guarded))):
        chaos.expect(
            restarted(watched, within=windows.hang(watched)),
            exited(watched, code=143, within=windows.hang(watched)),
            never_restarted(unwatched, through=seconds(12)),
            never_leaves_endpoints(unwatched, through=seconds(12)),
            stays_hung(unwatched, through=seconds(12)),
            leaves_endpoints(guarded, within=windows.unready(guarded)),
            never_restarted(guarded, through=seconds(12)),
        )

    chaos.expect_after_heal(rejoins_endpoints(guarded, within=within(seconds(5))))


def test_a_leak_ends_at_a_limit_or_at_a_probe_else_goes_on(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    limited, watched, unbounded = cluster.run(
        deployment("limited", memory="64Mi"),
        deployment("watched", liveness=PROBE, orders=({"do": "memory_health", "limit_mib": 48},)),
        deployment("unbounded"),
    )

    filled = windows.filled(limited, mib=64, mib_per_second=24)
    noticed = windows.after(windows.filling(48, 24), windows.refusal(watched))
    with chaos.inject(Leak((limited, watched, unbounded), mib_per_second=24)):
        chaos.expect(
            restarted(limited, within=filled),
            exited(limited, code=137, reasons=("OOMKilled",), within=filled),
            restarted(watched, within=noticed),
            never_restarted(unbounded, through=seconds(7)),
            goes_on_growing(unbounded, through=seconds(7)),
        )


def test_a_failing_health_check_restarts_with_143_or_137(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    polite, stubborn = cluster.run(
        deployment("polite", liveness=PROBE),
        deployment("stubborn", liveness=PROBE, orders=(IGNORE,)),
    )

    with chaos.inject(FailingHealth((polite, stubborn))):
        chaos.expect(
            restarted(polite, within=windows.refusal(polite)),
            exited(polite, code=143, within=windows.refusal(polite)),
            restarted(stubborn, within=windows.refusal(stubborn)),
            exited(stubborn, code=137, within=windows.refusal(stubborn)),
        )


def test_fewer_failures_than_the_threshold_restart_nothing(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app, control = cluster.run(
        deployment("app", liveness=http(failures=3)),
        deployment("control", liveness=http(failures=4)),
    )

    with chaos.inject(FailingHealth((app, control), times=3)):
        chaos.expect(
            restarted(app, within=windows.refusal(app)),
            never_restarted(control, through=seconds(8)),
        )


def test_a_dead_node_gives_back_only_what_a_controller_owns(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    web, rs, rc, db, agent, loner = cluster.run(
        deployment("web", on="worker1"),
        replica_set("rs", prefer="worker1"),
        replication_controller("rc", prefer="worker1"),
        stateful_set("db", prefer="worker1"),
        daemon_set("agent"),
        bare_pod("loner", on="worker1"),
    )
    assert {app.node for app in (web, rs, rc, db, loner)} == {"worker1"}
    assert len(agent.stands) == 2

    soon = within(seconds(16))
    with chaos.inject(NodeDeath("worker1")):
        chaos.expect(
            *(replaced(app, away_from="worker1", within=soon) for app in (web, rs, rc)),
            *(never_replaced(app, through=seconds(20)) for app in (db, agent, loner)),
            *(never_restarted(app, through=seconds(20)) for app in (db, agent, loner)),
        )

    chaos.expect_after_heal(
        becomes_ready("worker1", within=soon),
        gone(db, within=soon),
        gone(loner, within=soon),
        never_replaced(agent, through=seconds(8)),
    )
    with pytest.raises(LawBroken):
        chaos.expect_after_heal(never_replaced(db, through=seconds(8)))


def test_a_node_that_returns_before_eviction_restarts_its_pods_in_place(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    loner = cluster.run(bare_pod("loner", on="worker1"))

    with chaos.inject(NodeDeath("worker1")):
        chaos.expect(goes_unready("worker1", within=within(seconds(20))))

    chaos.expect_after_heal(
        restarted(loner, within=within(seconds(8))),
        exited(loner, code=255, within=within(seconds(8)), reasons=("Unknown",)),
        never_replaced(loner, through=seconds(8)),
    )


@pytest.mark.parametrize("status", [200, 301, 399])
def test_a_status_that_a_probe_takes_for_success_is_no_failing_health(
    cluster: FakeCluster, chaos: Chaos, status: int
) -> None:
    app = cluster.run(deployment("app", liveness=PROBE))
    said = f"a probe takes {status} for success: 400 or more"

    with pytest.raises(ChaosError, match=said), chaos.inject(FailingHealth(app, status=status)):
        pass
    with chaos.inject(FailingHealth(app, status=400)):
        chaos.expect(restarted(app))
