"""Laws about what users feel: the requests of visitors, and what came of them.

They rule once every visitor has told of all its requests of the time. A visitor that cannot be
heard is no failure of the app: then nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.history import History
from chaos.history.looked import STALLED, Visit, Visited
from chaos.judging.law import law
from chaos.judging.saying import AGAIN, ERRORS
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload, each

FEWEST = 20  # requests: with fewer, one alone is more than 5 %
LATE = seconds(15)  # how long a visitor may be silent when the time is over: as the recorder
AT_ONCE = seconds(0)


@law
def keeps_answering(  # noqa: PLR0913 - what is promised, all by name
    aftermath: History,
    workload: Workload,
    *,
    to: Apps,
    at_least: float,
    through: Seconds,
    except_for: Seconds = AT_ONCE,
    faster_than: Seconds | None = None,
) -> Verdict:
    """Of the users' requests at least this share is answered, without an error and in time.

    Those count that were sent from the injection, or `except_for` after it, `through` so long.
    """
    slowest = math.inf if faster_than is None else float(faster_than)
    span = _Span(aftermath, except_for, through)
    said = "answered" if faster_than is None else f"answered within {faster_than:g} s"
    return _weigh(
        span,
        _requests(span, workload, to),
        _Share(said, at_least, lambda visit: answered(visit) and visit.took < slowest),
    )


@law
def goes_on_failing(
    aftermath: History,
    workload: Workload,
    *,
    to: Apps,
    at_least: float,
    through: Seconds,
) -> Verdict:
    """Of the users' requests at least this share fails all the time: nothing helps them."""
    span = _Span(aftermath, AT_ONCE, through)
    share = _Share("failed", at_least, answered, of_bad=True)
    return _weigh(span, _requests(span, workload, to), share)


def answered(visit: Visit) -> bool:
    """Whether a request got an answer that is no error."""
    return isinstance(visit.said, int) and visit.said < ERRORS


@dataclass(frozen=True, slots=True)
class _Share:
    """What part of the requests must be good, or bad."""

    words: str
    least: float
    good: Callable[[Visit], bool]
    of_bad: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.least <= 1:
            raise ChaosError(f"at_least={self.least:g}: a share, above 0 and up to 1: 0.99 is 99 %")


@dataclass(frozen=True, slots=True)
class _Span:
    """The time that a law looks at."""

    aftermath: History
    except_for: Seconds
    through: Seconds

    def __post_init__(self) -> None:
        if not self.except_for < self.through:
            spans = f"except_for={self.except_for:g} s, through={self.through:g} s"
            raise ChaosError(f"{spans}: no time is left to be looked at")

    @property
    def begin(self) -> Seconds:
        return Seconds(self.aftermath.start + self.except_for)

    @property
    def deadline(self) -> Seconds:
        return Seconds(self.aftermath.start + self.through)

    @property
    def window(self) -> Window:
        return Window(self.except_for, self.through, "must stay so")

    def since(self, moment: Seconds) -> float:
        return moment - self.aftermath.start


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one visitor told in time; or when to ask it again; or why it never will have told."""

    stand: Stand
    words: tuple[Visited, ...] = ()
    due: Seconds | None = None
    lost: str = ""


def _requests(span: _Span, workload: Workload, to: Apps) -> Verdict | list[Visit]:
    """The requests to a workload that surely were sent in the time; a verdict while some lack."""
    heard = [_heard(span, app, stand) for app in each(to) for stand in app.stands]
    if lost := next((one.lost for one in heard if one.lost), ""):
        return Verdict(Ruling.UNKNOWN, lost, window=span.window)
    if silent := {one.stand: one.due for one in heard if one.due is not None}:
        due, ask = min(silent.values()), tuple(silent)
        return Verdict(Ruling.OPEN, "not yet", window=span.window, due=due, ask=ask)
    found = (
        visit
        for one in heard
        for word in one.words
        for visit in word.visits
        if word.asked == workload.name
        and visit.said != STALLED
        and span.begin <= visit.sent - word.error
        and visit.sent <= span.deadline
    )
    return sorted(found, key=lambda visit: visit.sent)


def _heard(span: _Span, app: Workload, stand: Stand) -> _Heard:
    """Its words up to the first with which all is told."""
    words: list[Visited] = []
    told = span.begin
    for word in span.aftermath.visits(app.name):
        if word.uid != stand.uid or word.at > span.deadline + LATE:
            continue
        if word.since > told:
            anew = f"{app} was started anew: what it saw before {span.since(word.since):.1f} s"
            return _Heard(stand, lost=f"{anew} is not known")
        words.append(word)
        told = max(told, word.through)
        if told >= span.deadline:
            return _Heard(stand, tuple(words))
    return _silent(span, app, stand, told)


def _silent(span: _Span, app: Workload, stand: Stand, told: Seconds) -> _Heard:
    """One that has not told all: it is asked again and again for a while."""
    asked = [a.at for a in span.aftermath.answers(app.name) if a.uid == stand.uid]
    since = [at for at in asked if at >= span.deadline]
    if any(at > span.deadline + LATE for at in since):
        known = f"of {app} nothing is known from {span.since(told):.1f} s on"
        return _Heard(stand, lost=f"{known}: it is silent, or sent no more")
    due = Seconds(since[-1] + AGAIN) if since else span.deadline
    return _Heard(stand, due=due)


def _weigh(span: _Span, requests: Verdict | list[Visit], share: _Share) -> Verdict:
    """How many are so, of how many; and those that were no good, in words."""
    if isinstance(requests, Verdict):
        return requests
    if len(requests) < FEWEST:
        few = f"only {len(requests)} requests were sent, and {FEWEST} are needed to tell"
        return Verdict(Ruling.UNKNOWN, few, window=span.window)
    bad = [visit for visit in requests if not share.good(visit)]
    so = len(bad) if share.of_bad else len(requests) - len(bad)
    because = (
        f"{share.words} {so} of {len(requests)} requests ({_percent(so / len(requests))} %),"
        f" at least {100 * share.least:g} % wanted"
    )
    ruling = Ruling.HOLDS if so / len(requests) >= share.least else Ruling.BROKEN
    return Verdict(ruling, "; ".join([because, *_told(span, bad)]), window=span.window)


def _percent(part: float) -> str:
    """Rounded down: 98.96 % are not 99."""
    return f"{math.floor(part * 1000) / 10:.1f}"


def _told(span: _Span, bad: list[Visit]) -> Iterator[str]:
    """What failed requests came to, and when they were sent: 2 refused between 0.2 and 0.4 s."""
    for words, visits in groupby(sorted(bad, key=_came), key=_came):
        sent = [span.since(visit.sent) for visit in visits]
        first, last = f"{min(sent):.1f}", f"{max(sent):.1f}"
        when = f"at {first} s" if first == last else f"between {first} and {last} s"
        yield f"{len(sent)} {words} {when}"


def _came(visit: Visit) -> str:
    if answered(visit):
        return "too slow"
    return f"answered {visit.said}" if isinstance(visit.said, int) else visit.said
