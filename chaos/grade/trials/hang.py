"""The app's processes are stopped: it accepts, and answers nothing."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.errors import Unprotected
from chaos.faults import Stopped
from chaos.grade.trial import Candidate, Trial
from chaos.laws import never_restarted, restarted, stays_stopped
from chaos.running.session import Chaos

CONTROL = seconds(10)  # a probe that fails twice a second apart would have helped by then
MISSING = "has no liveness probe"
CONNECTS = "is asked by a TCP probe only, and the kernel takes its connections for it"


def _hang(candidate: Candidate, chaos: Chaos) -> None:
    one, probe = candidate.app.one, candidate.app.liveness
    if probe is not None and probe.how != "tcp-socket":
        with chaos.inject(Stopped(one)):
            chaos.expect(restarted(one))
        return
    with chaos.inject(Stopped(one)):
        chaos.expect(stays_stopped(one, through=CONTROL), never_restarted(one, through=CONTROL))
    lacks = MISSING if probe is None else CONNECTS
    raise Unprotected(candidate.why(f"does not notice a hang: {{container}} {lacks}"))


HANG = Trial("hang", "{app} hangs: it is killed and restarted.", _hang)
