"""Laws about what an app was asked, as its own report counts it (oracle: L8, L9)."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.errors import ChaosError
from chaos.history.facts import Answered
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.saying import STARTED, Sign, all_say, said
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.patient import reported
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload
from chaos.workloads.containers import Probe

EITHER_END = 2  # requests more or less: one at each end of the span that is counted


@law
def asked(aftermath: History, apps: Apps, *, path: str) -> Verdict:
    """Every app says that it was asked for this path since it started."""
    missing = f"not every app was asked for {path}"
    return all_say(aftermath, apps, Sign(lambda a: _requests(a, path) > 0, missing, STARTED))


@law
def never_asked(aftermath: History, workload: Workload, *, path: str, through: Seconds) -> Verdict:
    """When the time is over the app has not been asked for this path since it started."""
    window = Window(through, through, "must not happen")
    deadline = Seconds(aftermath.start + through)
    asked_then = {s: _first(aftermath, workload, s, deadline) for s in stands(aftermath, workload)}
    silent = tuple(stand for stand, answer in asked_then.items() if answer is None)
    if silent:
        return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, ask=silent)
    answers = tuple(answer for answer in asked_then.values() if answer is not None)
    if any(answer.report is None for answer in answers):
        return Verdict(Ruling.UNKNOWN, "nobody could ask it", answers, window=window)
    count = sum(_requests(answer, path) for answer in answers)
    up = min(_since(answer) for answer in answers)
    because = f"asked for {path} {count:g} times in the {up:.1f} s since it started"
    return Verdict(Ruling.BROKEN if count else Ruling.HOLDS, because, answers, window=window)


@law
def asked_once_a_period(
    aftermath: History, workload: Workload, *, path: str, through: Seconds
) -> Verdict:
    """The kubelet asks once a period and no oftener, whatever it is told."""
    window = Window(through, through, "must stay so")
    deadline = Seconds(aftermath.start + through)
    spans = [_span(aftermath, workload, stand, deadline) for stand in stands(aftermath, workload)]
    for span in spans:
        if span.before is None or span.after is None:
            due = aftermath.start if span.before is None else deadline
            return Verdict(Ruling.OPEN, "not yet", window=window, due=due, ask=(span.stand,))
    return _judged(spans, _probe(workload), path, window)


@dataclass(frozen=True, slots=True)
class _Span:
    """What one pod said after the injection, and when the time was over."""

    stand: Stand
    before: Answered | None
    after: Answered | None

    @property
    def lasted(self) -> float:
        """By the app's own clock; negative when it was started anew."""
        return _since(self.after) - _since(self.before)

    def count(self, path: str) -> float:
        """How often it was asked."""
        return _requests(self.after, path) - _requests(self.before, path)


def _judged(spans: list[_Span], probe: Probe, path: str, window: Window) -> Verdict:
    facts = tuple(a for span in spans for a in (span.before, span.after) if a is not None)
    if any(fact.report is None for fact in facts):
        return Verdict(Ruling.UNKNOWN, "nobody could ask it", facts, window=window)
    if any(span.lasted <= 0 for span in spans):
        return Verdict(Ruling.UNKNOWN, "it was started anew: its count too", facts, window=window)
    odd = [s for s in spans if abs(s.count(path) - s.lasted / probe.period) > EITHER_END]
    worst = next(iter([*odd, *spans]))
    said = f"asked for {path} {worst.count(path):g} times in {worst.lasted:.1f} s"
    because = f"{said}, wanted once in {probe.period:g} s"
    return Verdict(Ruling.BROKEN if odd else Ruling.HOLDS, because, facts, window=window)


def _span(aftermath: History, workload: Workload, stand: Stand, deadline: Seconds) -> _Span:
    first = _first(aftermath, workload, stand, aftermath.start)
    return _Span(stand, first, _first(aftermath, workload, stand, deadline))


def _first(
    aftermath: History, workload: Workload, stand: Stand, moment: Seconds
) -> Answered | None:
    """A pod's first answer from a moment on."""
    later = (a for a in aftermath.answers(workload.name) if a.uid == stand.uid and a.at >= moment)
    return next(later, None)


def _requests(answer: Answered | None, path: str) -> float:
    return _number(answer, reported.inner(reported.REQUESTS, path))


def _since(answer: Answered | None) -> float:
    return _number(answer, reported.SINCE)


def _number(answer: Answered | None, name: str) -> float:
    return float(said(answer, name) or 0) if answer is not None else 0.0


def _probe(workload: Workload) -> Probe:
    if workload.liveness is None:
        raise ChaosError(f"{workload} has no liveness probe: there is no period to hold it to")
    return workload.liveness
