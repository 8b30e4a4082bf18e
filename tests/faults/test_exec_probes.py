"""A probe that is a command, made to fail from the node, on the fake cluster."""

from __future__ import annotations

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, seconds
from chaos.errors import CannotHere, NotInjected
from chaos.faults import FailingProbe, Killed
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_restarted,
    rejoins_endpoints,
    restarted,
)
from chaos.running.ledger import heal
from chaos.testing import FakeCluster
from chaos.workloads import deployment, exec_, http

FIXTURES = (chaos, clock, cluster)  # of this module alone

CHECK = exec_("/bin/check", "--now", every=seconds(1), failures=2)


def test_its_program_fails_and_the_app_is_restarted(cluster: FakeCluster, chaos: Chaos) -> None:
    app, other = cluster.run(
        deployment("app", liveness=CHECK), deployment("other", liveness=exec_("/bin/other"))
    )

    with chaos.inject(FailingProbe("liveness", app, how="refused")):
        chaos.expect(exited(app, code=None), never_restarted(other, through=seconds(8)))


def test_healed_it_gets_traffic_again_and_healing_twice_is_once(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app = cluster.run(deployment("app", readiness=CHECK, service=True))
    fault = FailingProbe("readiness", app, how="refused")
    heal(fault, cluster)

    with chaos.inject(fault):
        chaos.expect(leaves_endpoints(app), never_restarted(app, through=seconds(6)))
    heal(fault, cluster)

    chaos.expect_after_heal(rejoins_endpoints(app))


def test_the_next_container_has_its_program(cluster: FakeCluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", liveness=CHECK))
    twin = cluster.run(deployment("twin", liveness=http("/health")))

    with chaos.inject(FailingProbe("liveness", app, how="refused")):
        chaos.expect(restarted(app))
    with chaos.inject(Killed(twin)):
        chaos.expect(restarted(twin))


def test_a_program_that_was_not_replaced_is_no_fault(cluster: FakeCluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", liveness=CHECK))
    cluster.deaf = True

    with (
        pytest.raises(NotInjected),
        chaos.inject(FailingProbe("liveness", app, how="refused")),
    ):
        pass


def test_it_can_fail_and_not_be_silent(cluster: FakeCluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", liveness=CHECK))

    with (
        pytest.raises(CannotHere, match="is a command"),
        chaos.inject(FailingProbe("liveness", app)),
    ):
        pass


def test_apps_that_run_different_programs_are_asked_for_one_by_one(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    apps = cluster.run(
        deployment("app", liveness=CHECK), deployment("other", liveness=exec_("/bin/other"))
    )

    with (
        pytest.raises(CannotHere, match="runs the same program"),
        chaos.inject(FailingProbe("liveness", apps, how="refused")),
    ):
        pass


def test_readiness_alone_cannot_fail_by_the_program_that_liveness_runs_too(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app = cluster.run(deployment("app", liveness=CHECK, readiness=CHECK, service=True))

    with (
        pytest.raises(CannotHere, match="liveness probe runs the same program"),
        chaos.inject(FailingProbe("readiness", app, how="refused")),
    ):
        pass
    with chaos.inject(FailingProbe("liveness", app, how="refused")):
        chaos.expect(exited(app, code=None))
