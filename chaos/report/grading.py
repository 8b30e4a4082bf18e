"""The marks of a run's apps, kept in `grades.json`, each with its marks in earlier runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from chaos.errors import Unreadable
from chaos.report.marks import Grade, Grades, Result, grades
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.store import keep, load

GRADES = "grades.json"
MOST = 10  # earlier runs that are looked at: as many marks as a line has room for


def grade(
    run: Path, battery: Collection[str], record: RunRecord, ran: Collection[ScenarioRecord]
) -> None:
    """Keep the marks of a run that has tried an app; nothing to do for any other."""
    found = grades(battery, record.planned, ran, list(_earlier(run))) if battery else Grades(())
    if found.grades:
        keep(run / GRADES, found)


def graded(run: Path) -> tuple[Grade, ...]:
    """The marks of a run; none where no app was tried."""
    return load(run / GRADES, Grades).grades if (run / GRADES).exists() else ()


def lines(run: Path) -> Iterator[str]:
    """What the terminal is told of them."""
    for one in graded(run):
        before = f" (before: {' '.join(one.before)})" if one.before else ""
        yield f"{one.workload}: {one.mark}{before}: {one.because}"
        yield from (f"  {result.came:<16}  {told(result)}" for result in one.results)


def told(result: Result) -> str:
    """A result in a sentence: what recovers is told with its time, and what its spec allows."""
    if result.came == "not tested":
        return f"{result.trial}: {result.sentence}"
    if result.took is None or result.window is None:
        return result.sentence
    sentence = result.sentence.rstrip(".")
    return f"{sentence} in {result.took:.1f} s (its spec promises {result.window})"


def _earlier(run: Path) -> Iterator[Grades]:
    """The marks that lie beside it, the oldest first; what cannot be read has none."""
    beside = (one for one in run.parent.glob(f"*/{GRADES}") if not one.parent.is_symlink())
    for path in sorted(one for one in beside if one.parent.name < run.name)[-MOST:]:
        with suppress(Unreadable):
            yield load(path, Grades)
