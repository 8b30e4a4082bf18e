"""The app's memory grows until something stops it."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.errors import Unprotected
from chaos.faults import MemoryFull
from chaos.grade.trial import Candidate, Trial
from chaos.laws import exited, never_restarted, restarted
from chaos.running.session import Chaos

TAKES = 4.0  # seconds until its limit is reached
PROOF = 64.0  # MiB that an app without a limit is filled with: enough to see, too little to hurt
CONTROL = seconds(7)  # longer than a limit of so much would have let it live
KILLED = 137  # 128 + SIGKILL
BY_THE_KERNEL = ("OOMKilled", "Error")  # runtimes that missed the kernel's word say Error

UNLIMITED = "may take its node with it when it leaks: {container} has no memory limit"


def _leak(candidate: Candidate, chaos: Chaos) -> None:
    one, limit = candidate.app.one, candidate.app.meant.memory
    if limit is None:
        with chaos.inject(MemoryFull(one, mib_per_second=PROOF / TAKES, up_to_mib=PROOF)):
            chaos.expect(never_restarted(one, through=CONTROL))
        raise Unprotected(
            candidate.why(
                "may take its node with it when it leaks: {container} has no memory limit"
            )
        )
    with chaos.inject(MemoryFull(one, mib_per_second=limit / TAKES)):
        chaos.expect(restarted(one), exited(one, code=KILLED, reasons=BY_THE_KERNEL))


LEAK = Trial("leak", "{app} leaks up to its memory limit: it is killed and restarted.", _leak)
