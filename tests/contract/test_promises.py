"""One suite of promises: the fake cluster keeps what the real one keeps, or it fakes nothing."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.entry import Uid
from chaos.errors import ChaosError, NoSuchTarget
from chaos.faults import Crash, FailingHealth, Hang, Leak, NodeDeath
from chaos.laws import (
    becomes_ready,
    exited,
    gone,
    leaves_endpoints,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
    stays_hung,
)
from chaos.options import Options
from chaos.workloads import bare_pod, deployment, http

PROBE = http("/health", every=seconds(1), failures=2)
SOON = windows.within(seconds(20))
NOT_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="the embedded cluster needs root")
PROVIDERS = [
    pytest.param(("chaos.testing.rehearsal", "fake"), id="fake"),
    pytest.param(("chaos.stage", "embedded"), id="embedded", marks=(pytest.mark.cluster, NOT_ROOT)),
]


@pytest.fixture(scope="module", params=PROVIDERS)
def room(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    module, name = request.param
    stage = importlib.import_module(module)
    with stage.provided(Options(cluster=name), print) as provider:
        yield stage, provider


@pytest.fixture
def scene(room: tuple[Any, Any]) -> Iterator[Any]:
    stage, provider = room
    with stage.staged(provider, lambda _: None, lambda _: None) as scene:
        yield scene


@pytest.fixture
def cluster(scene: Any) -> Cluster:
    made: Cluster = scene.cluster
    return made


@pytest.fixture
def chaos(scene: Any) -> Chaos:
    handle: Chaos = scene.chaos
    return handle


def test_a_crash_is_mended_in_place_unless_the_pod_says_never(
    cluster: Cluster, chaos: Chaos
) -> None:
    web, once = cluster.run(deployment("web"), bare_pod("once", restart_policy="Never"))

    with chaos.inject(Crash((web, once), code=3)):
        chaos.expect(
            restarted(web, within=windows.crash(web)),
            exited(web, code=3, within=windows.crash(web)),
            never_restarted(once, through=seconds(4)),
        )


def test_a_hang_is_noticed_by_the_probe_that_looks_and_by_nothing_else(
    cluster: Cluster, chaos: Chaos
) -> None:
    live, ready, blind = cluster.run(
        deployment("live", liveness=PROBE),
        deployment("ready", readiness=PROBE, service=True),
        deployment("blind"),
    )

    with chaos.inject(Hang((live, ready, blind))):
        chaos.expect(
            restarted(live, within=windows.hang(live)),
            leaves_endpoints(ready, within=windows.unready(ready)),
            never_restarted(ready, through=seconds(7)),
            stays_hung(blind, through=seconds(7)),
        )


def test_a_leak_over_its_limit_is_killed_with_137(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", memory="48Mi"))
    filled = windows.filled(app, mib=48, mib_per_second=32)

    with chaos.inject(Leak(app, mib_per_second=32)):
        chaos.expect(
            restarted(app, within=filled),
            exited(app, code=137, reasons=("OOMKilled", "Error"), within=filled),
        )


def test_a_failing_health_check_kills_with_sigterm(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", liveness=PROBE))

    with chaos.inject(FailingHealth(app)):
        chaos.expect(
            restarted(app, within=windows.refusal(app)),
            exited(app, code=143, within=windows.refusal(app)),
        )


def test_a_dead_machine_loses_its_pods_and_comes_back(cluster: Cluster, chaos: Chaos) -> None:
    loner = cluster.run(bare_pod("loner"))
    web = cluster.run(deployment("web", prefer=loner.node))

    with chaos.inject(NodeDeath(loner.node)):
        chaos.expect(
            replaced(web, away_from=loner.node, within=windows.node_lost(web, cluster.timers)),
            never_replaced(loner, through=seconds(16)),
        )

    chaos.expect_after_heal(becomes_ready(loner.node, within=SOON), gone(loner, within=SOON))


def test_machines_go_off_and_on_twice_as_once(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(bare_pod("app"))
    machine = cluster.machine(app.node)

    with chaos.inject(NodeDeath(app.node)):
        machine.power_off()
        chaos.expect()

    machine.power_on()
    chaos.expect_after_heal(becomes_ready(app.node, within=SOON))


def test_a_machine_that_is_not_there_is_named_with_those_that_are(cluster: Cluster) -> None:
    with pytest.raises(NoSuchTarget, match=r"nope.*worker1, worker2"):
        cluster.machine("nope")


def test_a_pod_that_is_not_there_takes_no_orders_and_needs_no_soothing(cluster: Cluster) -> None:
    app = cluster.run(deployment("app"))
    stranger = replace(app.pod, name="nobody", uid=Uid("nobody"))

    with pytest.raises(NoSuchTarget, match="nobody"):
        cluster.tell(stranger, "hang")
    cluster.soothe(stranger)
    cluster.soothe(stranger)


def test_a_stopped_pod_takes_no_orders_and_needs_no_soothing(
    cluster: Cluster, chaos: Chaos
) -> None:
    once = cluster.run(bare_pod("once", restart_policy="Never"))

    with chaos.inject(Crash(once)):
        chaos.expect(never_restarted(once, through=seconds(3)))

    with pytest.raises(ChaosError, match="once"):
        cluster.tell(once.pod, "hang")
    cluster.soothe(once.pod)


def test_a_patient_that_is_soothed_answers_again(cluster: Cluster) -> None:
    app = cluster.run(deployment("app", readiness=PROBE))  # without one, Ready is not listening

    cluster.tell(app.pod, "hang")
    (hung,) = cluster.ask(app.pod)
    cluster.soothe(app.pod)
    cluster.soothe(app.pod)
    (well,) = cluster.ask(app.pod)

    assert (hung.status, hung.report is not None and hung.report["hung"]) == (None, True)
    assert (well.status, well.report is not None and well.report["hung"]) == (200, False)
