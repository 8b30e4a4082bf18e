"""What was tried and what came of it, fault by fault; and what was never tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chaos.judging.verdict import Ruling
from chaos.report.record import Judged, JudgementRecord, ScenarioRecord


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of fault: the scenarios that caused it, those that kept every law, and how soon.

    `times` are of the first law about what followed each fault, where it holds (seconds).
    """

    fault: str
    scenarios: int
    kept: int
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All of a run: the kinds of fault that were caused, and those that there are besides."""

    scores: tuple[Score, ...]
    never: tuple[str, ...]


def scorecard(records: Iterable[ScenarioRecord], faults: Iterable[str]) -> Scorecard:
    """The scorecard of these scenarios; `faults` are the names of all kinds that there are."""
    caused: dict[str, list[ScenarioRecord]] = defaultdict(list)
    for record in records:
        for kind in dict.fromkeys(_kind(judgement) for judgement in record.judgements):
            caused[kind].append(record)
    scores = tuple(_score(kind, found) for kind, found in sorted(caused.items()))
    return Scorecard(scores, tuple(sorted({*faults} - {*caused})))


def _score(kind: str, records: list[ScenarioRecord]) -> Score:
    kept = sum(record.outcome == "kept" for record in records)
    times = (took for record in records for took in _times(kind, record))
    return Score(kind, len(records), kept, tuple(sorted(times)))


def _times(kind: str, record: ScenarioRecord) -> Iterator[float]:
    for judgement in record.judgements:
        if _kind(judgement) == kind and not judgement.proof and judgement.act == "injected":
            yield from (j.took for j in judgement.verdicts[:1] if is_recovery(j) and j.took)


def is_recovery(judged: Judged) -> bool:
    """Whether something was waited for and seen: a control has no moment of its own."""
    window = judged.window
    return judged.ruling is Ruling.HOLDS and window is not None and window.earliest < window.latest


def _kind(judgement: JudgementRecord) -> str:
    """`Hang` of `Hang(apps=web)`."""
    return judgement.fault.partition("(")[0]
