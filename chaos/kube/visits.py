"""What visitors tell: JSON from a pod, its ages turned into moments of our clock.

A visitor cannot know our clock, and we do not trust its own: it says how long ago each request
was sent. What it calls now lies between our question and its answer, so counting back from the
answer is never too early, and too late by no more than the answer took: `Visited.error`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from chaos.clock import Seconds
from chaos.history.journal import Journal
from chaos.history.looked import Visit, Visited
from chaos.values import Json
from chaos.workloads.admitted import Stand, Uid

LONGEST = 80  # characters of what a request came to, which a pod says


@dataclass(frozen=True, slots=True)
class _Told:
    """How far a visitor has told us: `life` is another when it was started anew."""

    life: str = ""
    position: int = 0
    through: Seconds = Seconds(-math.inf)  # noqa: RUF009  a NewType over an immutable float


@dataclass(frozen=True)
class Visitors:
    """Those of one scenario, and how far each has told.

    `ask` gets the JSON of a visitor's requests from a position on; nothing from one that is silent.
    """

    ask: Callable[[Stand, int], bytes]
    journal: Journal
    _told: dict[Uid, _Told] = field(default_factory=dict)

    def hear(self, pod: Stand, workload: str) -> None:
        """Write down what one has to tell since it was heard last; nothing when it is silent."""
        told = self._told.get(pod.uid, _Told())
        asked = self.journal.clock.now()
        said = self._said(pod, told.position)
        if said and str(said.get("life")) != told.life and told.position:
            told, asked = _Told(), self.journal.clock.now()
            said = self._said(pod, 0)
        heard = self.journal.clock.now()
        try:
            entry, now = _read(said or {}, told, (asked, heard), (pod.uid, workload))
        except (TypeError, ValueError, LookupError):
            return  # no visitor speaks like that: it is as silent as one that is gone
        self._told[pod.uid] = now
        self.journal.write(entry)

    def _said(self, pod: Stand, position: int) -> Json | None:
        try:
            said = json.loads(self.ask(pod, position))
        except (ValueError, RecursionError):
            return None
        return said if isinstance(said, dict) else None


def _read(
    said: Json, told: _Told, asking: tuple[Seconds, Seconds], who: tuple[Uid, str]
) -> tuple[Visited, _Told]:
    """The entry, and how far this visitor has now told; an error when it makes no sense."""
    asked, heard = asking
    life = str(said["life"])
    born = Seconds(heard - _age(said["born"]))
    through = Seconds(asked - _age(said["whole"]))
    entry = Visited(
        at=heard,
        uid=who[0],
        workload=who[1],
        asked=str(said["of"])[:LONGEST],
        since=told.through if told.life == life else born,
        through=through,
        visits=tuple(_visit(heard, *one) for one in said["came"]),
        error=heard - asked,
    )
    return entry, _Told(life, int(said["next"]), through)


def _visit(heard: Seconds, ago: object, took: object, said: object) -> Visit:
    came = said if isinstance(said, int) and not isinstance(said, bool) else str(said)[:LONGEST]
    return Visit(Seconds(heard - _age(ago)), _age(took), came)


def _age(told: object) -> float:
    """A span as a pod says it: a number, not below 0."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError("a span is a number")
    if not 0 <= told < math.inf:
        raise ValueError("a span is finite, and not negative")
    return float(told)
