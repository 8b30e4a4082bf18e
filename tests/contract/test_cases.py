"""Pods as other people write them, each made from a public bug report: the right value, twice.

Once on the fake cluster, once on the embedded one. The manifests are in `tests/cases`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds, windows
from chaos.errors import ChaosError, LawBroken, Undecided
from chaos.faults import Crash, FailingHealth, Hang, Leak, NodeDeath
from chaos.laws import (
    exited,
    goes_on_growing,
    leaves_endpoints,
    never_goes_unready,
    never_leaves_endpoints,
    never_replaced,
    never_restarted,
    rejoins_endpoints,
    replaced,
    restarted,
    stays_hung,
)
from chaos.values import Json
from chaos.workloads import bare_pod, deployment, exec_, manifest, tcp
from chaos.workloads.admitted import Workload

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's
CASES = Path(__file__).parents[1] / "cases"


def run(cluster: Cluster, case: str) -> Workload:
    return cluster.run(manifest(CASES / f"{case}.yaml"))


def test_a_hang_is_noticed_when_the_probe_has_begun_to_ask(cluster: Cluster, chaos: Chaos) -> None:
    """Nothing is asked before the delay is over (hyperconverged-cluster-operator PR 1328)."""
    app = run(cluster, "liveness-initial-delay")

    with chaos.inject(Hang(app)):
        chaos.expect(restarted(app))
    ((_, verdict),) = chaos.judgements[-1].verdicts
    assert verdict.window is not None
    assert windows.hang(app).latest == seconds(12 + 31)
    assert seconds(12) < verdict.window.latest <= windows.hang(app).latest


def test_a_service_may_be_called_anything(cluster: Cluster, chaos: Chaos) -> None:
    """A service finds pods by their labels, and there may be two (kubernetes issue 127234)."""
    app, alone = run(cluster, "service-of-another-name"), cluster.run(deployment("alone"))

    why = "no service has ever named a pod of alone"
    with chaos.inject(Hang((app, alone))):
        with pytest.raises(Undecided, match=why):
            chaos.expect(never_leaves_endpoints(alone, through=seconds(3)))
        chaos.expect(leaves_endpoints(app))
    chaos.expect_after_heal(rejoins_endpoints(app))


def test_a_fault_on_a_path_that_nobody_asks_accuses_nobody(cluster: Cluster, chaos: Chaos) -> None:
    """A probe's path is anybody's choice (prometheus-community/helm-charts PR 6982)."""
    app = run(cluster, "probe-asks-another-path")

    why = "greeter's liveness probe asks /healthz, the fault lies on /health"
    with pytest.raises(Undecided, match=why), chaos.inject(FailingHealth(app)):
        chaos.expect(restarted(app, within=windows.refusal(app)))
    with chaos.inject(FailingHealth(app, path="/healthz")):
        chaos.expect(restarted(app))


@pytest.mark.parametrize("probe", [tcp(), exec_("cat", "/proc/self/stat")], ids=["tcp", "exec"])
def test_what_a_probe_cannot_see_has_no_window(cluster: Cluster, chaos: Chaos, probe: Json) -> None:
    """The handshake is the kernel's (kubernetes issue 103632)."""
    app = cluster.run(deployment("gate", liveness=probe))

    with pytest.raises(ChaosError, match="nothing would restart it; what holds is `never_restart"):
        windows.hang(app)
    with chaos.inject(Hang(app)):
        chaos.expect(
            never_restarted(app, through=seconds(12)), stays_hung(app, through=seconds(12))
        )


def test_a_leak_that_ends_below_the_limit_accuses_nobody(cluster: Cluster, chaos: Chaos) -> None:
    """The stress pod that never comes to its limit (kubernetes/website issue 11802)."""
    app, free = cluster.run(deployment("greeter", memory="256Mi"), deployment("free"))
    limit = windows.filled(app, mib=256, mib_per_second=64)

    why = "the leak ends at 128 MiB, the limit of greeter is 256 MiB"
    with pytest.raises(Undecided, match=why), chaos.inject(Leak(app, mib_per_second=64)):
        chaos.expect(restarted(app, within=limit))
    with pytest.raises(LawBroken), chaos.inject(Leak(free, mib_per_second=64)):
        chaos.expect(goes_on_growing(free, through=seconds(10)))


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


def test_nobody_is_no_witness(cluster: Cluster, chaos: Chaos) -> None:
    """A selector that finds nobody proves nothing (chaos-controller pull request 265)."""
    loner, nobody = cluster.run(bare_pod("loner"), deployment("nobody", replicas=0))
    web = cluster.run(deployment("web", on=other_than(cluster, loner.node)))

    with pytest.raises(ChaosError, match="nobody had no pods"), chaos.inject(Hang(nobody)):
        pass
    with chaos.inject(NodeDeath(loner.node)):
        with pytest.raises(Undecided, match="nobody had no pods"):
            chaos.expect(never_replaced(nobody, through=seconds(15)))
        with pytest.raises(Undecided, match=f"web had no pod on {loner.node}"):
            chaos.expect(replaced(web, away_from=loner.node))
        with pytest.raises(Undecided, match="no node worker77 was ever seen"):
            chaos.expect(never_goes_unready("worker77", through=seconds(1)))
        chaos.expect(never_restarted(web, through=seconds(1)))


def other_than(cluster: Cluster, node: str) -> str:
    return next(name for name in cluster.ready_nodes if name != node)


def test_a_budget_saves_nobody_from_a_dead_node(cluster: Cluster, chaos: Chaos) -> None:
    """The taint manager deletes, it asks for no eviction (kubernetes issue 91465)."""
    app = run(cluster, "disruption-budget-control")

    with chaos.inject(NodeDeath(app.node)):
        chaos.expect(replaced(app, away_from=app.node))


def test_what_a_manifest_leaves_out_has_the_api_servers_default(cluster: Cluster) -> None:
    """No grace, no restart policy, `resources:` left empty (kubernetes issue 74689)."""
    app = run(cluster, "rehearsal-of-an-ordinary-manifest")

    assert (app.grace, app.restart_policy, len(app.stands)) == (seconds(30), "Always", 3)
