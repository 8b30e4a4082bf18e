"""The app's processes are stopped: it accepts, and answers nothing."""

from __future__ import annotations

from contextlib import suppress

from chaos import windows
from chaos.clock import Seconds, seconds
from chaos.errors import LawBroken, Unprotected
from chaos.faults import Stopped
from chaos.grade.trial import Candidate, Trial
from chaos.history.effect import Effect
from chaos.laws import never_restarted, restarted, stays_stopped
from chaos.running.session import Chaos
from chaos.workloads.containers import Probe
from chaos.workloads.handlers import Exec, TcpSocket

CONTROL = seconds(10)  # a probe that fails twice a second apart would have helped by then
MISSING = "has no liveness probe"
CONNECTS = "is asked by a TCP probe only, and the kernel takes its connections for it"
ASKS_ITSELF = "is asked by a command that does not see it"


def _hang(candidate: Candidate, chaos: Chaos) -> None:
    match candidate.app.liveness:
        case None:
            _goes_on(candidate, chaos, CONTROL, MISSING)
        case Probe(asks=TcpSocket()):
            _goes_on(candidate, chaos, CONTROL, CONNECTS)
        case Probe(asks=Exec()):
            _may_be_seen(candidate, chaos)
        case _:
            with chaos.inject(Stopped(candidate.app.one)):
                chaos.expect(restarted(candidate.app.one))


def _may_be_seen(candidate: Candidate, chaos: Chaos) -> None:
    """What a command sees is its own: it burns its timeout, or fails, or the app hangs on."""
    latest = windows.restart(candidate.app.one, Effect("silent")).latest
    with suppress(LawBroken):
        _goes_on(candidate, chaos, latest, ASKS_ITSELF)


def _goes_on(candidate: Candidate, chaos: Chaos, through: Seconds, lacks: str) -> None:
    """It hangs all the time, and nothing restarts it."""
    one = candidate.app.one
    with chaos.inject(Stopped(one)):
        chaos.expect(stays_stopped(one, through=through), never_restarted(one, through=through))
    raise Unprotected(candidate.why(f"does not notice a hang: {{container}} {lacks}"))


HANG = Trial("hang", "{app} hangs: it is killed and restarted.", _hang)
