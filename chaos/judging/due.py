"""When a history says that something must be seen: by the fault's look and the live timers."""

from __future__ import annotations

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
    if verdict.ruling is not Ruling.BROKEN or verdict.evidence or verdict.late:
        return verdict
    effect = effect_on(aftermath, workload, whole=True)
    if not befalls(effect, workload, whole=True):
        return verdict
    if why := unseen(workload, name, effect):
        return replace(verdict, ruling=Ruling.UNKNOWN, because=why, missed=False)
    return verdict


def timers(aftermath: History) -> Timers:
    """The live cluster's, from the history; ChaosError when it has none."""
    if aftermath.timers is None:
        raise ChaosError("the cluster's timers are not in the history: give `within`")
    return aftermath.timers
