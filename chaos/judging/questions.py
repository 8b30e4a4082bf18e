"""The questions that a verdict still has: whether news or time may change it."""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.history.history import History
from chaos.history.index import touches
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling, Verdict


def touched(before: History, after: History) -> frozenset[str]:
    """The names that the entries between two histories are about."""
    fresh = after.index.entries[before.last : after.last]
    return frozenset(name for entry in fresh for _, name in touches(entry))


def may_change(verdict: Verdict, law: Law, names: frozenset[str], frontier: Seconds) -> bool:
    """An open verdict changes with news of its subject, or when the frontier passes its due."""
    if verdict.ruling is not Ruling.OPEN:
        return False
    about = law.subject.names | law.subject.uids
    return bool(names & about) or (verdict.due is not None and frontier >= verdict.due)
