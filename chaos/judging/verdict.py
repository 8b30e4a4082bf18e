"""Verdicts: what a history says about a law, why, and what it still has to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from chaos.clock import Seconds
from chaos.history.facts import Entry
from chaos.history.looked import Getting, Sounding
from chaos.windows.window import Window
from chaos.workloads.admitted import Stand


class Ruling(Enum):
    """What a history says about a law.

    Only OPEN can still change: a longer history may tell. The others are final.
    """

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"
    UNKNOWN = "unknown"


def ruled(ruling: Ruling, *, proof: bool) -> str:
    """The ruling in words: a fault that left no trace has broken no law."""
    return "no trace" if proof and ruling is Ruling.BROKEN else ruling.value


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling, why, and the facts it rests on.

    `took` is the time from the injection to the fact, `window` when it was expected. An OPEN
    verdict says in `due` from which moment on the frontier alone may change it, and in `ask` whose
    patients must be asked at that moment; or in `inspect` the pods whose containers, in `check` the
    programs, that must be looked at then, in `sound` the wires that a request must be sent over, in
    `get` what pods must be asked for: those laws rest on nothing that the API server shows. One
    that is BROKEN since nothing came in time has `missed` it while nothing came later either; then
    `late` is what came.
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
    get: tuple[Getting, ...] = ()
    missed: bool = False
    late: Entry | None = None

    def __bool__(self) -> bool:
        """Refuse: there are four rulings."""
        raise TypeError("a verdict is not yes or no: compare its ruling")
