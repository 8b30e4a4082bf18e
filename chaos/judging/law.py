"""Laws: pure judgements of a history."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Concatenate, ParamSpec

from chaos.clock import Seconds, seconds
from chaos.history.facts import Entry
from chaos.history.history import History
from chaos.history.looked import Sounding
from chaos.history.names import name_of
from chaos.windows import Window
from chaos.workloads.admitted import Stand, Workload

P = ParamSpec("P")


class Ruling(Enum):
    """What a history says about a law.

    Only OPEN can still change: a longer history may tell. The others are final.
    """

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling, why, and the facts it rests on.

    `took` is the time from the injection to the fact, `window` when it was expected. An OPEN
    verdict says in `due` from which moment on the frontier alone may change it, and in `ask` whose
    patients must be asked at that moment; or in `inspect` the pods whose containers, in `check` the
    programs, that must be looked at then, in `sound` the wires that a request must be sent over:
    those laws rest on nothing that the API server shows.
    """

    ruling: Ruling
    because: str
    evidence: tuple[Entry, ...] = ()
    took: Seconds | None = None
    window: Window | None = None
    due: Seconds | None = None
    ask: tuple[Stand, ...] = ()
    inspect: tuple[Stand, ...] = ()
    check: tuple[str, ...] = ()
    sound: tuple[Sounding, ...] = ()

    def __bool__(self) -> bool:
        """Refuse: there are four rulings."""
        raise TypeError("a verdict is not yes or no: compare its ruling")


@dataclass(frozen=True, slots=True)
class Law:
    """A statement about a history, with its subject and its limits filled in.

    `name` and `arguments` are how a stored judgement finds its law again; `sentence` is what the
    report prints; `about` are the names (of workloads, nodes) whose news can change the verdict.
    """

    name: str
    sentence: str
    arguments: dict[str, Any]
    judge: Callable[[History], Verdict]

    def __str__(self) -> str:
        """The law as it was called."""
        arguments = ", ".join(f"{key}={_shown(v)}" for key, v in self.arguments.items())
        return f"{self.name.rpartition(':')[2]}({arguments})"

    @property
    def short(self) -> str:
        """The law and its subjects, for a line on a terminal."""
        return f"{self.name.rpartition(':')[2]}({', '.join(sorted(self.about))})"

    @property
    def about(self) -> frozenset[str]:
        """The names of its subjects."""
        return frozenset(name for value in self.arguments.values() for name in _names(value))


def _shown(value: object) -> str:
    """An argument as a reader wants it: a workload by its name, several in brackets."""
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def _names(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Workload(name=name):
            yield name
        case tuple():
            for one in value:
                yield from _names(one)
        case _:
            pass


def law(judge: Callable[Concatenate[History, P], Verdict]) -> Callable[P, Law]:
    """Turn a judgement into a law that a scenario can name.

    The history is filled in later, by whoever judges. The docstring's first line is what the
    report prints, so it is written for the report's reader.
    """
    signature = inspect.signature(judge)

    @functools.wraps(judge)
    def state(*args: P.args, **kwargs: P.kwargs) -> Law:
        bound = signature.bind(None, *args, **kwargs)
        arguments = dict(list(bound.arguments.items())[1:])
        sentence = (judge.__doc__ or judge.__name__).splitlines()[0]
        name = name_of(judge.__module__, judge.__name__)
        return Law(name, sentence, arguments, lambda history: judge(history, *args, **kwargs))

    return state


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
    watch's: the hold begins at its end, when all is known again.
    """
    deadline = Seconds(history.start + window.latest)
    failed_again = ""
    for recovery in recoveries:
        fact, relapse = recovery.fact, recovery.relapse
        since = history.clear(fact.at)
        held = Seconds(since + hold)
        if fact.at > deadline:
            break
        if relapse is not None and relapse.at <= held:
            failed_again = f"; back after {_since(history, fact):.1f} s, failed again"
            continue
        return _recovered(history, fact, window, (since, held))
    if history.end < deadline:
        return Verdict(Ruling.OPEN, "not yet" + failed_again, window=window, due=deadline)
    if gap := history.blind(history.opened, deadline):
        return _blind(gap, window)
    because = f"{missing} in {window.latest:g} s{failed_again}"
    return Verdict(Ruling.BROKEN, because, window=window)


def _recovered(
    history: History, fact: Entry, window: Window, hold: tuple[Seconds, Seconds]
) -> Verdict:
    """A recovery in time, not undone so far: it must not be too early, and must last."""
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
        because = f"after {took:.1f} s already, expected in {window}: {window.because}"
        return Verdict(Ruling.BROKEN, because, (fact,), took, window)
    lasted = f", held {held - since:g} s" if held > since else ""
    because = f"after {took:.1f} s{lasted}, expected in {window}: {window.because}"
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
    return Verdict(Ruling.HOLDS, f"not once in {through:g} s", window=window)


def _happened(history: History, fact: Entry, window: Window) -> Verdict:
    """What must not happen was seen; unless a gap hides whether the fault came before it."""
    if history.end < history.start:
        return Verdict(Ruling.OPEN, "seen already", (fact,), window=window, due=history.start)
    if gap := history.blind(history.opened, history.start):
        return _blind(gap, window)
    took = _since(history, fact)
    return Verdict(Ruling.BROKEN, f"after {took:.1f} s", (fact,), took, window)


def _blind(gap: Entry, window: Window) -> Verdict:
    because = f"the watch was down from {gap.at:.1f} s"
    return Verdict(Ruling.UNKNOWN, because, (gap,), window=window)


def _since(history: History, fact: Entry) -> Seconds:
    """Seconds from the injection; 0 for what was seen while it was being caused."""
    return Seconds(max(0.0, fact.at - history.start))
