"""A leak ends at a limit or at a probe, else it goes on: claim 5."""

from __future__ import annotations

import pytest

from chaos import Chaos, Cluster, seconds, windows
from chaos.faults import Leak
from chaos.laws import exited, goes_on_growing, never_restarted, restarted
from chaos.workloads import deployment, http

pytestmark = pytest.mark.chaos

RATE = 24  # MiB a second
LIMIT = 64  # MiB the limited container may have
ILL = 48  # MiB above which the watched app calls itself ill


@pytest.mark.claim(4, 5, 10)
def test_a_leak_is_stopped_by_a_limit_or_by_a_probe(cluster: Cluster, chaos: Chaos) -> None:
    """A leaking app is killed at its memory limit, or by its probe; without either it grows on."""
    limited, watched, unbounded = cluster.run(
        deployment("limited", memory=f"{LIMIT}Mi"),
        deployment(
            "watched",
            liveness=http("/health", every=seconds(1), failures=2),
            orders=({"do": "memory_health", "limit_mib": ILL},),
        ),
        deployment("unbounded"),
    )

    noticed = windows.after(windows.filling(ILL, RATE), windows.refusal(watched))
    with chaos.inject(Leak((limited, watched, unbounded), mib_per_second=RATE)):
        chaos.expect(
            restarted(limited),
            exited(limited, code=137, reasons=("OOMKilled", "Error")),
            restarted(watched, within=noticed),
            exited(watched, code=143, within=noticed),
            never_restarted(unbounded, through=seconds(7)),
            goes_on_growing(unbounded, through=seconds(7)),
        )
