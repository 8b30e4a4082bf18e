"""A dry run, by runs of pytest in a folder of their own."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

DRY = (
    *("-m", "chaos", "--chaos-cluster=fake", "--chaos-dry-run=yes"),
    *("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-ra"),
)
SCENARIOS = """
import pytest
from chaos import seconds
from chaos.errors import CannotHere
from chaos.faults import *
from chaos.laws import never_restarted, one_on_each, replaced, restarted
from chaos.workloads import bare_pod, daemon_set, deployment

pytestmark = pytest.mark.chaos
"""
CRASH = '''
def test_crash(cluster, chaos):
    """A crashed app is restarted."""
    web, once = cluster.run(deployment("web"), bare_pod("once", on="worker2"))
    with chaos.inject(Crash((web, once), code=3)):
        chaos.expect(restarted(web), never_restarted(once, through=seconds(5)))
    chaos.expect_after_heal(never_restarted(web, through=seconds(5)))
'''


def planned(pytester: pytest.Pytester, *scenarios: str, status: int = 0) -> list[str]:
    """What the run says of itself."""
    pytester.makepyfile(SCENARIOS + "".join(scenarios))
    run = pytester.runpytest_inprocess(*DRY)
    assert run.ret == status, run.outlines
    return [line.removeprefix("chaos: ") for line in run.outlines]


def test_it_says_what_would_be_done_and_undone_in_its_order(pytester: pytest.Pytester) -> None:
    said = planned(pytester, CRASH)

    first = next(n for n, line in enumerate(said) if "A crashed app is restarted." in line)
    assert [line.partition(": ")[0] for line in said[first + 1 : first + 8]] == [
        "  run Deployment web (say, on worker1)",
        "  run Pod once (say, on worker2)",
        "inject Crash(apps=(web, once), code=3, signal=0):",
        "  tell web-0 on worker1",
        "  tell once on worker2",
        "  expect restarted(web)",
        "  expect never_restarted(once)",
    ]
    assert said[first + 8] == "heal Crash(apps=(web, once), code=3, signal=0):"
    assert said[first + 9].startswith("  expect never_restarted(web): ")


WIRED = '''
def test_wire(cluster, chaos):
    """A late database."""
    web = cluster.run(deployment("web", through={"db": "db:5432"}))
    with chaos.inject(Latency(web, to="db", delay=seconds(2))):
        chaos.expect(never_restarted(web, through=seconds(5)))
'''


def test_it_says_which_wire_would_suffer(pytester: pytest.Pytester) -> None:
    said = planned(pytester, WIRED)

    put = "  put latency(latency=2000, jitter=0) on the wire db of web-0"
    assert put in [line.partition(":")[0] for line in said]
    assert "  take latency off the wire db of web-0" in [line.partition(":")[0] for line in said]


def test_no_scenario_passes_by_it_and_nothing_is_kept(pytester: pytest.Pytester) -> None:
    said = planned(pytester, CRASH)

    assert any("planned, and nothing was done" in line for line in said)
    assert "1 skipped" in said[-1]
    assert "passed" not in said[-1]
    assert not (pytester.path / "reports").exists()


NODES = """
def test_nodes(cluster, chaos):
    agent = cluster.run(daemon_set("agent"))
    with chaos.inject(NodeJoins("worker9")), chaos.inject(NodeDeath("worker9")):
        chaos.expect(one_on_each(agent, cluster.ready_nodes))
    with chaos.inject(Tainted("worker1", "a=b:NoExecute")):
        pass
    with chaos.inject(ControlPlaneDown(("kube-scheduler",))):
        pass
    with chaos.inject(Scaled(cluster.run(deployment("web")), 3)):
        pass
"""


def test_what_is_done_to_nodes_and_programs_is_said_too(pytester: pytest.Pytester) -> None:
    said = planned(pytester, NODES)

    for line in (
        "  add a node worker9",
        "  take the lease of worker9 for 960 s",
        "  power off worker9",
        "  power on worker9",
        "  give the lease of worker9 back",
        "  take the node worker9 away",
        "  taint worker1 a=b:NoExecute",
        "  take the taint a=b:NoExecute off worker1",
        "  end kube-scheduler",
        "  start kube-scheduler",
        "  scale Deployment web to 3",
        "  scale Deployment web to 1",
    ):
        assert line in said


ANY_APP = """
def test_any_app(cluster, chaos):
    app, spec = cluster.run(bare_pod("app", on="worker1")), deployment("web")
    spec.manifest["spec"]["template"]["spec"]["containers"][0]["resources"] = {
        "limits": {"cpu": "500m"}
    }
    web = cluster.run(spec)
    for fault in (
        Stopped(app), Killed(app), MemoryFull(app, mib_per_second=8, up_to_mib=64),
        MemoryFull(app, mib_per_second=8), Starved((app, web)),
    ):
        with chaos.inject(fault):
            pass
"""


def test_what_is_done_to_any_app_from_its_node_is_said_too(pytester: pytest.Pytester) -> None:
    said = planned(pytester, ANY_APP)

    begun = next(n for n, line in enumerate(said) if line.startswith("inject Stopped"))
    it = "app of app on worker1"
    assert [line for line in said[begun:] if line.startswith("  ")] == [
        f"  stop the processes of {it}",
        f"  let the processes of {it} go on",
        f"  send the main process of {it} signal 9",
        f"  fill the memory of {it}: 8 MiB/s, up to 64 MiB, for 900 s at most",
        f"  give back what fills the memory of {it}",
        f"  fill the memory of {it}: 8 MiB/s, up to its limit, for 900 s at most",
        f"  give back what fills the memory of {it}",
        f"  let {it} use 0.01 CPUs",
        "  let app of web-0 on worker1 use 0.01 CPUs",
        f"  let {it} use all CPUs",
        "  let app of web-0 on worker1 use 0.5 CPUs",
    ]


@pytest.mark.parametrize(
    ("acts", "says"),
    [
        ('with chaos.inject(NodeDeath("nix")): pass', "there will be no nix: there will be work"),
        ('with chaos.inject(NodeDeath(("worker1", "worker2"))): pass', "would leave no Ready node"),
        ('with chaos.inject(ControlPlaneDown(("etcdd",))): pass', "there will be no etcdd"),
        ('with chaos.inject(NodeJoins("worker1")): pass', "there is a worker1 already"),
        ("chaos.expect()", "no fault is open"),
    ],
)
def test_what_could_not_be_run_is_an_error(pytester: pytest.Pytester, acts: str, says: str) -> None:
    said = planned(pytester, f"\ndef test_it(cluster, chaos):\n    {acts}\n", status=10)

    assert any(says in line for line in said)
    assert not any("Traceback" in line for line in said)


def test_what_the_cluster_cannot_do_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    said = planned(pytester, "\ndef test_it(cluster):\n    raise CannotHere('no hands here')\n")

    assert any("no hands here" in line for line in said)
    assert "1 skipped" in said[-1]


def test_a_fault_that_finds_that_it_cannot_is_told_and_skipped(pytester: pytest.Pytester) -> None:
    acts = """
def test_it(cluster, chaos):
    web = cluster.run(deployment("web"))
    with chaos.inject(FailingProbe("liveness", web)):
        pass
"""
    said = planned(pytester, acts)

    (why,) = [line for line in said if line.startswith("cannot inject FailingProbe")]
    assert "liveness" in why
    assert "1 skipped" in said[-1]


def test_a_bare_switch_leaves_the_path_behind_it_alone(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(SCENARIOS + CRASH)

    run = pytester.runpytest_inprocess(*DRY, "--chaos-slow", path.name)

    assert run.ret == 0
    run.assert_outcomes(skipped=1)
