"""A run's result as one small file, `result.json`: what others read, by a published schema.

docs/result.schema.json is made from these classes. A field may be added in a version; what is
there keeps its name and its meaning, or the version changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from chaos.history.journal import Act
from chaos.judging.verdict import Ruling
from chaos.report.record import Outcome, RunRecord, ScenarioRecord
from chaos.report.store import keep, load, schema

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class LawResult:
    """A law, and what was ruled on it after a fault (`act`: injected) or its healing.

    `took` is when the recovery was seen, `window` the earliest and the latest moment at which it
    was expected: seconds since the act. With `proof` it is what shows that the fault was real.
    """

    law: str
    fault: str
    act: Act
    proof: bool
    ruling: Ruling
    because: str
    took: float | None = None
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What a scenario came to; `seconds` is how long it took."""

    scenario: str
    sentence: str
    outcome: Outcome
    message: str
    seconds: float
    laws: tuple[LawResult, ...]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to; `not_run` are the scenarios that it did not reach."""

    name: str
    started: str
    seconds: float
    command: str
    commit: str
    clean: bool | None
    scenarios: tuple[ScenarioResult, ...]
    not_run: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    version: Literal[1] = 1


def result(run: RunRecord, records: Iterable[ScenarioRecord]) -> RunResult:
    """The result of a run, from its records."""
    scenarios = tuple(map(_scenario, records))
    there = {one.scenario for one in scenarios}
    return RunResult(
        name=run.name,
        started=run.started,
        seconds=run.seconds,
        command=run.command,
        commit=run.commit,
        clean=run.clean,
        scenarios=scenarios,
        not_run=tuple(nodeid for nodeid in run.planned if nodeid not in there),
        versions=run.versions,
    )


def write_result(folder: Path, found: RunResult) -> Path:
    """Keep it in the run's folder."""
    return keep(folder / RESULT, found)


def read_result(folder: Path) -> RunResult:
    """A stored run's result; Unreadable says why it cannot be read."""
    return load(folder / RESULT, RunResult)


def published() -> str:
    """The schema, as docs/result.schema.json has it."""
    return json.dumps(schema(RunResult), indent=2) + "\n"


def _scenario(record: ScenarioRecord) -> ScenarioResult:
    return ScenarioResult(
        scenario=record.scenario,
        sentence=record.sentence,
        outcome=record.outcome,
        message=record.message,
        seconds=record.seconds,
        laws=tuple(_laws(record)),
    )


def _laws(record: ScenarioRecord) -> Iterator[LawResult]:
    for judgement in record.judgements:
        for one in judgement.verdicts:
            yield LawResult(
                law=one.law.call,
                fault=judgement.fault,
                act=judgement.act,
                proof=judgement.proof,
                ruling=one.ruling,
                because=one.because,
                took=one.took,
                window=(one.window.earliest, one.window.latest) if one.window else None,
            )
