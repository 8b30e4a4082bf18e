"""Laws about work that is to end (oracle: N6, N7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from chaos import windows
from chaos.clock import Seconds, stamp
from chaos.history.facts import Entry
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, spells
from chaos.judging.ruling import eventually, never
from chaos.judging.subject import Controller
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows import hold
from chaos.windows.window import Window
from chaos.workloads.admitted import Workload

MINUTE = 60  # what a CronJob's schedule counts in, and its Jobs' names
PUNCTUAL = 10  # seconds from a run's minute to its container's start: controller, Job, pod


@law
def retried(aftermath: History, workload: Workload, *, within: Window | None = None) -> Verdict:
    """The Job makes another pod, which gets ready, for one that failed."""
    known = {pod.uid for pod in aftermath.stood(workload.name)}
    states = (
        (seen, pod.uid if pod.ready and not pod.deleting and not seen.gone else None)
        for seen, pod in aftermath.sightings(workload.name)
        if pod.uid not in known
    )
    window = within or windows.retry(workload)
    return eventually(
        aftermath, spells(states), window, missing="no other pod", hold=hold(workload)
    )


@law
def completed(
    aftermath: History, workload: Controller, *, within: Window, times: int = 1
) -> Verdict:
    """As many pods as are wanted end well: the work is done."""
    done: dict[str, Recovery] = {}
    for seen, pod in aftermath.sightings(workload.name):
        if pod.phase == "Succeeded":
            done.setdefault(pod.uid, Recovery(seen))
    last = list(done.values())[times - 1 : times]
    missing = f"{len(done)} of {times} pods ended well"
    return eventually(aftermath, last, within, missing=missing)


@law
def never_completed(aftermath: History, workload: Controller, *, through: Seconds) -> Verdict:
    """No pod of it ever ends well: the work is not done."""
    seen = [*aftermath.sightings(workload.name)]
    well = (sighting for sighting, pod in seen if pod.phase == "Succeeded")
    verdict = never(aftermath, next(well, None), through)
    if verdict.ruling is Ruling.HOLDS and not seen and not aftermath.stood(workload.name):
        return replace(verdict, ruling=Ruling.UNKNOWN, because=f"{workload} had no pods")
    return verdict


@law
def never_runs(aftermath: History, workload: Controller, *, through: Seconds) -> Verdict:
    """The CronJob starts nothing."""
    known = {pod.job for pod in aftermath.stood(workload.name)}
    new = (s for s, pod in aftermath.sightings(workload.name) if pod.job not in known)
    return never(aftermath, next(new, None), through)


@law
def starts_on_time(aftermath: History, workload: Controller, *, within: Window) -> Verdict:
    """The CronJob starts a run at its minute, and none at any other time."""
    runs = list(_runs(aftermath, workload))
    late = [run for run in runs if not 0 <= run[2] <= PUNCTUAL]
    found = (Recovery(seen) for seen, _, _ in ([] if late else runs))
    return eventually(aftermath, found, within, missing=f"no run on time: {_told(runs)}")


@law
def catches_up_once(aftermath: History, workload: Controller, *, within: Window) -> Verdict:
    """Of the runs it missed the CronJob makes up for the last alone, and then runs on time."""
    runs = list(_runs(aftermath, workload))
    minutes = [minute for _, minute, _ in runs]
    in_turn = all(later == minute + 1 for minute, later in pairwise(minutes))
    fit = all(0 <= late <= (PUNCTUAL if n else MINUTE) for n, (_, _, late) in enumerate(runs))
    second = [Recovery(runs[1][0])] if len(runs) > 1 and in_turn and fit else []
    return eventually(aftermath, second, within, missing=f"not once, then on time: {_told(runs)}")


def _runs(aftermath: History, workload: Workload) -> Iterator[tuple[Entry, int, float]]:
    """Each new run as it is first seen to have started: its minute, how many seconds late.

    Both are the cluster's own times: a CronJob's Jobs end in their minute since 1970.
    """
    known = {pod.job for pod in aftermath.stood(workload.name)}
    for seen, pod in aftermath.sightings(workload.name):
        started = [c.started_at for c in pod.containers if c.started_at]
        if started and pod.job not in known:
            known.add(pod.job)
            minute = int(pod.job.rpartition("-")[2])
            yield seen, minute, stamp(started[0]) - minute * MINUTE


def _told(runs: list[tuple[Entry, int, float]]) -> str:
    return ", ".join(f"one {late:.0f} s late" for _, _, late in runs) or "no run"
