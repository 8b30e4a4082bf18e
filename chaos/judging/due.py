"""When a history says that something must be seen: by the fault's look and the live timers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chaos import windows
from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.history.facts import Pod
from chaos.history.history import History
from chaos.history.timers import Timers
from chaos.judging.stood import stood
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.sight import befalls, hits, unseen
from chaos.windows.window import Window
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import ProbeName


def restart_window(aftermath: History, workload: Workload) -> Window:
    """When the restart must be seen, by the spec, the fault's look and the restarts before it."""
    meant, timers = workload.narrowed, aftermath.timers
    effect = effect_on(aftermath, meant, whole=False)
    there = stood(aftermath, meant)
    restarts = max(pod.restarts_of(meant.named) for pod in there)
    age = min(_age(aftermath, pod, meant.named) for pod in there)
    return windows.restart(workload, effect, restarts=restarts, timers=timers, age=age)


def anew_window(aftermath: History, workload: Workload) -> Window:
    """When new pods must be ready: after a lost node when its are replaced, else when made."""
    if aftermath.effect.how == "lost":
        return windows.replacement(workload, aftermath.effect, aftermath.timers)
    return windows.made_anew(workload)


def effect_on(aftermath: History, workload: Workload, *, whole: bool) -> Effect:
    """The look of the fault that was done to this workload: the last of those that are open.

    The one that is asked about, where none was: it may be felt here.
    """
    every = (*aftermath.beside, aftermath.effect)
    own = [effect for effect in every if hits(effect, workload, whole=whole)]
    return next(reversed(own), aftermath.effect)


def _age(aftermath: History, pod: Pod, named: str) -> Seconds:
    """How long the containers of a pod that stood had been seen to run when the fault came.

    They may have run for longer; one that was not yet seen has run for no time at all.
    """
    ids = {one.id for one in pod.containers if named in {"", one.name}}
    since: dict[str, Seconds] = {}
    for seen, shown in aftermath.before(pod.uid):
        for one in shown.containers:
            if one.state == "running":
                since.setdefault(one.id, seen.at)
    ages = [Seconds(aftermath.opened - since[one]) if one in since else seconds(0) for one in ids]
    return min(ages, default=seconds(0))


def unless_unseen(
    aftermath: History, workload: Workload, name: ProbeName, verdict: Verdict
) -> Verdict:
    """The verdict; UNKNOWN where nothing came, and its probe could not have seen such a fault.

    Nobody is accused of what nobody had promised. What is done to another, and is to be felt here,
    is the scenario's own word.
    """
    verdict = unless_sooner(aftermath, workload, verdict, name)
    if verdict.ruling is not Ruling.BROKEN or verdict.evidence or verdict.late:
        return verdict
    effect = effect_on(aftermath, workload, whole=True)
    if not befalls(effect, workload, whole=True):
        return verdict
    if why := unseen(workload, name, effect):
        return replace(verdict, ruling=Ruling.UNKNOWN, because=why, missed=False)
    return verdict


def unless_sooner(
    aftermath: History, workload: Workload, verdict: Verdict, name: ProbeName = "liveness"
) -> Verdict:
    """The verdict; UNKNOWN where what it misses had come before the fault that is asked about.

    Of several open faults the last is asked about; what was done to this workload earlier may have
    been answered by then.
    """
    if verdict.ruling is not Ruling.BROKEN:
        return verdict
    whole = name == "readiness"
    effect = effect_on(aftermath, workload, whole=whole)
    cause = None if effect is aftermath.effect else aftermath.caused(effect)
    answer = _let_go if whole else _restarts(workload)
    there = stood(aftermath, workload)
    if cause is None or not any(_rose(aftermath, pod, answer, cause.at) for pod in there):
        return verdict
    because = (
        f"it {'left the endpoints' if whole else 'was restarted'} after {cause.fault} was caused"
        " and before the fault that is asked about, the last that is open: expect it before the"
        " next one is caused"
    )
    return replace(verdict, ruling=Ruling.UNKNOWN, because=because, missed=False)


def _rose(aftermath: History, pod: Pod, count: Callable[[Pod], int], since: Seconds) -> bool:
    """Whether it was seen to become more between then and the fault that is asked about."""
    shown = [(seen.at, count(one)) for seen, one in aftermath.before(pod.uid)]
    old = [many for at, many in shown if at <= since]
    return bool(old) and any(many > old[-1] for _, many in shown[len(old) :])


def _restarts(workload: Workload) -> Callable[[Pod], int]:
    return lambda pod: pod.restarts_of(workload.named)


def _let_go(pod: Pod) -> int:
    return not pod.ready


def timers(aftermath: History) -> Timers:
    """The live cluster's, from the history; ChaosError when it has none."""
    if aftermath.timers is None:
        raise ChaosError("the cluster's timers are not in the history: give `within`")
    return aftermath.timers
