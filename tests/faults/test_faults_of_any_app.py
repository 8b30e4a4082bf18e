"""Faults that need nothing from the app, on the fake cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Ruling, seconds
from chaos.errors import ChaosError, NoSuchTarget, NotInjected
from chaos.faults import Crash, Hang, Killed, Leak, MemoryFull, Starved, Stopped
from chaos.laws import exited, never_restarted, restarted, stays_stopped
from chaos.running.ledger import Ledger, heal, read
from chaos.testing import FakeCluster, app_of, pod
from chaos.workloads import bare_pod, deployment, http

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

WEB = app_of(pod("web-1"), ports=(("", 8080),), memory=64.0)
PROBE = http("/", every=seconds(1), failures=2)
ALL = [
    Stopped(WEB),
    Killed(WEB),
    Killed(WEB, signal=15),
    MemoryFull(WEB, mib_per_second=8),
    Starved(WEB),
]


def words(fault: Fault) -> str:
    return str(fault).partition("(")[0]


each = pytest.mark.parametrize("fault", ALL, ids=words)


@each
def test_it_shows_its_symptom_and_is_healed_twice_and_without_an_injection(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB, memory_limit=64)
    heal(fault, cluster)

    with chaos.inject(fault):
        pass
    heal(fault, cluster)

    assert chaos.judgements[0].has(Ruling.HOLDS)


@each
def test_it_shows_no_symptom_when_nothing_was_done(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(WEB, memory_limit=64)
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(fault):
        pass


@each
def test_it_needs_no_healing_where_its_target_is_gone(cluster: FakeCluster, fault: Fault) -> None:
    heal(fault, cluster)
    heal(fault, FakeCluster(cluster.journal, cluster.clock, nodes=()))


@each
def test_it_is_read_back_from_its_ledger(tmp_path: Path, fault: Fault) -> None:
    assert read(Ledger(tmp_path).arm(fault, 1)) == fault


@each
def test_it_cannot_be_done_to_what_is_not_there(cluster: FakeCluster, fault: Fault) -> None:
    with pytest.raises(NoSuchTarget, match=r"web-1 does not run its container 'app'.*none run"):
        fault.inject(cluster)


def test_a_stopped_app_is_killed_by_its_probe_with_137_or_stays_stopped(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    watched, blind = cluster.run(deployment("watched", liveness=PROBE), deployment("blind"))

    with chaos.inject(Stopped((watched, blind))):
        chaos.expect(
            restarted(watched),
            exited(watched, code=137),
            never_restarted(blind, through=seconds(12)),
            stays_stopped(blind, through=seconds(12)),
        )

    assert cluster.ask(blind.pod)[0].status == 200


def test_the_healed_one_of_two_faults_leaves_the_other_as_it_is(cluster: FakeCluster) -> None:
    app = cluster.run(deployment("app", memory="512Mi"))
    stopped, full, hung = Stopped(app), MemoryFull(app, mib_per_second=1), Hang(app)
    for fault in (hung, stopped, full):
        fault.inject(cluster)

    def found() -> tuple[str, bool]:
        (look,) = cluster.inspect(app.pod)
        return look.containers[0].main, look.containers[0].memory_mib > 12

    assert found() == ("stopped", True)
    full.heal(cluster)
    assert found() == ("stopped", False)
    stopped.heal(cluster)
    assert found() == ("running", False)
    assert cluster.ask(app.pod)[0].report is not None
    assert cluster.ask(app.pod)[0].status is None  # it was told to hang, and is not soothed


@pytest.mark.parametrize(
    ("fault", "then"),
    [(Stopped, "running"), (lambda app: MemoryFull(app, 48), "running"), (Starved, "running")],
    ids=["Stopped", "MemoryFull", "Starved"],
)
def test_the_next_container_is_as_it_should_be_and_healing_leaves_it_so(
    cluster: FakeCluster, fault: Callable[..., Fault], then: str
) -> None:
    app = cluster.run(deployment("app", memory="64Mi"))
    fault(app).inject(cluster)
    Killed(app).inject(cluster)
    cluster.clock.wait(cluster.journal.news, until=seconds(3), unless=lambda: False)
    (before,) = cluster.inspect(app.pod)

    heal(fault(app), cluster)

    (after,) = cluster.inspect(app.pod)
    assert before.containers == after.containers
    assert (after.containers[0].main, after.containers[0].cpus) == (then, None)
    assert after.containers[0].memory_mib == 12


def test_what_fills_an_app_goes_when_its_term_is_over(cluster: FakeCluster) -> None:
    app = cluster.run(deployment("app", memory="64Mi"))
    container = cluster.machine(app.node).container(app.pod, "app")

    container.fill(mib_per_second=1, up_to_mib=20, term=seconds(30))
    cluster.clock.wait(cluster.journal.news, until=seconds(29), unless=lambda: False)
    (full,) = cluster.inspect(app.pod)
    cluster.clock.wait(cluster.journal.news, until=seconds(31), unless=lambda: False)
    (over,) = cluster.inspect(app.pod)

    assert (full.containers[0].memory_mib, over.containers[0].memory_mib) == (32, 12)


def test_a_node_is_not_filled_instead_of_a_container(cluster: FakeCluster) -> None:
    app = cluster.run(deployment("app"))

    with pytest.raises(ChaosError, match="app has no memory limit"):
        MemoryFull(app, mib_per_second=1).inject(cluster)


def test_who_has_no_handler_ignores_a_signal(cluster: FakeCluster, chaos: Chaos) -> None:
    app = cluster.run(
        bare_pod("app", orders=({"do": "on_sigterm", "how": "ignore"},), restart_policy="Never")
    )

    with pytest.raises(NotInjected), chaos.inject(Killed(app, signal=15)):
        pass


def test_they_look_to_windows_as_those_that_a_patient_is_told() -> None:
    for any_app, patient in (
        (Stopped(WEB), Hang(WEB)),
        (Killed(WEB), Crash(WEB)),
        (MemoryFull(WEB, mib_per_second=3), Leak(WEB, mib_per_second=3)),
    ):
        assert replace(patient.effect, up_to_mib=None, main=False) == any_app.effect
