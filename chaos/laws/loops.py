"""Laws about ends that come again and again, or never (oracle: L2, L8, L9)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import Seconds
from chaos.history.facts import Observed
from chaos.history.history import History
from chaos.judging.ends import ends_in, unless_untold
from chaos.judging.law import law
from chaos.judging.recovery import every
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stands
from chaos.judging.verdict import Verdict
from chaos.windows.window import Window
from chaos.workloads.admitted import Stand, Workload


@law
def exits_again(
    aftermath: History, workload: Workload, *, code: int | None, within: Window, times: int = 2
) -> Verdict:
    """The container ends with this exit code again and again, each time another container.

    None is any code.
    """
    meant = workload.narrowed
    enough = (_nth(aftermath, meant, stand, code, times) for stand in stands(aftermath, meant))
    missing = f"not {times} containers ended{'' if code is None else f' with {code}'}"
    verdict = eventually(aftermath, every(enough), within, missing=missing)
    return unless_untold(aftermath, meant, verdict)


@law
def never_exited(
    aftermath: History, workload: Workload, *, codes: tuple[int, ...], through: Seconds
) -> Verdict:
    """No container of the workload ends with one of these exit codes."""
    found = [
        seen
        for stand in stands(aftermath, workload)
        for seen, end in ends_in(aftermath, workload, stand)
        if end.exit_code in codes
    ]
    first = min(found, key=lambda seen: seen.at, default=None)
    return unless_untold(aftermath, workload, never(aftermath, first, through))


def _nth(
    aftermath: History, workload: Workload, stand: Stand, code: int | None, times: int
) -> Observed | None:
    """The sighting of a pod's so many-th container that ended so."""
    for count, seen in enumerate(_firsts(aftermath, workload, stand, code), start=1):
        if count == times:
            return seen
    return None


def _firsts(
    aftermath: History, workload: Workload, stand: Stand, code: int | None
) -> Iterator[Observed]:
    """The first sighting of each container's end with this code."""
    known: set[str] = set()
    for seen, end in ends_in(aftermath, workload, stand):
        if code in {None, end.exit_code} and end.container_id not in known:
            known.add(end.container_id)
            yield seen
