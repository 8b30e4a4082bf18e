"""The app's main process is killed."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.errors import Unprotected
from chaos.faults import Killed
from chaos.grade.trial import Candidate, Trial
from chaos.laws import never_restarted, restarted
from chaos.running.session import Chaos

CONTROL = seconds(7)  # longer than the latest moment for a restart: relist 1 s + start 3 s


def _crash(candidate: Candidate, chaos: Chaos) -> None:
    one = candidate.app.one
    if one.restart_policy == "Never":
        with chaos.inject(Killed(one)):
            chaos.expect(never_restarted(one, through=CONTROL))
        raise Unprotected(candidate.why("stays down after a crash: its restartPolicy is Never"))
    with chaos.inject(Killed(one)):
        chaos.expect(restarted(one))


CRASH = Trial("crash", "{app} is killed: its container is restarted.", _crash, basic=True)
