"""What Allure reads beside its results: environment, executor, categories, metrics.

Written into the folder of `--alluredir` when a run has ended. Nothing here knows Allure itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chaos.clock import stamp
from chaos.report.outcomes import ENDINGS as RAISED
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.scorecard import is_recovery
from chaos.report.words import ENDINGS
from chaos.values import Json

MILLI = 1000  # Allure counts time in milliseconds


def write(folder: Path, run: RunRecord, records: Sequence[ScenarioRecord]) -> None:
    """Write them all; what there is no word for (an executor outside of CI) is left out."""
    _put(folder / "environment.properties", environment(run))
    _put(folder / "categories.json", json.dumps(categories(), indent=1))
    _put(folder / "chaos-perf.json", json.dumps(list(metrics(records)), indent=1))
    if builder := executor(os.environ):
        _put(folder / "executor.json", json.dumps(builder, indent=1))


def environment(run: RunRecord) -> str:
    """Versions and commit, as Java's properties."""
    told = run.versions | ({"commit": run.commit} if run.commit else {})
    return "".join(f"{_key(name)}={_value(value)}\n" for name, value in told.items())


def categories() -> list[Json]:
    """One for each kind of ending, by the error that it is raised as.

    What accuses the cluster or the app is an assertion, which Allure calls failed; it calls broken
    what is the harness' own.
    """
    return [
        {
            "name": f"{ENDINGS[outcome].word}: {ENDINGS[outcome].blame}",
            "matchedStatuses": ["failed" if issubclass(kind, AssertionError) else "broken"],
            "messageRegex": rf"(?s).*\b{kind.__name__}\b.*",
        }
        for kind, outcome in RAISED
        if kind.__module__ == "chaos.errors"
    ]


def metrics(records: Sequence[ScenarioRecord]) -> Iterator[Json]:
    """The recovery times, each by its scenario: Allure shows them with their trend."""
    for record in records:
        judged = (j for one in record.judgements if not one.proof for j in one.verdicts)
        first = next((j for j in judged if j.took and is_recovery(j)), None)
        if first is not None and record.started:
            start = round(stamp(record.started) * MILLI)
            yield {
                "id": record.scenario,
                "key": "recovery_s",
                "title": "Time to recover",
                "unit": "s",
                "better": "lower",
                "group": "recovery",
                "value": first.took,
                "start": start,
                "stop": start + round(record.seconds * MILLI),
            }


def executor(environment: Mapping[str, str]) -> Json | None:
    """Which build this is of, where GitHub or GitLab says so; None elsewhere."""
    said = environment.get
    if said("GITHUB_RUN_ID"):
        project = f"{said('GITHUB_SERVER_URL')}/{said('GITHUB_REPOSITORY')}"
        url = f"{project}/actions/runs/{said('GITHUB_RUN_ID')}"
        return _executor("github", "GitHub Actions", said("GITHUB_RUN_NUMBER"), url)
    if said("GITLAB_CI"):
        return _executor("gitlab", "GitLab CI", said("CI_PIPELINE_IID"), said("CI_JOB_URL"))
    return None


def _executor(kind: str, name: str, number: str | None, url: str | None) -> Json:
    order = int(number) if number and number.isdigit() else 0
    build = {"buildOrder": order, "buildName": f"#{order}", "buildUrl": url}
    return {"type": kind, "name": name, **build}


def _key(name: str) -> str:
    """A key of Java's properties: what would end it is escaped."""
    return "".join(f"\\{c}" if c in " :=#!\\" else c for c in name)


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", " ")


def _put(file: Path, text: str) -> None:
    """As Allure's own files: whoever asked for its folder decides who reads it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="backslashreplace")
