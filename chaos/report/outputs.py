"""All that a run is told in, for people and for programs: each file has its module, here is all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from chaos.report import allure_files, grading, junit, markdown, store
from chaos.report.page import write_page
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.result import result, write_result
from chaos.report.runs import write_runs


def write(
    run: Path,
    record: RunRecord,
    scenarios: Collection[ScenarioRecord],
    *,
    battery: tuple[str, ...],
    allure: Path | None,
) -> tuple[str, ...]:
    """Write them into a run's folder, and the page over all runs; what a terminal is to be told.

    `battery` are the node ids of all trials of an app, `allure` the folder of its results.
    """
    store.write_run(run, record)
    grading.grade(run, battery, record, scenarios)
    write_result(run, result(record, scenarios))
    write_page(run)
    if allure:
        allure_files.write(allure, record, list(scenarios))
    junit.write_laws(run, record, scenarios)
    said = markdown.write_summary(run, record, scenarios)
    write_runs(run.parent)
    return said
