"""Laws about what outlives a container: the pod's identity, and what it keeps (oracle: 2.1)."""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.history.facts import Answered
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.ruling import never
from chaos.judging.saying import STARTED, Sign, all_say, said, still_say
from chaos.judging.verdict import Verdict
from chaos.patient import reported
from chaos.workloads.admitted import Workload


@law
def never_moved(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Its pods stay who and where they are: the same uid, node and address."""
    stood = {pod.uid: (pod.node, pod.ip) for pod in aftermath.stood(workload.name)}
    moved = (
        seen
        for seen, pod in aftermath.sightings(workload.name)
        if seen.gone or stood.get(pod.uid) != (pod.node, pod.ip)
    )
    return never(aftermath, next(moved, None), through)


@law
def found_again(aftermath: History, workload: Workload, *, folder: str) -> Verdict:
    """What the app wrote into the folder is found by the process that starts after it."""
    missing = f"nothing was found in {folder} by a new process"
    kept = Sign(lambda a: _marks(aftermath, a, folder) > 1, missing, STARTED)
    return all_say(aftermath, workload, kept)


@law
def never_found_again(
    aftermath: History, workload: Workload, *, folder: str, through: Seconds
) -> Verdict:
    """What the app wrote into the folder is gone: the process that starts after it begins anew."""
    otherwise = f"there was something in {folder}, or no new process"
    return still_say(
        aftermath, workload, through, lambda a: _marks(aftermath, a, folder) == 1, otherwise
    )


def _marks(aftermath: History, answer: Answered, folder: str) -> float:
    """How many starts a folder has seen, this one too, as a process that began since says; or 0."""
    age = said(answer, reported.SINCE)
    fresh = age is not None and answer.at - float(age) > aftermath.opened
    return float(said(answer, reported.inner(reported.MARKS, folder)) or 0) if fresh else 0
