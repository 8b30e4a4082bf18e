"""Rulings on what is found when somebody looks: at programs, and at containers on their nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.history.facts import Entry
from chaos.history.history import History
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window

AGAIN = seconds(1)  # between two looks


@dataclass(frozen=True)
class Search:
    """Looking for one thing: the first look that showed it, and the last look of all."""

    fact: Entry | None
    last: Entry | None


def search(looks: Sequence[Entry], facts: Sequence[Entry]) -> Search:
    """What a search has come to, by its looks and those of them that found it."""
    return Search(facts[0] if facts else None, looks[-1] if looks else None)


def rule(aftermath: History, searches: Sequence[Search], window: Window, missing: str) -> Verdict:
    """Holds once every look was answered, in the window; broken when it is over for one."""
    deadline = Seconds(aftermath.start + window.latest)
    facts = [s.fact for s in searches if s.fact is not None]
    if facts and (len(facts) == len(searches) or max(f.at for f in facts) > deadline):
        return all_found(aftermath, facts, window)
    lasts = [None if s.last is None else s.last.at for s in searches if s.fact is None]
    if all(last is not None and last >= deadline for last in lasts):
        return Verdict(Ruling.BROKEN, f"{missing} in {window.latest:g} s", window=window)
    due = min(next_look(aftermath, last, deadline) for last in lasts)
    return Verdict(Ruling.OPEN, "not yet", window=window, due=due)


def next_look(aftermath: History, last: Seconds | None, deadline: Seconds) -> Seconds:
    """At once when nobody has looked yet, then every second, and at the deadline."""
    return aftermath.start if last is None else Seconds(min(last + AGAIN, deadline))


def all_found(aftermath: History, facts: Sequence[Entry], window: Window) -> Verdict:
    """What all looks have shown: in the window or not, by the last of them."""
    last = max(facts, key=lambda fact: fact.at)
    took = Seconds(max(0.0, last.at - aftermath.start))
    early = any(fact.at < aftermath.opened + window.earliest for fact in facts)
    ruling = Ruling.BROKEN if early or took > window.latest else Ruling.HOLDS
    because = f"after {took:.1f} s, expected in {window}: {window.because}"
    return Verdict(ruling, because, tuple(facts), took, window)
