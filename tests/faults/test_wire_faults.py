"""The faults on wires, and of probes that go over one, on the fake cluster."""

from __future__ import annotations

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos, Fault, Ruling, seconds
from chaos.errors import CannotHere, NoSuchTarget, NotInjected
from chaos.faults import (
    Bandwidth,
    Blackhole,
    Down,
    FailingProbe,
    Latency,
    LimitData,
    NodeDeath,
    Reset,
    Slicer,
    SlowClose,
)
from chaos.history.looked import Sounding
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_restarted,
    rejoins_endpoints,
)
from chaos.running.ledger import heal
from chaos.testing import FakeCluster
from chaos.testing.specs import workload_of
from chaos.workloads import deployment, exec_, http, tcp
from chaos.workloads.admitted import Workload

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

SPEC = deployment(
    "web", through={"db": "db:5432"}, liveness=http(), readiness=http(), probes_through_proxy=True
)
WEB = workload_of(SPEC, ["worker1"])
ALL: list[Fault] = [
    Latency(WEB, to="db", delay=seconds(2), jitter=0.2),
    Bandwidth(WEB, to="db", kilobytes=10),
    Blackhole(WEB, to="db"),
    Blackhole(WEB, to="db", timeout=1),
    Reset(WEB, to="db"),
    Reset(WEB, to="db", after=0.5),
    Slicer(WEB, to="db", size=4),
    LimitData(WEB, to="db", count=10),
    SlowClose(WEB, to="db", delay=seconds(1)),
    Down(WEB, to="db"),
    FailingProbe("liveness", WEB),
    FailingProbe("liveness", WEB, how="slow"),
    FailingProbe("liveness", WEB, how="cut"),
    FailingProbe("readiness", WEB, how="reset"),
    FailingProbe("readiness", WEB, how="refused"),
]
each = pytest.mark.parametrize("fault", ALL, ids=str)


def ailing(cluster: FakeCluster, app: Workload = WEB) -> set[str]:
    names = cluster.kubelet.pods[app.pod.uid].wires
    asked = [Sounding(app.pod, wire, "", seconds(2)) for wire in names]
    return {toxic for heard in cluster.sound(*asked) for toxic in heard.toxics}


@each
def test_a_fault_shows_its_symptom_and_nothing_is_left_of_it(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(SPEC)

    with chaos.inject(fault):
        assert ailing(cluster)

    assert chaos.judgements[0].has(Ruling.HOLDS)
    assert not ailing(cluster)


@each
def test_a_fault_that_does_nothing_shows_no_symptom(
    cluster: FakeCluster, chaos: Chaos, fault: Fault
) -> None:
    cluster.run(SPEC)
    cluster.deaf = True

    with pytest.raises(NotInjected), chaos.inject(fault):
        pass


@each
def test_who_never_injected_it_can_heal_it_and_twice_is_once(
    cluster: FakeCluster, fault: Fault
) -> None:
    heal(fault, cluster)  # its pod is not there yet, or no more
    cluster.run(SPEC)
    heal(fault, cluster)
    fault.inject(cluster)

    heal(fault, cluster)
    heal(fault, cluster)

    assert not ailing(cluster)


def test_faults_on_one_wire_are_healed_in_any_order(cluster: FakeCluster) -> None:
    cluster.run(SPEC)
    late, down = Latency(WEB, to="db", delay=seconds(1)), Down(WEB, to="db")
    late.inject(cluster)
    down.inject(cluster)

    late.heal(cluster)
    assert ailing(cluster) == {"down"}
    down.heal(cluster)
    assert not ailing(cluster)


def test_a_wire_that_is_not_there_is_no_target(cluster: FakeCluster, chaos: Chaos) -> None:
    cluster.run(SPEC)

    with pytest.raises(NoSuchTarget, match="no wire 'cache'; there are: db, liveness, readiness"):
        chaos.inject(Down(WEB, to="cache")).__enter__()


def test_a_probe_that_hears_nothing_restarts_an_app_that_is_well(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app, twin = cluster.run(
        deployment("app", liveness=http(failures=2), probes_through_proxy=True),
        deployment("twin", liveness=http(failures=2), probes_through_proxy=True),
    )

    with chaos.inject(FailingProbe("liveness", app)):
        chaos.expect(exited(app, code=143), never_restarted(twin, through=seconds(10)))


def test_healed_before_its_threshold_it_restarts_nothing(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app, twin = cluster.run(
        deployment("app", liveness=http(failures=20), probes_through_proxy=True),
        deployment("twin", liveness=http(failures=2), probes_through_proxy=True),
    )

    with chaos.inject(FailingProbe("liveness", (app, twin))):
        chaos.expect(exited(twin, code=143))
    chaos.expect_after_heal(never_restarted(app, through=seconds(25)))


def test_a_readiness_probe_that_fails_takes_the_traffic_and_its_healing_gives_it_back(
    cluster: FakeCluster, chaos: Chaos
) -> None:
    app = cluster.run(deployment("app", readiness=http(), service=True, probes_through_proxy=True))

    with chaos.inject(FailingProbe("readiness", app, how="refused")):
        chaos.expect(leaves_endpoints(app), never_restarted(app, through=seconds(5)))
    chaos.expect_after_heal(rejoins_endpoints(app))


@pytest.mark.parametrize("probe", [exec_("true"), tcp()])
def test_a_probe_that_cannot_fail_so_is_said_to_be_out_of_reach(
    cluster: FakeCluster, probe: dict[str, object]
) -> None:
    app = cluster.run(deployment("app", liveness=probe, probes_through_proxy=True))

    with pytest.raises(CannotHere, match=r"no proxy is between|only connects"):
        FailingProbe("liveness", app).inject(cluster)


def test_a_machine_that_loses_its_power_loses_its_toxics(cluster: FakeCluster) -> None:
    cluster.run(SPEC)
    Down(WEB, to="db").inject(cluster)

    NodeDeath("worker1").inject(cluster)

    assert not ailing(cluster)
