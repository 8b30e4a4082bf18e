"""The two rulings that laws come to: a fact must be there in its window, or must not."""

from __future__ import annotations

from collections.abc import Iterable

from chaos.clock import Seconds, seconds
from chaos.history.facts import LATE, Entry, Lag
from chaos.history.history import History
from chaos.judging.recovery import Recovery
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window

LONGER = 1.0  # seconds more than was asked for: less is no other answer


def eventually(
    history: History,
    recoveries: Iterable[Recovery],
    window: Window,
    *,
    missing: str,
    hold: Seconds = Seconds(0.0),  # noqa: B008  a NewType over an immutable float
) -> Verdict:
    """Holds once a fact is there, in its window, and has lasted `hold`; else broken at its end.

    A recovery that is undone within its hold is none. A gap between a recovery and the end of its
    hold leaves it unknown, as does one that hid the moment of the injection, or that may have
    hidden a recovery before its window. One that is not over when a recovery is seen is another
    watch's: the hold begins at its end, when all is known again. A watch that was late hides
    nothing: it only leaves open whether what it showed was too early, or in time after all.
    """
    deadline = Seconds(history.start + window.latest)
    failed_again, late, lag = "", None, None
    for recovery in recoveries:
        fact, relapse = recovery.fact, recovery.relapse
        since = history.clear(fact.at)
        held = Seconds(since + hold)
        if fact.at > deadline:
            late, lag = fact, lag or _older(history, fact, deadline)
            break
        if relapse is not None and relapse.at <= held:
            lag = lag or _older(history, fact, Seconds(relapse.at - hold))
            failed_again = f"; back after {_since(history, fact):.1f} s, failed again"
            continue
        return _recovered(history, recovery, window, (since, held), lag)
    if history.end < deadline:
        return Verdict(Ruling.OPEN, "not yet" + failed_again, window=window, due=deadline)
    if gap := history.blind(history.opened, deadline):
        return _blind(gap, window)
    if lag is not None:
        return undated(history, lag, window, _expected(window))
    came = f"{_later(history, late, deadline)}{failed_again}"
    because = f"{missing} in {round(window.latest, 1):g} s{came}"
    return Verdict(Ruling.BROKEN, because, window=window, missed=late is None, late=late)


def _later(history: History, late: Entry | None, deadline: Seconds) -> str:
    """What came when the time was over: late is not never."""
    if late is not None:
        return f"; it came after {_since(history, late):.1f} s"
    watched = history.end - history.start
    return f", nor in {watched:.0f} s" if history.end >= deadline + LONGER else ""


def _recovered(
    history: History,
    recovery: Recovery,
    window: Window,
    hold: tuple[Seconds, Seconds],
    before: Lag | None,
) -> Verdict:
    """A recovery in time, not undone so far: it must not be too early, and must last.

    Nor must one `before` it have been both, of which a lag leaves open whether it lasted.
    """
    fact, relapse = recovery.fact, recovery.relapse
    (since, held), took = hold, _since(history, fact)
    due = max(held, history.start)
    if history.end < due:
        because = f"after {took:.1f} s; does it last?"
        return Verdict(Ruling.OPEN, because, (fact,), took, window, due=due)
    soonest = Seconds(history.opened + window.earliest)
    hidden = max(history.start, min(fact.at, soonest))  # unseen before this, it was too early
    if gap := history.blind(history.opened, hidden) or history.blind(since, held):
        return _blind(gap, window)
    if fact.at < soonest:
        because = f"after {took:.1f} s already, {_expected(window)}"
        return Verdict(Ruling.BROKEN, because, (fact,), took, window)
    lag = _older(history, fact, Seconds(soonest - LATE)) or _older(history, relapse, held)
    lag = lag or (before if before and before.at < soonest - LATE else None)
    if lag is not None:
        return undated(history, lag, window, _expected(window))
    lasted = f", held {held - since:g} s" if held > since else ""
    because = f"after {took:.1f} s{lasted}, {_expected(window)}"
    return Verdict(Ruling.HOLDS, because, (fact,), took, window)


def never(history: History, fact: Entry | None, through: Seconds) -> Verdict:
    """Broken once the fact is there; holds once the time for it is over."""
    window = Window(seconds(0), through, "must not happen")
    deadline = Seconds(history.start + through)
    if fact is not None and fact.at <= deadline:
        return _happened(history, fact, window)
    if history.end < deadline:
        return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline)
    if gap := history.blind(history.opened, deadline):
        return _blind(gap, window)
    if lag := _older(history, fact, deadline):
        return undated(history, lag, window, f"must not happen in {window}")
    return Verdict(Ruling.HOLDS, f"not once in {through:g} s", window=window)


def _happened(history: History, fact: Entry, window: Window) -> Verdict:
    """What must not happen was seen; unless nobody knows whether the fault came before it."""
    if history.end < history.start:
        return Verdict(Ruling.OPEN, "seen already", (fact,), window=window, due=history.start)
    if gap := history.blind(history.opened, history.start):
        return _blind(gap, window)
    if lag := _older(history, fact, Seconds(history.opened - LATE)):
        return undated(history, lag, window, f"must not happen in {window}")
    took = _since(history, fact)
    return Verdict(Ruling.BROKEN, f"after {took:.1f} s", (fact,), took, window)


def _blind(gap: Entry, window: Window) -> Verdict:
    because = f"the watch was down from {gap.at:.1f} s"
    return Verdict(Ruling.UNKNOWN, because, (gap,), window=window)


def _older(history: History, fact: Entry | None, moment: Seconds) -> Lag | None:
    """The lag that leaves open whether it was so before that moment, if one does."""
    lag = history.lag(fact)
    return lag if lag is not None and lag.at < moment else None


def undated(history: History, lag: Lag, window: Window, wanted: str) -> Verdict:
    """UNKNOWN: when something came or went is known too roughly to tell whether that was right."""
    since, until = (moment - history.start for moment in (lag.at, lag.until))
    late = f"the watch was late from {since:.1f} to {until:.1f} s after the fault"
    because = f"{late}, so when it came or went is not known; {wanted}"
    return Verdict(Ruling.UNKNOWN, because, (lag,), window=window)


def _expected(window: Window) -> str:
    return f"expected in {window}: {window.because}"


def _since(history: History, fact: Entry) -> Seconds:
    """Seconds from the injection; 0 for what was seen while it was being caused."""
    return Seconds(max(0.0, fact.at - history.start))
