"""The page over all runs of a folder: `reports/index.html`, written anew when a run has ended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from chaos import private
from chaos.errors import Unreadable
from chaos.report.record import Outcome
from chaos.report.rendering import template
from chaos.report.result import RESULT, RunResult, read_result
from chaos.report.sparkline import sparkline
from chaos.report.trends import Trend, trends
from chaos.report.words import ENDINGS, headline

MOST = 30  # runs: a month of nightly ones


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario as the page shows it."""

    trend: Trend
    picture: Markup


def write_runs(reports: Path) -> Path:
    """Write the page of a folder of runs; those whose result cannot be read are left out."""
    fresh = reports / ".index.html"
    private.write(fresh, render(stored(reports)).encode(errors="replace"))
    return fresh.replace(reports / "index.html")


def stored(reports: Path) -> list[RunResult]:
    """The last results of a folder, the oldest first."""
    found = []
    beside = (path for path in reports.glob(f"*/{RESULT}") if not path.parent.is_symlink())
    for path in sorted(beside, key=lambda path: path.parent.name)[-MOST:]:
        with suppress(Unreadable):
            found.append(read_result(path.parent))
    return found


def render(runs: Sequence[RunResult]) -> str:
    """The page as text."""
    lines = [Line(one, Markup(sparkline(one.points))) for one in trends(runs)]  # noqa: S704  svg.py escapes
    return template("runs.html").render(
        runs=[(run, headline_of(run), _worst(run)) for run in reversed(runs)],
        lines=lines,
        worse=sum(bool(line.trend.worse) for line in lines),
    )


def headline_of(run: RunResult) -> str:
    """A run in one sentence."""
    return headline(run.scenarios, len(run.not_run))


def _worst(run: RunResult) -> Outcome:
    """The ending that its line has the colour of."""
    return min(
        (one.outcome for one in run.scenarios), key=lambda o: ENDINGS[o].rank, default="skipped"
    )
