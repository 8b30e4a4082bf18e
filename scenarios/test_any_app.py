"""An app that knows nothing of the harness is hung, filled and killed from its node: claims 3 to 5.

It takes no orders and reports nothing: a few lines that serve a file.
"""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds
from chaos.faults import Killed, MemoryFull, Stopped
from chaos.images.host import interpreter
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_replaced,
    never_restarted,
    rejoins_endpoints,
    restarted,
    stays_stopped,
)
from chaos.windows import within
from chaos.workloads import bare_pod, deployment, http

pytestmark = pytest.mark.chaos

SERVER = """
import socketserver
class Page(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip(): pass
        self.wfile.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + open("/etc/hostname", "rb").read())
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("", 8080), Page).serve_forever()
"""
APP = (str(interpreter()), "-I", "-S", "-c", SERVER)  # the patient's image has it, and no more
PROBE = http("/", every=seconds(1), failures=2)
HUNG = seconds(10)  # longer than the latest moment for the probe's restart: 9 s
CONTROL = seconds(7)  # longer than the latest moment for the others: 6.7 s
RATE = 24  # MiB a second
LIMIT = 64  # MiB the limited container may have
UP_TO = 96  # MiB that the other is filled with


@pytest.mark.claim(3, 5, 7, 10)
def test_any_app_that_hangs_needs_a_probe(cluster: Cluster, chaos: Chaos) -> None:
    """An app's processes are stopped: it is killed and restarted if a liveness probe asks it."""
    watched, unwatched, guarded = cluster.run(
        deployment("watched", command=APP, liveness=PROBE, readiness=PROBE),
        deployment("unwatched", command=APP),
        deployment("guarded", command=APP, readiness=PROBE, service=True),
    )

    with chaos.inject(Stopped((watched, unwatched, guarded))):
        chaos.expect(
            restarted(watched),
            exited(watched, code=137, reasons=("Error",)),
            never_replaced(watched, through=HUNG),
            never_restarted(unwatched, through=HUNG),
            stays_stopped(unwatched, through=HUNG),
            leaves_endpoints(guarded),
            never_restarted(guarded, through=HUNG),
        )
    chaos.expect_after_heal(rejoins_endpoints(guarded, within=within(seconds(5))))


@pytest.mark.claim(4, 5, 10)
def test_any_app_that_leaks_needs_a_limit(cluster: Cluster, chaos: Chaos) -> None:
    """An app's memory is filled: the kernel kills it at its limit, and not without one."""
    limited, unlimited = cluster.run(
        deployment("limited", command=APP, memory=f"{LIMIT}Mi"),
        deployment("unlimited", command=APP),
    )

    with chaos.inject(MemoryFull((limited, unlimited), mib_per_second=RATE, up_to_mib=UP_TO)):
        chaos.expect(
            restarted(limited),
            exited(limited, code=137, reasons=("OOMKilled", "Error")),
            never_restarted(unlimited, through=CONTROL),
        )


@pytest.mark.claim(3, 4, 10)
def test_any_app_that_is_killed_is_restarted(cluster: Cluster, chaos: Chaos) -> None:
    """An app's main process is killed: it is restarted in its place, unless its pod says Never."""
    web, once = cluster.run(
        deployment("web", command=APP, readiness=PROBE),
        bare_pod("once", command=APP, restart_policy="Never"),
    )

    with chaos.inject(Killed((web, once))):
        chaos.expect(
            restarted(web),
            exited(web, code=137, reasons=("Error",)),
            never_replaced(web, through=CONTROL),
            exited(once, code=137),
            never_restarted(once, through=CONTROL),
        )
