"""What makes a liveness probe good, each beside its bad twin: claims 13 to 16."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, Effect, seconds, windows
from chaos.faults import Answering, Deadlock, FailingCheck, FailingHealth, Hang, PasswordDemand
from chaos.laws import (
    asked_once_a_period,
    exited,
    exits_again,
    never_restarted,
    restarted,
    stays_hung,
)
from chaos.workloads import deployment, exec_, http

pytestmark = pytest.mark.chaos

KEEP = "/keep"
LASTING = {"do": "lasting", "folder": KEEP}  # the patient's order: remember between starts
PASSWORD = {"Authorization": "Basic cHJvYmU6cHJvYmU="}
ASKS_BACKEND = {
    "do": "depends_on",
    "url": "http://$BACKEND_SERVICE_HOST:$BACKEND_SERVICE_PORT/",
    "path": "/deep",
}
PLAIN = deployment("plain", liveness=exec_("patient-check"))
RETRYING = deployment(  # a loop needs time: its windows begin where those of the plain one end
    "retrying", liveness=exec_("patient-check", "--retries", "60", timeout=seconds(5))
)
CONTROL = seconds(12)  # longer than the latest moment for the restarted twin


@pytest.mark.claim(5, 13)
def test_a_probe_of_anything_is_better_than_none(cluster: Cluster, chaos: Chaos) -> None:
    """Even a probe that asks for / only finds a hang; without a probe the app hangs for ever."""
    simple, unprobed = cluster.run(deployment("simple", liveness=http("/")), deployment("unprobed"))

    with chaos.inject(Hang((simple, unprobed))):
        chaos.expect(
            restarted(simple),
            never_restarted(unprobed, through=CONTROL),
            stays_hung(unprobed, through=CONTROL),
        )


@pytest.mark.claim(13, 14)
def test_a_health_path_sees_what_the_front_page_does_not(cluster: Cluster, chaos: Chaos) -> None:
    """A worker thread is dead: /health, which looks at it, says so; / still answers 200."""
    thorough, simple = cluster.run(
        deployment("thorough", liveness=http("/health")),
        deployment("simple", liveness=http("/")),
    )

    with chaos.inject(Deadlock((thorough, simple))):
        chaos.expect(restarted(thorough), never_restarted(simple, through=CONTROL))


@pytest.mark.claim(14)
def test_a_health_path_must_not_want_a_password(cluster: Cluster, chaos: Chaos) -> None:
    """A health path behind a password fails for ever: restarted again and again for nothing."""
    locked, known, elsewhere = cluster.run(
        deployment("locked", liveness=http("/health"), keep=KEEP, orders=(LASTING,)),
        deployment(
            "known", liveness=http("/health", headers=PASSWORD), keep=KEEP, orders=(LASTING,)
        ),
        deployment("elsewhere", liveness=http("/free"), keep=KEEP, orders=(LASTING,)),
    )

    with chaos.inject(PasswordDemand((locked, known, elsewhere), folder=KEEP)):
        chaos.expect(
            exits_again(
                locked, code=143, within=windows.again(windows.refusal(locked), 2, cluster.timers)
            ),
            never_restarted(known, through=CONTROL),
            never_restarted(elsewhere, through=CONTROL),
        )


@pytest.mark.claim(15)
def test_a_probe_must_be_light(cluster: Cluster, chaos: Chaos) -> None:
    """A check that takes 1.5 s misses its second and is restarted; one that may take 3 s is not."""
    hurried, patient = cluster.run(
        deployment("hurried", liveness=http("/health", timeout=seconds(1))),
        deployment("patient", liveness=http("/health", timeout=seconds(3))),
    )

    with chaos.inject(Answering((hurried, patient), status=200, delay=1.5)):
        chaos.expect(restarted(hurried), never_restarted(patient, through=CONTROL))


@pytest.mark.claim(16)
def test_the_threshold_is_the_retry(cluster: Cluster, chaos: Chaos) -> None:
    """A check that tries again by itself is one failure, later; the kubelet asks once a period."""
    plain, retrying, asked = cluster.run(
        PLAIN,
        RETRYING,
        deployment("asked", liveness=http("/health", failures=60)),
    )

    with chaos.inject(FailingHealth(asked)), chaos.inject(FailingCheck((plain, retrying))):
        chaos.expect(
            restarted(plain),
            restarted(retrying, within=windows.restart(retrying, Effect("silent"))),
            asked_once_a_period(asked, path="/health", through=CONTROL),
            never_restarted(asked, through=CONTROL),
        )


@pytest.mark.claim(14)
def test_a_probe_must_not_ask_somebody_else(cluster: Cluster, chaos: Chaos) -> None:
    """The backend hangs: a frontend whose probe asks it is restarted again and again as well."""
    backend = cluster.run(deployment("backend", service=True))
    nosy, own = cluster.run(
        deployment("nosy", liveness=http("/deep"), links=True, orders=(ASKS_BACKEND,)),
        deployment("own", liveness=http("/health"), links=True, orders=(ASKS_BACKEND,)),
    )
    once = windows.refusal(nosy)

    with chaos.inject(Hang(backend)):
        chaos.expect(
            exited(nosy, code=143, within=once),
            exits_again(nosy, code=143, within=windows.again(once, 2, cluster.timers)),
            never_restarted(own, through=CONTROL),
            never_restarted(backend, through=CONTROL),
            stays_hung(backend, through=CONTROL),
        )
