"""Pods as other people write them, each made from a public bug report: the right value, twice.

Once on the fake cluster, once on the embedded one. The manifests are in `tests/cases`.
"""

from __future__ import annotations

from pathlib import Path

from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Crash, Hang, NodeDeath
from chaos.laws import exited, never_restarted, replaced, restarted
from chaos.workloads import deployment, manifest
from chaos.workloads.admitted import Workload

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's
CASES = Path(__file__).parents[1] / "cases"


def run(cluster: Cluster, case: str) -> Workload:
    return cluster.run(manifest(CASES / f"{case}.yaml"))


def test_a_native_sidecar_that_ends_is_restarted(cluster: Cluster, chaos: Chaos) -> None:
    """An init container that stays (openshift/console pull request 17171)."""
    app = run(cluster, "native-sidecar-restarts")
    assert [spec.name for spec in app.containers] == ["app", "proxy"]

    with chaos.inject(Crash(app, code=3)):
        chaos.expect(
            restarted(app),
            exited(app, code=3),
            never_restarted(app.container("app"), through=seconds(4)),
        )


def test_the_app_may_stand_behind_a_sidecar(cluster: Cluster, chaos: Chaos) -> None:
    """What stands first in `containers` may be a log shipper (pravega-operator issue 527)."""
    app = run(cluster, "sidecar-comes-first")
    assert str(windows.hang(app)) == "[2.0, 9.0] s"

    with chaos.inject(Hang(app)):
        chaos.expect(restarted(app), never_restarted(app.container("shipper"), through=seconds(10)))


def test_replicas_that_are_left_out_are_one(cluster: Cluster) -> None:
    """`replicas:` and nothing, for an autoscaler (haproxytech/helm-charts pull request 20)."""
    assert len(run(cluster, "replicas-left-to-the-autoscaler").stands) == 1


def test_a_job_that_is_done_does_not_stand_in_the_way(cluster: Cluster, chaos: Chaos) -> None:
    """Completed pods are never ready again (chaos-mesh issue 4476)."""
    web = cluster.run(deployment("web"))
    run(cluster, "a-job-that-is-done")

    with chaos.inject(Crash(web, code=3)):
        chaos.expect(restarted(web))


def test_a_budget_saves_nobody_from_a_dead_node(cluster: Cluster, chaos: Chaos) -> None:
    """The taint manager deletes, it asks for no eviction (kubernetes issue 91465)."""
    app = run(cluster, "disruption-budget-control")

    with chaos.inject(NodeDeath(app.node)):
        chaos.expect(replaced(app, away_from=app.node))


def test_what_a_manifest_leaves_out_has_the_api_servers_default(cluster: Cluster) -> None:
    """No grace, no restart policy, `resources:` left empty (kubernetes issue 74689)."""
    app = run(cluster, "rehearsal-of-an-ordinary-manifest")

    assert (app.grace, app.restart_policy, len(app.stands)) == (seconds(30), "Always", 3)
