"""Two runs side by side, in words: `chaos report --compare A B`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chaos.errors import Unreadable, one_line
from chaos.report.folders import find_run
from chaos.report.result import RunResult, read_result
from chaos.report.runs import write_runs
from chaos.report.trends import Change, Point, changes
from chaos.report.words import ENDINGS

Told = tuple[str, bool]


def compared(reports: Path, before: str, after: str) -> Told:
    """What is not the same in two runs, and whether anything ended worse in the second."""
    old, new = (_read(reports, name) for name in (before, after))
    found = changes(old, new)
    worse, differ = (sum(map(bool, flags)) for flags in _flags(found))
    count = f"{len(found)} scenarios: {differ} ended otherwise, {worse} of them worse"
    return "\n".join([f"{old.name} and {new.name}: {count}", *map(_line, found)]), bool(worse)


def renewed(reports: Path) -> Told:
    """The page over all runs, written anew."""
    if not reports.is_dir():
        raise Unreadable(f"{one_line(reports)}: no folder of runs: name one, as reports")
    return f"page: {write_runs(reports)}", False


def _read(reports: Path, name: str) -> RunResult:
    return read_result(find_run(reports / name))


def _flags(found: list[Change]) -> Iterator[list[bool]]:
    yield [change.worse for change in found]
    yield [change.differs for change in found]


def _line(change: Change) -> str:
    word = "worse" if change.worse else "other" if change.differs else "same"
    later = f" ({change.slower:+.1f} s)" if change.slower else ""
    told = f"{_point(change.before)} -> {_point(change.after)}{later}"
    return f"  {word:<5}  {one_line(change.sentence)}: {told}"


def _point(point: Point | None) -> str:
    if point is None:
        return "not there"
    took = "" if point.took is None else f" after {point.took:.1f} s"
    return f"{ENDINGS[point.outcome].word.lower()}{took}"
