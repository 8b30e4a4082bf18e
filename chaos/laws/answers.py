"""Laws about what the app itself says: nothing in the API shows a hang or a leak (oracle: L3, L4).

The recorder asks the patients when a law's time is over, so these laws rule on the first answer
after their deadline: an answer, not the lack of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every
from chaos.judging.ruling import eventually
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Uid, Workload, each

NOTICE = seconds(5)  # an order is asked back at once: a request's deadline is 1 s
SILENCE = seconds(30)  # of which nobody concludes that an order was not taken: 30 questions
ERRORS = 400  # the first of HTTP's errors
AGAIN = seconds(1)  # between two questions to an app that does not look ill yet


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
    """Nothing stops the leak: the app holds more memory than when it began."""
    least: dict[Uid, float] = {}
    for answer in aftermath.answers(workload.name):
        least.setdefault(answer.uid, _held(answer))
    return still_say(
        aftermath,
        workload,
        through,
        lambda a: _leaking(a) and _held(a) > least[a.uid],
        "it does not leak, or holds no more than at first,",
    )


def all_say(
    aftermath: History,
    apps: Apps,
    ill: Callable[[Answered], bool],
    missing: str,
    notice: Seconds = NOTICE,
) -> Verdict:
    """Each pod that stood gives an answer of this kind: those that have not are asked.

    `missing` is what to say when one does not. While none has said otherwise they have longer: what
    a busy machine keeps us from hearing is no sign that an order was not taken.
    """
    firsts = _firsts(aftermath, apps, ill)
    whole = next(every(firsts.values()), None)
    told = _told_otherwise(aftermath, apps, ill, whole)
    limit = notice if told else SILENCE
    if whole is not None and whole.fact.at <= aftermath.start + limit:
        return _prompt(aftermath, whole.fact, notice, limit)
    verdict = eventually(aftermath, every(firsts.values()), trace(limit), missing=missing)
    if verdict.ruling is Ruling.BROKEN and not told:
        return replace(verdict, ruling=Ruling.UNKNOWN, because="nobody could ask it")
    due = _next_question(aftermath, apps)
    if verdict.ruling is not Ruling.OPEN or due > aftermath.start + limit:
        return verdict
    well = tuple(stand for stand, first in firsts.items() if first is None)
    return replace(verdict, due=due, ask=well)


def _firsts(
    aftermath: History, apps: Apps, ill: Callable[[Answered], bool]
) -> dict[Stand, Answered | None]:
    """The first answer of this kind of each pod that stood, if it gave one."""
    return {
        stand: next((a for a in aftermath.answers(app.name) if a.uid == stand.uid and ill(a)), None)
        for app in each(apps)
        for stand in app.stands
    }


def _told_otherwise(
    aftermath: History, apps: Apps, ill: Callable[[Answered], bool], whole: Recovery | None
) -> bool:
    """Whether one of them has said that it is not so: since the injection, before all had."""
    silence = aftermath.start + SILENCE
    until = silence if whole is None else min(silence, whole.fact.at)
    uids = {stand.uid for app in each(apps) for stand in app.stands}
    said = (a for app in each(apps) for a in aftermath.answers(app.name) if a.uid in uids)
    heard = (a for a in said if a.report is not None and aftermath.start <= a.at <= until)
    return not all(map(ill, heard))


def _prompt(aftermath: History, last: Entry, notice: Seconds, limit: Seconds) -> Verdict:
    """All have said so in time: what we were told ourselves, no API server has to vouch for."""
    took = Seconds(max(0.0, last.at - aftermath.start))
    window = trace(notice if took <= notice else limit)
    because = f"after {took:.1f} s, expected in {window}: {window.because}"
    return Verdict(Ruling.HOLDS, because, (last,), took, window)


def _next_question(aftermath: History, apps: Apps) -> Seconds:
    """At once when nobody has been asked since the injection; then every second."""
    answers = (a.at for app in each(apps) for a in aftermath.answers(app.name))
    last = max((at for at in answers if at >= aftermath.start), default=None)
    return aftermath.start if last is None else Seconds(last + AGAIN)


def still_say(
    aftermath: History,
    workload: Workload,
    through: Seconds,
    ill: Callable[[Answered], bool],
    otherwise: str,
) -> Verdict:
    """Every pod is ill in its first answer after the deadline."""
    deadline = Seconds(aftermath.start + through)
    window = Window(through, through, "must stay so")
    last: dict[Uid, Answered] = {}
    for answer in aftermath.answers(workload.name):
        if answer.at >= deadline:
            last.setdefault(answer.uid, answer)
    silent = tuple(stand for stand in workload.stands if stand.uid not in last)
    if silent:
        return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, ask=silent)
    asked = tuple(last[stand.uid] for stand in workload.stands)
    took = Seconds(max(answer.at for answer in asked) - aftermath.start)
    if any(answer.report is None for answer in asked):
        return Verdict(Ruling.UNKNOWN, "nobody could ask it", asked, took, window)
    ruling = Ruling.HOLDS if all(ill(answer) for answer in asked) else Ruling.BROKEN
    because = f"{'still so' if ruling is Ruling.HOLDS else otherwise} after {took:.1f} s"
    return Verdict(ruling, because, asked, took, window)


def _hung(answer: Answered) -> bool:
    return answer.status is None and answer.report is not None and bool(answer.report.get("hung"))


def _serving(answer: Answered) -> bool:
    return answer.status is not None and answer.status < ERRORS


def _held(answer: Answered) -> float:
    return float(answer.report.get("rss_mib", 0.0)) if answer.report else 0.0


def _leaking(answer: Answered) -> bool:
    return answer.report is not None and bool(answer.report.get("leaking"))


def _says(answer: Answered, status: int) -> bool:
    return answer.report is not None and answer.report.get("health_status") == status
