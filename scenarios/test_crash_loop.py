"""What ends again and again is made to wait, longer each time: claims 3 and 4."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Crash, CrashLoop
from chaos.laws import backs_off, exited, never_backs_off, never_restarted, restarted
from chaos.workloads import bare_pod, deployment

pytestmark = [pytest.mark.chaos, pytest.mark.claim(3, 4)]

LASTING = {"do": "lasting", "folder": "/keep"}  # the patient's order: remember between starts


def test_a_crash_loop_is_slowed_down(cluster: Cluster, chaos: Chaos) -> None:
    """The first crash is mended at once, the next ones after waits that the kubelet announces."""
    loop, once = cluster.run(
        deployment("loop", keep="/keep", orders=(LASTING,)), deployment("once")
    )
    waits = windows.back_offs(3, cluster.timers)

    with chaos.inject(Crash(once)):
        chaos.expect(restarted(once))
        with chaos.inject(CrashLoop(loop, times=3)):
            chaos.expect(backs_off(loop, waits=waits), never_backs_off(once, through=seconds(30)))


@pytest.mark.slow
def test_kubernetes_own_waits_are_doubled(cluster: Cluster, chaos: Chaos) -> None:
    """An app that ends again and again, even well, waits for 0, 10, 20, 40 s: unless it is done."""
    if cluster.timers.longest_backoff < 40:
        pytest.skip("this cluster's longest back-off is shorter: --chaos-profile=default")
    loop, done = cluster.run(
        deployment("loop", keep="/keep", orders=(LASTING,)),
        bare_pod("done", keep="/keep", orders=(LASTING,), restart_policy="OnFailure"),
    )
    waits = (seconds(0), seconds(10), seconds(20), seconds(40))

    with chaos.inject(CrashLoop((loop, done), times=4, code=0)):
        chaos.expect(
            backs_off(loop, waits=waits),
            exited(done, code=0, reasons=("Completed",)),
            never_restarted(done, through=seconds(130)),
            never_backs_off(done, through=seconds(130)),
        )
