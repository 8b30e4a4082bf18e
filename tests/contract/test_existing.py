"""A cluster that was there before us, by its context: an embedded one, as if it was theirs."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG
from picture import at_rest, picture
from project import Project, Run, named

from chaos.clock import minutes, poll, seconds
from chaos.images import own
from chaos.kube.client import Client, configuration
from chaos.kube.leases import LEASES, Leases
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.recording.ports import Refused

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("theirs")
OFTEN = seconds(0.5)  # a picture takes many requests
SCENARIOS = """
def test_crash(cluster, chaos):
    app, once = cluster.run(deployment("app"), bare_pod("once", restart_policy="Never"))
    with chaos.inject(Crash((app, once), code=3)):
        chaos.expect(
            restarted(app), exited(app, code=3), never_restarted(once, through=seconds(5))
        )


def test_death(cluster, chaos):
    app = cluster.run(deployment("app"))
    with chaos.inject(NodeDeath(app.node)):
        chaos.expect(replaced(app, away_from=app.node))


def test_stopped(cluster, chaos):
    app = cluster.run(deployment("app"))
    with chaos.inject(Stopped(app)):
        chaos.expect(never_restarted(app, through=seconds(5)))


def test_forgotten(cluster, chaos):
    with chaos.inject(NodeForgotten("worker1")):
        pass


def test_taint(cluster, chaos):
    app = cluster.run(bare_pod("app", on="worker1"))
    with chaos.inject(Tainted("worker1", "repair=now:NoExecute")):
        chaos.expect(evicted(app), never_replaced(app, through=seconds(5)))
"""

HANGS = """
def test_hang(cluster, chaos):
    app = cluster.run(bare_pod("app", on="worker1"))
    with chaos.inject(Tainted("worker1", "repair=now:NoExecute")):
        chaos.expect(never_replaced(app, through=seconds(100)))
"""


@pytest.fixture(scope="module")
def theirs(kept: EmbeddedCluster) -> EmbeddedCluster:
    return kept


@pytest.fixture
def client(theirs: EmbeddedCluster) -> Client:
    return Client(configuration(theirs.kubeconfig, NAME))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write(SCENARIOS)
    return made


def on_context(project: Project, kubeconfig: Path, *options: str, context: str = NAME) -> Run:
    """One run on a context of a kubeconfig."""
    chosen = (f"--chaos-context={context}", f"--chaos-image={own.PATIENT}")
    return project.pytest(*chosen, *options, env={"KUBECONFIG": str(kubeconfig)})


def leases(client: Client) -> list[str]:
    found: list[dict[str, Any]] = client.get(LEASES)["items"]
    return [lease["metadata"]["name"] for lease in found]


ALLOWED = f"--chaos-allow-context={NAME}"


def test_what_it_can_do_is_done_and_what_it_cannot_is_skipped(
    theirs: EmbeddedCluster, client: Client, project: Project
) -> None:
    before = at_rest(theirs, within=LONG)

    run = on_context(project, theirs.kubeconfig, ALLOWED)

    assert run.status() == 0, run.words
    assert "2 passed, 3 skipped" in run.words
    for act, fault in (
        ("power machines off and on", "NodeDeath(node='worker"),
        ("reach into containers from their nodes", "Stopped(apps=app)"),
        ("stop the programs of nodes", "NodeForgotten(node='worker1')"),
    ):
        assert f"context {NAME}: nobody here can {act}, which {fault}" in run.words
    assert "needs; --chaos-cluster=embedded can" in run.words
    assert project.record("test_crash").outcome == "kept"
    assert project.record("test_death").outcome == "skipped"
    assert project.record("test_stopped").outcome == "skipped"
    assert project.record("test_forgotten").outcome == "skipped"
    assert leases(client) == []
    assert poll(lambda: picture(theirs) == before, within=LONG, every=OFTEN), run.words


def test_a_context_that_nobody_allowed_is_not_touched(
    theirs: EmbeddedCluster, project: Project
) -> None:
    before = at_rest(theirs, within=LONG)

    run = on_context(project, theirs.kubeconfig)

    assert run.status() == 10, run.words
    assert f"if you mean it, add {ALLOWED}" in run.words
    assert "Traceback" not in run.words
    assert picture(theirs) == before


def test_production_needs_its_whole_name(
    theirs: EmbeddedCluster, project: Project, tmp_path: Path
) -> None:
    copy = tmp_path / "kubeconfig"
    copy.write_text(theirs.kubeconfig.read_text().replace(NAME, "prod"))

    run = on_context(project, copy, "--chaos-allow-context=*", context="prod")

    assert run.status() == 10, run.words
    assert "'prod' looks like production" in run.words


def test_a_context_that_is_not_there_is_named(theirs: EmbeddedCluster, project: Project) -> None:
    run = on_context(project, theirs.kubeconfig, context="nix")

    assert run.status() == 10, run.words
    assert "nix" in run.words
    assert "Traceback" not in run.words


def test_a_node_of_another_run_is_left_alone(
    theirs: EmbeddedCluster, client: Client, project: Project
) -> None:
    other = Leases(client, "another-host")
    other.take("worker1", seconds(60))
    try:
        run = on_context(project, theirs.kubeconfig, ALLOWED, "-k", "taint")

        assert run.status() == 10, run.words
        assert "worker1 is another run's (another-host, for " in run.words
        assert leases(client) == ["pytest-chaos-worker1"]
        assert not client.get("/api/v1/nodes/worker1")["spec"].get("taints")
    finally:
        other.give_back("worker1")
    assert leases(client) == []


def test_a_lease_that_is_ours_is_prolonged_and_one_that_was_replaced_is_not(
    client: Client,
) -> None:
    path, ours = f"{LEASES}/pytest-chaos-worker1", Leases(client, "this-host")
    ours.take("worker1", seconds(60))
    try:
        first = client.get(path)
        ours.take("worker1", minutes(40))
        assert client.get(path)["spec"]["leaseDurationSeconds"] >= minutes(40)
        assert client.get(path)["metadata"]["uid"] == first["metadata"]["uid"]

        ours.give_back("worker1")
        ours.take("worker1", seconds(60))
        stale = {"metadata": {"uid": first["metadata"]["uid"]}, "spec": {"leaseDurationSeconds": 1}}
        with pytest.raises(Refused):
            client.patch(path, stale)
        assert client.get(path)["spec"]["leaseDurationSeconds"] == 60
    finally:
        ours.give_back("worker1")


def test_a_dry_run_changes_nothing(theirs: EmbeddedCluster, project: Project) -> None:
    before = at_rest(theirs, within=LONG)

    run = on_context(project, theirs.kubeconfig, ALLOWED, "--chaos-dry-run=yes")

    assert run.status() == 0, run.words
    assert "5 skipped" in run.words
    assert "taint worker1 repair=now:NoExecute" in run.words
    assert "cannot inject NodeForgotten(node='worker1'): " in run.words
    assert picture(theirs) == before
    assert not (project.folder / "reports").exists()


def test_a_dry_run_says_which_right_is_missing(
    theirs: EmbeddedCluster, project: Project, tmp_path: Path
) -> None:
    """As the scheduler, who may watch pods and make no namespace."""
    weak = tmp_path / "kubeconfig"
    weak.write_text(theirs.plan.kubeconfig("kube-scheduler").read_text())

    run = on_context(project, weak, ALLOWED, "--chaos-dry-run=yes")

    assert run.status() == 10, run.words
    assert "you may not create namespaces" in run.words


def test_what_a_killed_run_left_is_healed_on_its_context(
    theirs: EmbeddedCluster, client: Client, project: Project
) -> None:
    before = at_rest(theirs, within=LONG)
    project.write(HANGS)
    run = on_context(project, theirs.kubeconfig, ALLOWED)
    project.await_entry(run, "test_hang", "injected")

    run.send(signal.SIGKILL)
    run.status()

    env = {"KUBECONFIG": str(theirs.kubeconfig)}
    words = ("heal", "--context", NAME, "--allow-context", NAME)
    assert poll(lambda: project.chaos(*words, env=env).status() == 0, within=LONG, every=OFTEN)
    assert poll(lambda: picture(theirs) == before, within=LONG, every=OFTEN)
    assert leases(client) == []
