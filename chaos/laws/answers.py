"""Laws about what the app itself says: nothing in the API shows a hang or a leak (oracle: L3, L4).

The recorder asks the patients when a law's time is over, so these laws rule on the first answer
after their deadline: an answer, not the lack of one.
"""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.history.facts import Answered
from chaos.history.history import History
from chaos.judging.due import effect_on
from chaos.judging.law import law
from chaos.judging.saying import ERRORS, all_say, said, still_say
from chaos.judging.verdict import Verdict
from chaos.patient import reported
from chaos.workloads.admitted import Apps, Uid, Workload

HALF = 0.5


@law
def stop_answering(aftermath: History, apps: Apps) -> Verdict:
    """Every app was asked, and its main port gave no answer."""
    return all_say(aftermath, apps, _hung, "not every app fell silent")


@law
def leak(aftermath: History, apps: Apps) -> Verdict:
    """Every app was seen to leak."""
    return all_say(aftermath, apps, _leaking, "not every app leaks")


@law
def say_ill(aftermath: History, apps: Apps, *, status: int) -> Verdict:
    """Every app's health path was seen to answer with the status it was told."""
    return all_say(aftermath, apps, lambda a: _says(a, status), "not every app took the order")


@law
def stays_hung(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Nothing helps the app: it still hangs when the time is over."""
    return still_say(aftermath, workload, through, _hung, "it answers again")


@law
def serves(aftermath: History, workload: Workload, *, after: Seconds) -> Verdict:
    """When the time is over the app answers, and not with an error."""
    return still_say(aftermath, workload, after, _serving, "it does not serve")


@law
def goes_on_growing(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Nothing stops the leak: the app's memory grows as fast as it was told, up to the end."""
    first: dict[Uid, Answered] = {}
    for answer in aftermath.answers(workload.name):
        first.setdefault(answer.uid, answer)
    rate = effect_on(aftermath, workload, whole=True).mib_per_second
    return still_say(
        aftermath,
        workload,
        through,
        lambda a: _leaking(a) and _grew(first[a.uid], a, rate),
        "it does not leak, or does not grow as it was told,",
    )


def _hung(answer: Answered) -> bool:
    return answer.status is None and bool(said(answer, reported.HUNG))


def _serving(answer: Answered) -> bool:
    return answer.status is not None and answer.status < ERRORS


def _held(answer: Answered) -> float:
    return float(said(answer, reported.RSS_MIB) or 0.0)


def _grew(first: Answered, last: Answered, rate: float) -> bool:
    """By half of what the rate promises at least: a busy machine is slow, a full leak stands."""
    promised = HALF * rate * (last.at - first.at)
    return _held(last) > _held(first) and _held(last) >= _held(first) + promised


def _leaking(answer: Answered) -> bool:
    return bool(said(answer, reported.LEAKING))


def _says(answer: Answered, status: int) -> bool:
    return said(answer, reported.HEALTH_STATUS) == status
