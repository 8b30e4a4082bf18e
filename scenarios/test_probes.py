"""What each kind of probe calls a failure: claims 6 to 9, row by row.

The exceptions are controls: a body that never comes and a command that cannot be started are
neither success nor failure, and a TCP probe does not notice a hung process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pytest

from chaos import Apps, Chaos, Cluster, Fault, seconds
from chaos.faults import (
    Answering,
    Deadlock,
    FailingCheck,
    FailingHealth,
    GrpcHealth,
    Hang,
    Refusing,
)
from chaos.laws import never_restarted, restarted
from chaos.workloads import deployment, exec_, grpc, http, tcp

pytestmark = pytest.mark.chaos

Health = Literal["not_serving", "silent"]

ELSEWHERE = partial(Answering, manner="redirect", status=302, location="http://elsewhere.invalid/")
CHECK = exec_("patient-check")
SERVES_GRPC = {"do": "grpc"}
LATER = 3  # seconds: longer than the probe waits
CONTROL = seconds(11)  # longer than the latest moment for the restarted twin


@dataclass(frozen=True)
class Row:
    """One thing that a probe may meet, in words."""

    words: str
    fault: Callable[[Apps], Fault]

    def __str__(self) -> str:
        """The words."""
        return self.words


HTTP_FAILURES = [
    Row("400", partial(Answering, status=400)),
    Row("401", partial(Answering, status=401)),
    Row("404", partial(Answering, status=404)),
    Row("500", partial(Answering, status=500)),
    Row("503", partial(Answering, status=503)),
    Row("a redirect to itself, for ever", partial(Answering, manner="redirect", status=301)),
    Row("a connection that is reset", partial(Answering, manner="reset")),
    Row("headers that never come", partial(Answering, manner="silent")),
    Row("an answer that comes too late", partial(Answering, delay=LATER)),
    Row("a connection that is refused", Refusing),
]
HTTP_SUCCESSES = [
    Row("200", partial(Answering, status=200)),
    Row("204", partial(Answering, status=204)),
    Row("a redirect to another host, which is not followed", ELSEWHERE),
    Row(
        "a body that never comes, which counts as nothing",
        partial(Answering, manner="headers_only"),
    ),
]


@pytest.mark.claim(6, 7)
@pytest.mark.parametrize("met", HTTP_FAILURES, ids=str)
def test_an_http_probe_fails_on(met: Row, cluster: Cluster, chaos: Chaos) -> None:
    """An HTTP probe that meets {met} has failed: its container is restarted, its twin's is not."""
    probed, unprobed = cluster.run(
        deployment("probed", liveness=http("/health")),
        deployment("unprobed"),
    )

    with chaos.inject(met.fault((probed, unprobed))):
        chaos.expect(restarted(probed), never_restarted(unprobed, through=CONTROL))


@pytest.mark.claim(7)
@pytest.mark.parametrize("met", HTTP_SUCCESSES, ids=str)
def test_an_http_probe_does_not_fail_on(met: Row, cluster: Cluster, chaos: Chaos) -> None:
    """An HTTP probe that meets {met} has not failed; one that meets a 500 beside it has."""
    app, failing = cluster.run(
        deployment("app", liveness=http("/health")),
        deployment("failing", liveness=http("/health")),
    )

    with chaos.inject(met.fault(app)), chaos.inject(FailingHealth(failing, status=500)):
        chaos.expect(restarted(failing), never_restarted(app, through=CONTROL))


@pytest.mark.claim(8)
def test_a_tcp_probe_wants_an_open_port(cluster: Cluster, chaos: Chaos) -> None:
    """A TCP probe fails on a closed port, not on an open one; without a probe nobody minds."""
    probed, opened, unprobed = cluster.run(
        deployment("probed", liveness=tcp()),
        deployment("opened", liveness=tcp()),
        deployment("unprobed"),
    )

    with chaos.inject(Refusing((probed, unprobed))):
        chaos.expect(
            restarted(probed),
            never_restarted(opened, through=CONTROL),
            never_restarted(unprobed, through=CONTROL),
        )


@pytest.mark.claim(5, 8)
@pytest.mark.parametrize("process", ["accepts", "leaves in its backlog"])
def test_a_tcp_probe_does_not_notice_a_hang(process: str, cluster: Cluster, chaos: Chaos) -> None:
    """A hung process {process} its connections: a TCP probe sees nothing, an HTTP probe does."""
    opened, asked = cluster.run(
        deployment("opened", liveness=tcp()), deployment("asked", liveness=http("/health"))
    )

    with chaos.inject(Hang((opened, asked), accepts=process == "accepts")):
        chaos.expect(restarted(asked), never_restarted(opened, through=CONTROL))


@pytest.mark.claim(9)
@pytest.mark.parametrize(
    "met",
    [
        Row("a command that exits 1", partial(FailingCheck, code=1)),
        Row("a command that takes too long", partial(FailingCheck, code=0, delay=LATER)),
    ],
    ids=str,
)
def test_an_exec_probe_fails_on(met: Row, cluster: Cluster, chaos: Chaos) -> None:
    """An exec probe that meets {met} has failed; one whose program is missing never fails."""
    probed, missing, unprobed = cluster.run(
        deployment("probed", liveness=CHECK),
        deployment("missing", liveness=exec_("/no/such/program")),
        deployment("unprobed"),
    )

    with chaos.inject(met.fault((probed, missing, unprobed))):
        chaos.expect(
            restarted(probed),
            never_restarted(missing, through=CONTROL),
            never_restarted(unprobed, through=CONTROL),
        )


@pytest.mark.claim(9)
def test_an_exec_probe_succeeds_on_exit_0(cluster: Cluster, chaos: Chaos) -> None:
    """A command that exits 0 is success, though the app hangs; one that exits 1 is not."""
    well, ill = cluster.run(
        deployment("well", liveness=CHECK),
        deployment("ill", liveness=CHECK),
    )

    with chaos.inject(Hang(well)), chaos.inject(FailingCheck(ill, code=1)):
        chaos.expect(restarted(ill), never_restarted(well, through=CONTROL))


@pytest.mark.claim(7)
@pytest.mark.parametrize("status", ["not_serving", "silent"])
def test_a_grpc_probe_wants_serving(status: Health, cluster: Cluster, chaos: Chaos) -> None:
    """A gRPC probe that hears {status} has failed; one that hears SERVING has not."""
    ill, well = cluster.run(
        deployment("ill", liveness=grpc(), orders=(SERVES_GRPC,)),
        deployment("well", liveness=grpc(), orders=(SERVES_GRPC,)),
    )

    with chaos.inject(Deadlock(well)), chaos.inject(GrpcHealth(ill, status)):
        chaos.expect(restarted(ill), never_restarted(well, through=CONTROL))
