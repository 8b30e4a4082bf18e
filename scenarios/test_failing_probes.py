"""A probe that fails on its way to an app which is well: claims 7, 8 and 11."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import FailingProbe
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_restarted,
    rejoins_endpoints,
    serves,
)
from chaos.workloads import deployment, grpc, http, tcp

pytestmark = pytest.mark.chaos

SPEAKS_GRPC = {"do": "grpc"}
MANY = 14  # failures: more than the twin's two can take, with the grace and a start (9 s)
CONTROL = seconds(10)


@pytest.mark.claim(7, 8)
def test_a_probe_that_is_cut_off_restarts_an_app_that_is_well(
    cluster: Cluster, chaos: Chaos
) -> None:
    """The port that a probe asks is refused, the app lives: it is restarted, by TCP and by HTTP."""
    http_, tcp_, direct = cluster.run(
        deployment("by-http", liveness=http("/health"), probes_through_proxy=True),
        deployment("by-tcp", liveness=tcp(), probes_through_proxy=True),
        deployment("direct", liveness=http("/health"), through={"any": "127.0.0.1:8080"}),
    )

    with chaos.inject(FailingProbe("liveness", (http_, tcp_), how="refused")):
        chaos.expect(
            exited(http_, code=143),
            exited(tcp_, code=143),
            never_restarted(direct, through=CONTROL),
        )


@pytest.mark.claim(7)
def test_an_answer_that_is_late_cut_or_reset_is_a_failure(cluster: Cluster, chaos: Chaos) -> None:
    """HTTP and gRPC probes fail by whatever befalls their answers, and the app lives."""
    late, cut, called = cluster.run(
        deployment("late", liveness=http("/health"), probes_through_proxy=True),
        deployment("cut", liveness=http("/health"), probes_through_proxy=True),
        deployment("called", liveness=grpc(), probes_through_proxy=True, orders=(SPEAKS_GRPC,)),
    )

    with chaos.inject(FailingProbe("liveness", late, how="slow")):
        chaos.expect(exited(late, code=143), never_restarted(cut, through=seconds(5)))
    with chaos.inject(FailingProbe("liveness", cut, how="cut")):
        chaos.expect(exited(cut, code=143))
    with chaos.inject(FailingProbe("liveness", called, how="reset")):
        chaos.expect(exited(called, code=143))


@pytest.mark.claim(11)
def test_healed_before_its_threshold_a_failing_probe_restarts_nothing(
    cluster: Cluster, chaos: Chaos
) -> None:
    """Two failures are too many for one; the other has heard as many and is found well."""
    spared, twin = cluster.run(
        deployment("spared", liveness=http(failures=MANY), probes_through_proxy=True),
        deployment("twin", liveness=http(failures=2), probes_through_proxy=True),
    )

    with chaos.inject(FailingProbe("liveness", (spared, twin), how="silent")):
        chaos.expect(exited(twin, code=143))
    chaos.expect_after_heal(
        never_restarted(spared, through=windows.hang(spared).latest),
        serves(spared, after=seconds(1)),
    )


@pytest.mark.claim(7)
def test_a_readiness_probe_that_fails_takes_the_traffic_and_nothing_else(
    cluster: Cluster, chaos: Chaos
) -> None:
    """No traffic for an app whose readiness probe is reset; no restart; traffic again, healed."""
    app = cluster.run(
        deployment("app", readiness=http("/"), service=True, probes_through_proxy=True)
    )

    with chaos.inject(FailingProbe("readiness", app, how="reset")):
        chaos.expect(leaves_endpoints(app), never_restarted(app, through=CONTROL))
    chaos.expect_after_heal(rejoins_endpoints(app))
