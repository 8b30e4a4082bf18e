"""When what was applied counts as running, by its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from chaos.clock import ManualClock, seconds
from chaos.errors import NotSteady
from chaos.history.facts import Event, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.client import Client
from chaos.kube.running import Running
from chaos.testing import container
from chaos.values import Json
from chaos.workloads import Spec, cron_job, deployment, http, job, pod_of, static_pod
from chaos.workloads.admitted import Uid, Workload
from chaos.workloads.first_start import FirstStart
from chaos.workloads.handlers import HttpGet

PATIENCE = seconds(30)


class Api:
    """Admits every pod as it stands in its manifest."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.asked: list[str] = []

    def get(self, path: str) -> Json:
        self.asked.append(path)
        return {"spec": pod_of(self.spec.manifest)}


class Scene:
    """One workload that was applied, and what is seen of it."""

    def __init__(self, spec: Spec, uid: str = "w") -> None:
        self.clock, self.api = ManualClock(), Api(spec)
        self.journal = Journal(self.clock)
        client = cast(Client, self.api)
        self.running = Running(spec, Uid(uid), "ns", client, self.journal)

    def sees(self, *things: Pod | Event, at: float) -> None:
        def write() -> None:
            for thing in things:
                self.journal.write(Observed(self.clock.now(), thing))

        self.clock.at(seconds(at), write)

    def wait(self) -> Workload:
        return self.running.wait(until=PATIENCE)


def pod(name: str, *, ready: bool = True, **more: Any) -> Pod:
    return Pod(f"u-{name}", name, "app", "worker1", ready=ready, namespace="ns", **more)  # type: ignore[arg-type]


def ended(name: str, phase: str) -> Pod:
    return pod(name, ready=False, phase=phase)


def names(app: Workload) -> list[str]:
    return [stand.name for stand in app.stands]


def test_a_cron_job_runs_when_its_object_is_there() -> None:
    scene = Scene(cron_job("app", liveness=http("/", defaults=True)))
    app = scene.wait()
    assert app.kind == "CronJob"
    assert app.stands == ()
    assert scene.clock.now() == 0.0
    assert app.liveness is not None
    assert (app.liveness.asks, app.restart_policy) == (HttpGet("/", 8080), "Never")
    assert not scene.api.asked


def test_a_cron_jobs_first_pod_belongs_to_the_scenario_not_to_the_start() -> None:
    scene = Scene(cron_job("app"))
    scene.sees(pod("app-1"), at=0)
    assert scene.wait().stands == ()


def test_a_job_runs_when_as_many_pods_as_it_may_have_at_once_are_well() -> None:
    scene = Scene(job("app", completions=3, parallelism=2))
    scene.sees(pod("a"), at=1)
    scene.sees(pod("b"), at=2)
    assert (names(scene.wait()), scene.clock.now()) == (["a", "b"], 2.0)


def test_a_job_that_is_quicker_than_we_look_has_run() -> None:
    scene = Scene(job("app", completions=3))
    scene.sees(ended("a", "Succeeded"), ended("b", "Succeeded"), ended("c", "Pending"), at=1)
    assert names(scene.wait()) == ["a", "b"]


def test_a_pod_that_failed_is_no_start_of_a_job_and_its_next_one_is() -> None:
    scene = Scene(job("app"))
    scene.sees(ended("a", "Failed"), at=1)
    scene.sees(pod("b"), at=12)
    assert (names(scene.wait()), scene.clock.now()) == (["b"], 12.0)


def test_a_job_whose_pods_all_fail_did_not_become_ready() -> None:
    scene = Scene(job("app"))
    scene.sees(ended("a", "Failed"), at=1)
    with pytest.raises(NotSteady, match="Job/app did not become ready:\n  a: Failed, not ready"):
        scene.wait()


def test_a_failed_pod_that_no_controller_makes_anew_is_not_overlooked() -> None:
    scene = Scene(deployment("app"))
    scene.sees(ended("a", "Failed"), pod("b"), at=1)
    with pytest.raises(NotSteady):
        scene.wait()


def test_a_pod_that_its_controller_has_given_up_is_not_waited_for() -> None:
    """A kubelet that has just started has refused it: the ReplicaSet has made another."""
    scene = Scene(deployment("app"))
    scene.sees(pod("app-1", ready=False, phase="Failed", owner="ReplicaSet"), at=0)
    scene.sees(pod("app-2", owner="ReplicaSet"), at=1)

    assert names(scene.wait()) == ["app-2"]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"completions": None, "parallelism": 3}, 3),
        ({"completions": 1, "parallelism": 3}, 1),
        ({"suspend": True}, 0),
    ],
)
def test_how_many_pods_a_job_has_at_first(change: Json, wanted: int) -> None:
    manifest = job("app").manifest
    manifest["spec"] |= change
    scene = Scene(Spec("app", "Job", manifest))
    scene.sees(*(pod(name) for name in "abcd"[:wanted]), at=1)
    assert len(scene.wait().stands) == wanted


def test_a_static_pod_is_known_by_its_mirror() -> None:
    scene = Scene(static_pod("app", on="worker1"), uid="")
    scene.sees(pod("app-worker1", owner="Node"), at=3)
    app = scene.wait()
    assert (app.kind, app.uid, names(app)) == ("StaticPod", "u-app-worker1", ["app-worker1"])
    assert (app.node, scene.api.asked) == ("worker1", ["/api/v1/namespaces/ns/pods/app-worker1"])


def test_how_long_its_pods_took_to_come_up_is_kept_with_it() -> None:
    scene = Scene(deployment("app", replicas=2))
    for name, node, runs, ready in (("a", 1, 4, 6), ("b", 2, 3, 9)):
        makes = pod(name, ready=False, containers=(container("app", state="waiting"),))
        scene.sees(makes, at=node)
        scene.sees(replace(makes, initialized=True), at=node + 0.5)
        there = replace(makes, initialized=True, containers=(container("app"),))
        scene.sees(there, at=runs)
        scene.sees(replace(there, ready=True), at=ready)
    assert scene.wait().first == FirstStart(seconds(0.5), seconds(2.5), seconds(6))


def pulls(scene: Scene, of: str) -> None:
    """The pod comes up in 9 seconds, for 6 of which its kubelet says that it pulls an image."""
    makes = pod("a", initialized=True, ready=False, containers=(container("app", state="waiting"),))
    said = Event(Uid("e"), Uid(of), "Pulling", container="app")
    scene.sees(makes, at=1)
    scene.sees(said, at=2)
    scene.sees(replace(said, reason="Pulled"), at=8)
    scene.sees(replace(makes, ready=True, containers=(container("app"),)), at=10)


@pytest.mark.parametrize(
    ("of", "policy", "pull"),
    [
        pytest.param("u-a", "IfNotPresent", 6, id="it-is"),
        pytest.param("u-b", "IfNotPresent", 0, id="of-another-pod"),
        pytest.param("u-a", "Always", 0, id="and-so-may-the-next-start"),
        pytest.param("u-a", "Never", 6, id="nobody-pulls-it-again"),
    ],
)
def test_what_pulling_its_image_took_is_kept_apart(of: str, policy: str, pull: float) -> None:
    scene = Scene(deployment("app"))
    pod_of(scene.running.spec.manifest)["containers"][0]["imagePullPolicy"] = policy
    pulls(scene, of)

    first = scene.wait().first

    assert first is not None
    assert (first.start, first.pull) == (seconds(9), seconds(pull))


def test_of_what_has_no_pods_nobody_knows_how_long_they_take() -> None:
    assert Scene(cron_job("app")).wait().first is None
