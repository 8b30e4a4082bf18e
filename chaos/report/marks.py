"""A workload's mark, from what came of its trials: a rule in words, and no number.

The basics are what Kubernetes promises everybody: a container that crashes is restarted, and a pod
whose node dies comes back elsewhere. All else is up to the app's own spec.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chaos.clock import Seconds
from chaos.errors import one_line
from chaos.judging.verdict import Ruling
from chaos.report.record import ScenarioRecord
from chaos.windows.window import Window

Mark = Literal["A", "B", "C", "D", "E", "F"]
Came = Literal["recovers", "does not recover", "not tested"]

APP = "app:"  # what the node ids of trials begin with
BASICS = ("crash", "node-death")
RULE: dict[Mark, str] = {
    "A": "recovers from all that was tried, and all that fits it was tried",
    "B": "recovers from all that was tried, but not all could be tried",
    "C": "the basics hold, and one of the other trials is lost",
    "D": "the basics hold, and several of the other trials are lost",
    "E": "one of the basics (crash, node-death) does not hold, or could not be tried",
    "F": "neither of the basics holds, or nothing could be tried",
}
NODE_ID = re.compile(rf"{APP}(?P<app>.+)::(?P<workload>[^:]+)::(?P<trial>[-a-z]+)(?: ?\[.*\])?")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one trial. `took` and `window` are of its first law, which is its recovery."""

    trial: str
    came: Came
    sentence: str
    took: Seconds | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A workload's mark, and what it rests on; `before` are its marks in earlier runs, in order."""

    app: str
    workload: str
    mark: Mark
    results: tuple[Result, ...]
    before: tuple[Mark, ...] = ()

    @property
    def because(self) -> str:
        """The rule by which it has this mark."""
        return RULE[self.mark]


@dataclass(frozen=True, slots=True)
class Grades:
    """All those of a run."""

    grades: tuple[Grade, ...]
    version: Literal[1] = 1


def grades(
    battery: Iterable[str],
    planned: Container[str],
    records: Iterable[ScenarioRecord],
    before: Sequence[Grades] = (),
) -> Grades:
    """The marks of the workloads of which every trial of the battery was planned.

    The first two are node ids; `before` are the marks of earlier runs, in order. A run that was
    interrupted has none: what it did not come to says nothing of the app.
    """
    kept = {record.scenario: record for record in records}
    if any(record.outcome == "interrupted" for record in kept.values()):
        return Grades(())
    found: dict[tuple[str, str], list[Result | None]] = {}
    for nodeid in battery:
        if named := NODE_ID.fullmatch(nodeid):
            result = _result(named["trial"], kept.get(nodeid)) if nodeid in planned else None
            found.setdefault((named["app"], named["workload"]), []).append(result)
    return Grades(
        tuple(
            Grade(*whose, mark(whole), tuple(whole), tuple(_earlier(before, whose)))
            for whose, results in found.items()
            if len(whole := [result for result in results if result]) == len(results)
        )
    )


def again(nodeid: str, app: str) -> str:
    """The words for pytest that run a scenario again; `app` is where its trials' manifests are."""
    named = NODE_ID.fullmatch(nodeid)
    if not named or not app:
        return shlex.quote(nodeid)
    chosen = f"{named['workload']} and {named['trial']}"
    return f"--chaos-app={shlex.quote(app)} -k {shlex.quote(chosen)}"


def mark(results: Sequence[Result]) -> Mark:
    """The mark for these results. A basic that was not tested counts as one that does not hold."""
    basics = [_holds(results, basic) for basic in BASICS]
    if not any(basics) or all(result.came == "not tested" for result in results):
        return "F"
    if not all(basics):
        return "E"
    if lost := sum(result.came == "does not recover" for result in results):
        return "C" if lost == 1 else "D"
    return "B" if any(result.came == "not tested" for result in results) else "A"


def _holds(results: Sequence[Result], trial: str) -> bool:
    """Whether it was tried and recovered from, each time that it was tried."""
    came = [result.came for result in results if result.trial == trial]
    return bool(came) and all(one == "recovers" for one in came)


def _result(trial: str, record: ScenarioRecord | None) -> Result:
    if record is None:
        return Result(trial, "not tested", "the run ended before it")
    if record.outcome == "kept":
        first = next((j for j in record.judgements if not j.proof and j.verdicts), None)
        verdict = first.verdicts[0] if first else None
        took, window = (verdict.took, verdict.window) if verdict else (None, None)
        return Result(trial, "recovers", record.sentence, took, window)
    if record.outcome in {"broken", "unprotected"}:
        return Result(trial, "does not recover", _lost(record))
    return Result(trial, "not tested", one_line(record.message or record.outcome))


def _lost(record: ScenarioRecord) -> str:
    """The law that was broken; or, where none was, what the spec does not ask for."""
    broken = next((j for j in record.rulings if j.ruling is Ruling.BROKEN), None)
    if broken is None:
        return one_line(record.message)
    return f"{record.sentence.rstrip('.')}: no, {one_line(broken.because)}"


def _earlier(before: Sequence[Grades], whose: tuple[str, str]) -> Iterator[Mark]:
    for run in before:
        yield from (one.mark for one in run.grades if (one.app, one.workload) == whose)
