from __future__ import annotations

import subprocess
import sys

import pytest
from fakes import chaos, clock, cluster

from chaos import seconds
from chaos.errors import CannotRehearse, ChaosError, NoSuchTarget
from chaos.history.facts import Node, Observed
from chaos.testing import FakeCluster, app_of, node, pod
from chaos.workloads import bare_pod, daemon_set, deployment

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

WEB = app_of(pod("web-1"))


@pytest.mark.subprocess
def test_it_is_importable_without_pytest_and_kubernetes() -> None:
    code = "import sys, chaos.testing; print({'pytest', 'kubernetes', 'pykube'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "set()\n"


def test_nodes_are_ready_from_the_start(cluster: FakeCluster) -> None:
    assert cluster.journal.standing().node("worker2") == node("worker2")


def test_what_runs_is_remembered_and_seen(cluster: FakeCluster) -> None:
    web, agent = cluster.run(
        deployment("web", replicas=3, service=True), daemon_set("agent", on="worker2")
    )

    assert cluster.ran == (web, agent)
    assert [stand.node for stand in web.stands] == ["worker1", "worker2", "worker1"]
    assert [stand.node for stand in agent.stands] == ["worker2"]
    assert len(cluster.journal.standing().pods("web")) == 3
    assert len(cluster.journal.standing().endpoints("web")["web-1"]) == 3


def test_a_bare_pod_has_the_name_it_was_given(cluster: FakeCluster) -> None:
    assert cluster.run(bare_pod("loner", on="worker2")).pod.name == "loner"


def test_an_unknown_order_is_refused(cluster: FakeCluster) -> None:
    cluster.run(WEB)

    with pytest.raises(ChaosError, match="no order 'dance'"):
        cluster.tell(WEB.pod, "dance")


def test_who_does_not_run_takes_no_order_and_gives_no_answer(cluster: FakeCluster) -> None:
    cluster.run(WEB)
    cluster.tell(WEB.pod, "crash")

    (answer,) = cluster.ask(WEB.pod)

    assert (answer.status, answer.report) == (None, None)
    with pytest.raises(NoSuchTarget, match="does not run"):
        cluster.tell(WEB.pod, "hang")
    cluster.soothe(WEB.pod)


def test_a_leak_grows_with_time_and_is_soothed(cluster: FakeCluster) -> None:
    cluster.run(WEB)
    cluster.tell(WEB.pod, "leak", mib_per_second=2, up_to_mib=9)
    sizes = []
    for _ in range(3):
        (answer,) = cluster.ask(WEB.pod)
        sizes.append(answer.report and answer.report["held_mib"])
        cluster.clock.wait(
            cluster.journal.news, until=seconds(cluster.clock.now() + 3), unless=lambda: False
        )
    cluster.soothe(WEB.pod)

    (well,) = cluster.ask(WEB.pod)

    assert sizes == [1, 7, 9]
    assert well.report is not None
    assert (well.report["leaking"], well.report["held_mib"]) == (False, 0)


def test_a_machine_is_off_or_on_and_twice_is_once(cluster: FakeCluster) -> None:
    machine = cluster.machine("worker1")

    machine.power_on()
    machine.power_off()
    machine.power_off()
    cluster.clock.wait(cluster.journal.news, until=seconds(20), unless=lambda: False)
    machine.power_on()
    machine.power_on()
    cluster.clock.wait(cluster.journal.news, until=seconds(40), unless=lambda: False)

    seen = [
        (entry.at, entry.thing.ready)
        for entry in cluster.journal.index.entries[2:]
        if isinstance(entry, Observed) and isinstance(entry.thing, Node)
    ]
    assert seen == [(seconds(8), "Unknown"), (seconds(22), "True")]


def test_only_one_container_of_a_pod_can_fall_ill_and_it_says_so(cluster: FakeCluster) -> None:
    pair = cluster.run(deployment("pair", beside={}))
    machine = cluster.machine(pair.node)

    machine.container(pair.pod, "app").stop()
    with pytest.raises(CannotRehearse, match="only its container app can fall ill, not beside"):
        machine.container(pair.pod, "beside")
    with pytest.raises(NoSuchTarget, match="does not run its container 'nope'"):
        machine.container(pair.pod, "nope")
