"""Runs over time: how each scenario ended and how long its recovery took, run by run.

Pure functions of results. What got worse is told against the runs before it, of the same folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.judging.verdict import Ruling
from chaos.report.record import IDLE, Outcome
from chaos.report.result import LawResult, RunResult, ScenarioResult
from chaos.report.words import ENDINGS

FEWEST = 3  # earlier times, before a later one is called slower than all of them


@dataclass(frozen=True, slots=True)
class Point:
    """A scenario in one run; `law` is its first one that had a recovery to see."""

    run: str
    outcome: Outcome
    law: LawResult | None = None

    @property
    def took(self) -> float | None:
        """When the recovery was seen, if it was."""
        return self.law.took if self.law and self.law.ruling is Ruling.HOLDS else None


@dataclass(frozen=True, slots=True)
class Trend:
    """A scenario through the runs, the oldest first."""

    scenario: str
    sentence: str
    points: tuple[Point, ...]

    @property
    def worse(self) -> str:
        """In which way the last run is worse than those before it; empty when it is not."""
        ran = [point for point in self.points if point.outcome not in IDLE]
        if len(ran) < 2:  # noqa: PLR2004 - one to be compared, and one before it
            return ""
        *before, last = ran
        if _rank(last) < _rank(before[-1]):
            return f"was {ENDINGS[before[-1].outcome].word.lower()}"
        times = [point.took for point in before if point.took is not None]
        if last.took is None or len(times) < FEWEST or last.took <= max(times):
            return ""
        return f"later than in {len(times)} runs before: at most {max(times):.1f} s"


def trends(runs: Sequence[RunResult]) -> list[Trend]:
    """Every scenario of these runs, the oldest first; who got worse comes first."""
    found: dict[str, list[tuple[str, ScenarioResult]]] = {}
    for run in runs:
        for one in run.scenarios:
            found.setdefault(one.scenario, []).append((run.name, one))
    drawn = [
        Trend(
            name, seen[-1][1].sentence, tuple(Point(run, s.outcome, _first(s)) for run, s in seen)
        )
        for name, seen in found.items()
    ]
    last = runs[-1].name if runs else ""
    return sorted(drawn, key=lambda t: (not (t.worse and t.points[-1].run == last), t.scenario))


@dataclass(frozen=True, slots=True)
class Change:
    """A scenario in two runs; None where one of them has not got it."""

    scenario: str
    sentence: str
    before: Point | None
    after: Point | None

    @property
    def differs(self) -> bool:
        """Whether it ended otherwise, or is in one run only."""
        return (self.before and self.before.outcome) != (self.after and self.after.outcome)

    @property
    def worse(self) -> bool:
        """Whether it ended worse."""
        return bool(self.before and self.after and _rank(self.after) < _rank(self.before))

    @property
    def slower(self) -> float:
        """By how many seconds the recovery was later; 0 where one of them saw none."""
        times = [point.took for point in (self.before, self.after) if point]
        seen = [took for took in times if took is not None]
        return seen[1] - seen[0] if len(seen) > 1 else 0.0


def changes(before: RunResult, after: RunResult) -> list[Change]:
    """Every scenario of two runs: what ended otherwise comes first, then what was later."""
    old, new = _points(before), _points(after)
    names = dict.fromkeys([*old, *new])
    sentences = {s.scenario: s.sentence for run in (before, after) for s in run.scenarios}
    found = [Change(name, sentences[name], old.get(name), new.get(name)) for name in names]
    return sorted(found, key=lambda c: (not c.worse, not c.differs, -c.slower, c.scenario))


def _points(run: RunResult) -> dict[str, Point]:
    return {one.scenario: _point(run.name, one) for one in run.scenarios}


def _point(run: str, one: ScenarioResult) -> Point:
    return Point(run, one.outcome, _first(one))


def _first(one: ScenarioResult) -> LawResult | None:
    """Its first law that has a moment: the recovery that it is about."""
    laws = (law for law in one.laws if not law.proof and law.took is not None and law.window)
    return next((law for law in laws if law.window and law.window[0] < law.window[1]), None)


def _rank(point: Point) -> int:
    return ENDINGS[point.outcome].rank
