"""What stands on the fake cluster, by the spec."""

from __future__ import annotations

import pytest

from chaos.clock import seconds
from chaos.errors import NoSuchTarget
from chaos.testing.specs import patients_of, standing, workload_of
from chaos.workloads import (
    FOREVER,
    Spec,
    bare_pod,
    cron_job,
    daemon_set,
    deployment,
    job,
    stateful_set,
    static_pod,
)
from chaos.workloads.admitted import Workload

NODES = ["worker1", "worker2"]


def run(spec: Spec) -> Workload:
    return workload_of(spec, NODES)


@pytest.mark.parametrize(
    ("spec", "stood"),
    [
        (cron_job("a"), []),
        (bare_pod("a"), [("a", "worker1")]),
        (static_pod("a", on="worker2"), [("a-worker2", "worker2")]),
        (daemon_set("a"), [("a-0", "worker1"), ("a-1", "worker2")]),
        (stateful_set("a", replicas=2), [("a-0", "worker1"), ("a-1", "worker2")]),
        (deployment("a", prefer="worker2"), [("a-0", "worker2")]),
        (deployment("a", replicas=0), []),
        (job("a", completions=5, parallelism=2), [("a-0", "worker1"), ("a-1", "worker2")]),
        (job("a", parallelism=2), [("a-0", "worker1")]),
    ],
)
def test_where_its_pods_stand(spec: Spec, stood: list[tuple[str, str]]) -> None:
    assert [(stand.name, stand.node) for stand in run(spec).stands] == stood


@pytest.mark.parametrize(
    ("spec", "owner"),
    [
        (bare_pod("a"), ""),
        (static_pod("a", on="worker1"), "Node"),
        (job("a"), "Job"),
    ],
)
def test_who_owns_a_pod(spec: Spec, owner: str) -> None:
    app = run(spec)
    assert standing(app, app.pod).owner == owner


@pytest.mark.parametrize(
    ("spec", "tolerance"),
    [
        (deployment("a"), 2),
        (deployment("a", tolerates={"team": FOREVER}), 2),
        (deployment("a", tolerance=seconds(5)), 5),
        (deployment("a", tolerance=FOREVER), None),
        (daemon_set("a"), None),
        (daemon_set("a", tolerance=seconds(5)), None),
        (static_pod("a", on="worker1"), None),
    ],
)
def test_how_long_a_lost_node_is_tolerated(spec: Spec, tolerance: float | None) -> None:
    assert run(spec).tolerance == tolerance


def test_a_static_pod_lies_on_a_node_that_is_there() -> None:
    with pytest.raises(NoSuchTarget, match="'nope'; there are worker1, worker2"):
        run(static_pod("a", on="nope"))


def test_a_patient_has_its_limit_and_its_first_orders() -> None:
    orders = ({"do": "memory_health", "limit_mib": 48}, {"do": "on_sigterm", "how": "ignore"})
    spec = deployment("a", memory="0.5Gi", orders=orders, env={"A": "1"})
    (patient,) = patients_of(run(spec), spec)
    told = (patient.memory_limit, patient.memory_health, patient.sigterm)
    assert told == (512, 48, None)
    (plain,) = patients_of(run(deployment("b")), deployment("b"))
    assert (plain.memory_limit, plain.memory_health, plain.sigterm) == (None, None, 143)
