"""Promises about wires: the fake cluster keeps what toxiproxy in a pod keeps."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest
from deadlines import LONG
from providers import EMBEDDED
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds
from chaos.clock import poll
from chaos.errors import NoSuchTarget
from chaos.faults import (
    Bandwidth,
    Blackhole,
    Down,
    FailingProbe,
    Latency,
    LimitData,
    Reset,
    Slicer,
    SlowClose,
)
from chaos.history.looked import Sounded, Sounding
from chaos.laws import exited, leaves_endpoints, never_restarted, rejoins_endpoints
from chaos.providers.embedded.machine import EmbeddedMachine
from chaos.running.ledger import heal
from chaos.workloads import deployment, exec_, http
from chaos.workloads.admitted import Workload
from chaos.workloads.wires import SIDECAR

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's


def front(cluster: Cluster) -> Workload:
    """An app that has a wire to another."""
    cluster.run(deployment("backend", service=True))
    return cluster.run(deployment("front", through={"backend": "backend:8080"}))


def sounded(cluster: Cluster, app: Workload, wire: str = "backend") -> Sounded:
    (heard,) = cluster.sound(Sounding(app.pod, wire, "http", seconds(3)))
    return heard


def test_a_wire_that_nothing_ails_carries_an_answer(cluster: Cluster) -> None:
    heard = sounded(cluster, front(cluster))

    assert (heard.toxics, heard.end) == ((), "closed")
    assert heard.count > 0
    assert heard.first is not None
    assert heard.first < 0.5


def test_each_toxic_is_seen_and_then_no_more(cluster: Cluster, chaos: Chaos) -> None:
    app = front(cluster)

    for fault in (
        Latency(app, to="backend", delay=seconds(0.6), jitter=0.1),
        Bandwidth(app, to="backend", kilobytes=10),
        Blackhole(app, to="backend"),
        Blackhole(app, to="backend", timeout=0.5),
        Reset(app, to="backend"),
        Slicer(app, to="backend", size=8, apart=0.002),
        LimitData(app, to="backend", count=20),
        SlowClose(app, to="backend", delay=seconds(0.5)),
        Down(app, to="backend"),
    ):
        with chaos.inject(fault):
            pass  # its symptom is asked for at the block's end
        heard = sounded(cluster, app)
        assert (heard.toxics, heard.end, heard.count > 20) == ((), "closed", True), fault


def test_two_toxics_of_a_wire_are_healed_in_any_order_and_by_whoever_knows_them(
    cluster: Cluster,
) -> None:
    app = front(cluster)
    late, down = Latency(app, to="backend", delay=seconds(0.3)), Down(app, to="backend")
    late.inject(cluster)
    down.inject(cluster)
    assert sounded(cluster, app).end == "refused"

    heal(late, cluster)
    heal(late, cluster)
    assert sounded(cluster, app).toxics == ("down",)
    heal(down, cluster)
    heal(down, cluster)

    assert sounded(cluster, app).toxics == ()


def test_a_wire_that_is_not_there_is_no_target_and_needs_no_healing(cluster: Cluster) -> None:
    app, bare = front(cluster), cluster.run(deployment("bare"))

    for fault in (Down(app, to="elsewhere"), Down(bare, to="backend")):
        with pytest.raises(NoSuchTarget, match="has no wire"):
            fault.inject(cluster)
        heal(fault, cluster)


def test_a_probe_fails_on_its_way_and_is_well_again(cluster: Cluster, chaos: Chaos) -> None:
    web, spared = cluster.run(
        deployment(
            "web",
            liveness=http(failures=30),
            readiness=http("/"),
            service=True,
            probes_through_proxy=True,
        ),
        deployment("spared", liveness=http(), probes_through_proxy=True),
    )

    with chaos.inject(FailingProbe("readiness", web, how="refused")):
        chaos.expect(leaves_endpoints(web), never_restarted(spared, through=seconds(3)))
    chaos.expect_after_heal(rejoins_endpoints(web))
    with chaos.inject(FailingProbe("liveness", (web, spared), how="cut")):
        chaos.expect(exited(spared, code=143), never_restarted(web, through=seconds(3)))


def test_a_probe_that_is_a_command_fails_and_is_well_again(cluster: Cluster, chaos: Chaos) -> None:
    web, other = cluster.run(
        deployment("web", readiness=exec_("sleep", "0", failures=2), service=True),
        deployment("other", liveness=exec_("cat", "/dev/null", failures=2)),
    )

    with chaos.inject(FailingProbe("readiness", web, how="refused")):
        chaos.expect(leaves_endpoints(web), never_restarted(web, through=seconds(5)))
    chaos.expect_after_heal(rejoins_endpoints(web))
    with chaos.inject(FailingProbe("liveness", other, how="refused")):
        chaos.expect(exited(other, code=143))


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
def test_where_pods_are_not_reached_the_api_server_is_the_way(
    room: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, provider = room
    monkeypatch.setattr(type(provider.site.provided), "reachable", False)

    with wiring.staged(provider, lambda _: None, lambda _: None) as scene:
        app = front(scene.cluster)
        for fault in (
            Latency(app, to="backend", delay=seconds(0.6)),
            Blackhole(app, to="backend"),
            Reset(app, to="backend"),
            LimitData(app, to="backend", count=20),
            Down(app, to="backend"),
        ):
            with scene.chaos.inject(fault):
                pass
            assert sounded(scene.cluster, app).toxics == (), fault


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
def test_a_sidecar_that_is_killed_has_its_wires_again_and_no_toxics(
    room: tuple[Any, Any], cluster: Cluster
) -> None:
    app = front(cluster)
    Blackhole(app, to="backend").inject(cluster)
    path = f"/api/v1/namespaces/{app.pod.namespace}/pods/{app.pod.name}"
    status = room[1].client.get(path)["status"]["initContainerStatuses"]
    (name,) = (one["containerID"] for one in status if one["name"] == SIDECAR)
    machine = cluster.machine(app.node)
    assert isinstance(machine, EmbeddedMachine)

    (pid, *_) = machine.container_pids(app.pod.uid, name)
    os.kill(pid, signal.SIGKILL)

    well = poll(lambda: sounded(cluster, app).end == "closed", within=LONG, every=seconds(0.2))
    assert well, json.dumps(status)
    assert sounded(cluster, app).toxics == ()
    heal(Blackhole(app, to="backend"), cluster)
    (running,) = cluster.inspect(app.pod)
    assert len(running.running) == 1  # the app's: the sidecar is none of its containers


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
def test_a_node_that_comes_later_has_the_sidecar_s_image(cluster: Cluster) -> None:
    front(cluster)
    cluster.add_node("worker3")
    try:
        late = cluster.run(deployment("late", on="worker3", through={"backend": "backend:8080"}))

        assert sounded(cluster, late).end == "closed"
    finally:
        cluster.remove_node("worker3")
