"""Laws about how a container ended (oracle: L11, L3)."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.history.history import History
from chaos.judging.due import restart_window, unless_sooner
from chaos.judging.ends import ends_in, unless_untold
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every
from chaos.judging.ruling import eventually
from chaos.judging.stood import stands
from chaos.judging.verdict import Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Workload, each

NOTICE = seconds(10)  # relist 1 s and status patch, with room for a busy machine


@law
def exited(
    aftermath: History,
    workload: Workload,
    *,
    code: int | None,
    within: Window | None = None,
    reasons: tuple[str, ...] = (),
) -> Verdict:
    """The container ends with this exit code (None: any), as the kubelet reports it."""
    meant = workload.narrowed
    ends = [end for stand in stands(aftermath, meant) for end in ends_in(aftermath, meant, stand)]
    ends.sort(key=lambda end: end[0].at)
    fitting = (
        Recovery(seen)
        for seen, end in ends
        if code in {None, end.exit_code} and (not reasons or end.reason in reasons)
    )
    window = within or restart_window(aftermath, workload)
    in_time = [end for seen, end in ends if seen.at <= aftermath.start + window.latest]
    seen = ", ".join(sorted({f"{end.exit_code} {end.reason}" for end in in_time})) or "no end"
    verdict = eventually(aftermath, fitting, window, missing=_missing(code, seen))
    return unless_untold(aftermath, meant, unless_sooner(aftermath, workload, verdict))


def _missing(code: int | None, seen: str) -> str:
    return f"wanted exit {'of any code' if code is None else code}, saw {seen}"


@law
def ends(aftermath: History, apps: Apps, *, code: int | None) -> Verdict:
    """Every main process ends, with the code it was told; with any for None."""
    meant = tuple(app.narrowed for app in each(apps))
    firsts = (
        next(
            (e for e, end in ends_in(aftermath, app, stand) if code in {None, end.exit_code}), None
        )
        for app in meant
        for stand in stands(aftermath, app)
    )
    verdict = eventually(aftermath, every(firsts), trace(NOTICE), missing="not every process ended")
    return unless_untold(aftermath, meant, verdict)
