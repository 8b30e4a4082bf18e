"""Rulings on what apps say when they are asked: in time, and still when the time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from chaos.clock import Seconds, seconds
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.judging.recovery import Recovery, every
from chaos.judging.ruling import eventually
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window, trace
from chaos.workloads.admitted import Apps, Stand, Uid, Workload, each

NOTICE = seconds(5)  # an order is asked back at once: a request's deadline is 1 s
SILENCE = seconds(30)  # of which nobody concludes that an order was not taken: 30 questions
AGAIN = seconds(1)  # between two questions to an app that does not look ill yet
ERRORS = 400  # the first of HTTP's errors
STARTED = seconds(10)  # a crash's relist and the next start, with room for a busy machine


def said(answer: Answered, what: str) -> bool | float | str | None:
    """What an app says of itself by a key of its report; None when it says nothing of it."""
    return None if answer.report is None else answer.report.get(what)


@dataclass(frozen=True, slots=True)
class Sign:
    """What every app must say, and how it is looked for.

    `ill` knows such an answer, `missing` is what to say when one gives none in `notice`; `again` is
    how long after an answer it is asked anew. `shown` proves the same of a pod without its word.
    """

    ill: Callable[[Answered], bool]
    missing: str
    notice: Seconds = NOTICE
    again: Seconds = AGAIN
    shown: Callable[[Workload, Stand], Iterable[Entry]] = lambda *_: ()


def all_say(aftermath: History, apps: Apps, sign: Sign) -> Verdict:
    """Each pod that stood gives an answer of this kind: those that have not are asked.

    While none has said otherwise they have longer: what a busy machine keeps us from hearing is no
    sign that an order was not taken.
    """
    firsts = _firsts(aftermath, apps, sign)
    whole = next(every(firsts.values()), None)
    told = _told_otherwise(aftermath, apps, sign.ill, whole)
    limit = sign.notice if told else SILENCE
    if whole is not None and whole.fact.at <= aftermath.start + limit:
        return _prompt(aftermath, whole.fact, sign.notice, limit)
    verdict = eventually(aftermath, every(firsts.values()), trace(limit), missing=sign.missing)
    if verdict.ruling is Ruling.BROKEN and not told:
        return replace(verdict, ruling=Ruling.UNKNOWN, because="nobody could ask it")
    due = _next_question(aftermath, apps, sign.again)
    if verdict.ruling is not Ruling.OPEN or due > aftermath.start + limit:
        return verdict
    well = tuple(stand for stand, first in firsts.items() if first is None)
    return replace(verdict, due=due, ask=well)


def _firsts(aftermath: History, apps: Apps, sign: Sign) -> dict[Stand, Entry | None]:
    """What first proves it of each pod that stood, if anything does."""
    return {
        stand: min(_proofs(aftermath, app, stand, sign), key=_moment, default=None)
        for app in each(apps)
        for stand in stands(aftermath, app)
    }


def _proofs(aftermath: History, app: Workload, stand: Stand, sign: Sign) -> Iterator[Entry]:
    yield from (a for a in aftermath.answers(app.name) if a.uid == stand.uid and sign.ill(a))
    yield from sign.shown(app, stand)


def _moment(entry: Entry) -> Seconds:
    return entry.at


def _told_otherwise(
    aftermath: History, apps: Apps, ill: Callable[[Answered], bool], whole: Recovery | None
) -> bool:
    """Whether one of them has said that it is not so: since the injection, before all had."""
    silence = aftermath.start + SILENCE
    until = silence if whole is None else min(silence, whole.fact.at)
    uids = {stand.uid for app in each(apps) for stand in stands(aftermath, app)}
    said = (a for app in each(apps) for a in aftermath.answers(app.name) if a.uid in uids)
    heard = (a for a in said if a.report is not None and aftermath.start <= a.at <= until)
    return not all(map(ill, heard))


def _prompt(aftermath: History, last: Entry, notice: Seconds, limit: Seconds) -> Verdict:
    """All have said so in time: what we were told ourselves, no API server has to vouch for."""
    took = Seconds(max(0.0, last.at - aftermath.start))
    window = trace(notice if took <= notice else limit)
    because = f"after {took:.1f} s, expected in {window}: {window.because}"
    return Verdict(Ruling.HOLDS, because, (last,), took, window)


def _next_question(aftermath: History, apps: Apps, again: Seconds) -> Seconds:
    """At once when nobody has been asked since the injection; then every so many seconds."""
    answers = (a.at for app in each(apps) for a in aftermath.answers(app.name))
    last = max((at for at in answers if at >= aftermath.start), default=None)
    return aftermath.start if last is None else Seconds(last + again)


def told(answer: Answered, what: str) -> float:
    """A number of an app's report; 0 where it says none."""
    return float(said(answer, what) or 0.0)


def first_told(aftermath: History, apps: Apps, what: str) -> Mapping[Uid, Answered]:
    """The first answer of each pod that tells this: of just before the fault, if there is one."""
    first: dict[Uid, Answered] = {}
    for app in each(apps):
        before = (a for a in aftermath.answered_before(app.name) if _is_fresh(aftermath, a))
        first |= {answer.uid: answer for answer in before if said(answer, what) is not None}
        for answer in aftermath.answers(app.name):
            if said(answer, what) is not None:
                first.setdefault(answer.uid, answer)
    return first


def _is_fresh(aftermath: History, answer: Answered) -> bool:
    return answer.at >= aftermath.opened - NOTICE


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
    silent = tuple(stand for stand in stands(aftermath, workload) if stand.uid not in last)
    if silent:
        return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, ask=silent)
    asked = tuple(last[stand.uid] for stand in stands(aftermath, workload))
    took = Seconds(max(answer.at for answer in asked) - aftermath.start)
    if any(answer.report is None for answer in asked):
        return Verdict(Ruling.UNKNOWN, "nobody could ask it", asked, took, window)
    ruling = Ruling.HOLDS if all(ill(answer) for answer in asked) else Ruling.BROKEN
    because = f"{'still so' if ruling is Ruling.HOLDS else otherwise} after {took:.1f} s"
    return Verdict(ruling, because, asked, took, window)
