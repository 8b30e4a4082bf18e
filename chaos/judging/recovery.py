"""Recoveries: facts that mend something, found among sightings, each until it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chaos.history.facts import Entry


@dataclass(frozen=True, slots=True)
class Recovery:
    """A fact that recovers something, and the first fact that undid it again, if one did."""

    fact: Entry
    relapse: Entry | None = None


def spells(states: Iterable[tuple[Entry, str | None]]) -> Iterator[Recovery]:
    """Turn a run of states into recoveries: one a spell of the same state that is not None.

    The entry that first shows the state is the recovery, the first that shows another its relapse.
    """
    fact: Entry | None = None
    current: str | None = None
    for entry, state in states:
        if state == current:
            continue
        if fact is not None:
            yield Recovery(fact, relapse=entry)
        fact, current = (entry, state) if state is not None else (None, None)
    if fact is not None:
        yield Recovery(fact)


def every(facts: Iterable[Entry | None]) -> Iterator[Recovery]:
    """Nothing unless all the facts are there; then the last of them."""
    found = list(facts)
    present = [fact for fact in found if fact is not None]
    if found and len(present) == len(found):
        yield Recovery(max(present, key=lambda fact: fact.at))
