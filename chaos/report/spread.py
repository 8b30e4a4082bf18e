"""How the recovery times of a scenario that was run several times are spread."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chaos.judging.verdict import Ruling
from chaos.report.record import IDLE, ScenarioRecord

NUMBER = re.compile(r"-?\d+ of \d+\]$")  # as chaos.plugin.repeating numbers them


@dataclass(frozen=True, slots=True)
class Spread:
    """One law over all repetitions that came to judge it: how often it held, and after how long."""

    call: str
    held: int
    judged: int
    times: tuple[float, ...]

    @property
    def figures(self) -> tuple[tuple[str, float | None], ...]:
        """The shortest, the median and the longest recovery (seconds); None where none was seen."""
        if not self.times:
            return ("shortest", None), ("median", None), ("longest", None)
        median = statistics.median(self.times)
        return ("shortest", min(self.times)), ("median", median), ("longest", max(self.times))

    def __str__(self) -> str:
        """In one line: `restarted(web): 5 of 5, shortest 2.1 s, median 2.4 s, longest 2.9 s`."""
        figures = [f"{name} {time:.1f} s" for name, time in self.figures if time is not None]
        return ", ".join([f"{self.call}: {self.held} of {self.judged}", *figures])


@dataclass(frozen=True, slots=True)
class Repeated:
    """One scenario and its repetitions."""

    sentence: str
    kept: int
    ran: int
    spreads: tuple[Spread, ...]

    @property
    def well(self) -> bool:
        """Whether all were kept."""
        return self.kept == self.ran


def repeated(records: Iterable[ScenarioRecord]) -> list[Repeated]:
    """The scenarios that were run more than once, in the order of their first run."""
    groups: dict[str, list[ScenarioRecord]] = defaultdict(list)
    for record in records:
        if unnumbered(record.scenario) != record.scenario and record.outcome not in IDLE:
            groups[unnumbered(record.scenario)].append(record)
    return [_summed(group) for group in groups.values()]


def unnumbered(nodeid: str) -> str:
    """A scenario's name without the number of its repetition."""
    return NUMBER.sub("]", nodeid).removesuffix("[]").rstrip()


def _summed(group: list[ScenarioRecord]) -> Repeated:
    kept = sum(record.outcome == "kept" for record in group)
    return Repeated(unnumbered(group[0].sentence), kept, len(group), tuple(_spreads(group)))


def _spreads(group: list[ScenarioRecord]) -> Iterator[Spread]:
    found = defaultdict(list)
    for record in group:
        for judgement in record.judgements:
            for judged in () if judgement.proof else judgement.verdicts:
                found[judged.law.call].append(judged)
    for call, verdicts in found.items():
        held = [judged for judged in verdicts if judged.ruling is Ruling.HOLDS]
        times = tuple(judged.took for judged in held if judged.took is not None)
        yield Spread(call, len(held), len(verdicts), times)
