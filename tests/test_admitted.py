"""Which container of a pod a fault or a law is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.errors import ChaosError, NoSuchTarget
from chaos.testing import app_of, pod
from chaos.workloads.admitted import Workload, hit, patients, stands
from chaos.workloads.containers import ContainerSpec, Probe

PROBE = Probe()
APP = ContainerSpec("app", liveness=PROBE, ports=(("web", 80),))
SHIPPER = ContainerSpec("shipper")
OURS = ContainerSpec("ours", desk=8081)
SECOND = ContainerSpec("second", desk=9081)


def web(*specs: ContainerSpec) -> Workload:
    return replace(app_of(pod("web-1")), containers=specs)


def test_the_only_container_is_meant_and_needs_no_name() -> None:
    assert web(APP).meant is APP
    assert web(APP).narrowed.named == ""
    assert web(APP).port == 80


@pytest.mark.parametrize("specs", [(SHIPPER, OURS), (OURS, APP), (SECOND, OURS)])
def test_the_one_that_takes_our_orders_is_meant(specs: tuple[ContainerSpec, ...]) -> None:
    assert web(*specs).meant is OURS
    assert web(*specs).narrowed.named == "ours"


def test_the_one_that_is_named_is_meant_before_any_other() -> None:
    assert web(OURS, APP).container("app").meant is APP
    assert web(OURS, APP).container("app").port == 80
    assert str(web(OURS, APP).container("app")) == "web/app"


def test_nobody_can_tell_which_of_two_is_meant() -> None:
    said = "web has 2 containers, app and shipper: say which is meant, as web.container('app')"
    with pytest.raises(ChaosError, match="web has 2 containers") as refused:
        _ = web(APP, SHIPPER).meant
    assert str(refused.value) == said
    with pytest.raises(ChaosError, match="say which is meant"):
        _ = web(OURS, replace(OURS, name="twin")).narrowed
    assert web(SHIPPER, APP).port == 80


def test_a_container_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(NoSuchTarget, match="web has no container 'x': it has app and shipper"):
        web(APP, SHIPPER).container("x")


def test_the_only_container_that_has_the_probe_is_meant_where_it_is_asked_for() -> None:
    assert web(SHIPPER, APP).liveness is PROBE
    assert web(SHIPPER, APP).readiness is None
    assert web(SHIPPER, SHIPPER).liveness is None


def test_a_neighbours_probe_watches_nobody_but_the_neighbour() -> None:
    assert web(OURS, APP).liveness is None
    assert web(SHIPPER, APP).container("shipper").liveness is None


def test_of_two_with_the_probe_nobody_can_tell() -> None:
    said = "web has 2 containers with a liveness probe, app and other: say which is meant"
    with pytest.raises(ChaosError, match=said):
        _ = web(APP, replace(APP, name="other"), SHIPPER).liveness


def test_orders_go_to_the_container_that_takes_them_and_to_no_other() -> None:
    app = web(OURS, SECOND)
    assert patients((app, web(APP))) == (*app.stands, *web(APP).stands)
    assert patients(app.container("ours")) == app.stands
    with pytest.raises(ChaosError, match="web/second takes no orders: only what answers at port"):
        patients(app.container("second"))


@pytest.mark.parametrize(
    ("containers", "named", "said"),
    [
        pytest.param(("app",), "", "web", id="the-only-one"),
        pytest.param(("app",), "app", "web", id="the-only-one-by-name"),
        pytest.param(("app*", "proxy"), "", "web/app", id="the-patient"),
        pytest.param(("app*", "proxy"), "proxy", "web/proxy", id="the-named"),
        pytest.param(("app", "proxy"), "", "web", id="nobody-knows-which"),
        pytest.param(("app*", "proxy*"), "", "web", id="two-patients"),
    ],
)
def test_what_a_fault_is_done_to_has_a_name(
    containers: tuple[str, ...], named: str, said: str
) -> None:
    specs = tuple(
        ContainerSpec(one.strip("*"), desk=8081 if one.endswith("*") else None)
        for one in containers
    )
    assert hit(replace(app_of(pod("web-1")), containers=specs, named=named)) == said


def test_nobody_is_hurt_where_nobody_stood() -> None:
    one, none = app_of(pod("db-1")), replace(app_of(pod("web-1")), stands=())

    assert stands((one, one)) == (*one.stands, *one.stands)
    with pytest.raises(NoSuchTarget, match="web had no pods when it was run: there is nobody"):
        stands((one, none))
    with pytest.raises(NoSuchTarget, match="web had no pods"):
        patients(none)
