"""A run in Markdown, for a job's summary or a comment: `summary.md`.

Whatever has a name of somebody else's in it is text: as entities, which Markdown and HTML both
take for letters, also where GitHub reads Markdown inside HTML.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from chaos import private
from chaos.errors import one_line
from chaos.judging.judgement import ORDER
from chaos.judging.verdict import Ruling
from chaos.report import github
from chaos.report.folders import PAGE
from chaos.report.grading import graded, told
from chaos.report.marks import Grade
from chaos.report.record import IDLE, Judged, RunRecord, ScenarioRecord
from chaos.report.spread import repeated
from chaos.report.words import ENDINGS, headline

SUMMARY = "summary.md"
LONGEST = 300  # characters of somebody's text in a cell
COMMAND = 4000  # of a command: one that is cut cannot be run
WELL = {"kept", *IDLE}  # endings that nobody must look at
# Markup, the ends of cells, code, emphasis, links, formulas, mentions and numbers of issues; an
# underscore inside a word is none. An address is no link without its colon or its dot.
_MARKUP = re.compile(
    r"[&<>|`*~\[\]\\$@#]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE
)
_CALLS = re.compile(r"(?<=&#64;|&#35;)")


def write_summary(run: Path, record: RunRecord, ran: Collection[ScenarioRecord]) -> tuple[str, ...]:
    """Write a run's summary, and give it to GitHub if this is one of its jobs.

    What comes back is for the terminal.
    """
    text = summary(record, ran, page=run / PAGE, grades=graded(run))
    path = private.whole(run / SUMMARY, text.encode())
    return tuple(github.add_summary(text, path))


def summary(
    run: RunRecord,
    ran: Collection[ScenarioRecord],
    *,
    page: Path,
    grades: Sequence[Grade] = (),
) -> str:
    """The run as text: failures first, and what nobody must look at folded."""
    ordered = sorted(ran, key=lambda r: (ENDINGS[r.outcome].rank, r.scenario))
    away = len({*run.planned} - {record.scenario for record in ran})
    failed = [record for record in ordered if record.outcome not in WELL]
    parts = [
        f"## {prose(headline(ordered, away))}",
        "\n\n".join(_about(run, page)),
        _failures(failed),
        _repeated(ran),
        _marks(grades),
        _again(failed),
        _trials(grades),
        _kept([record for record in ordered if record.outcome == "kept"]),
        _looked([record for record in ordered if record.outcome == "looked"]),
        _skipped([record for record in ordered if record.outcome == "skipped"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(text: object, most: int = LONGEST) -> str:
    """Somebody's text in a line of Markdown; a mention calls nobody, since it is broken in two."""
    return _CALLS.sub("&#8203;", _escaped(text, most))


def code(text: object, most: int = LONGEST) -> str:
    """Somebody's text to be copied: GitHub looks for no mentions in code."""
    return f"<code>{_escaped(text, most)}</code>"


def _escaped(text: object, most: int) -> str:
    line = one_line(" ".join(str(text).split()), most)
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", line)


def _about(run: RunRecord, page: Path) -> Iterator[str]:
    began = run.started and f"began {run.started}"
    said = (f"chaos run {run.name}", began, f"{run.seconds:.1f} s", run.versions.get("cluster"))
    yield ", ".join(prose(part) for part in said if part)
    yield f"The page: {code(page, COMMAND)}"
    if run.command:
        yield f"Run all of it again: {code(run.command, COMMAND)}"


def _failures(records: Iterable[ScenarioRecord]) -> str:
    head = ("Ending", "Scenario", "Expected and seen", "Who is to blame", "Recovered after")
    rows = (
        (
            f"**{ENDINGS[record.outcome].word}**",
            prose(record.sentence),
            _seen(record),
            ENDINGS[record.outcome].blame,
            _recovered(record),
        )
        for record in records
    )
    return _table(head, rows)


def _again(records: Iterable[ScenarioRecord]) -> str:
    rows = ((prose(r.sentence), code(r.repeat, COMMAND)) for r in records if r.repeat)
    return _folded("Run one of them again", _table(("Scenario", "Command"), rows))


def _kept(records: Sequence[ScenarioRecord]) -> str:
    head = ("Scenario", "Expected and seen", "Recovered after")
    rows = ((prose(r.sentence), _seen(r), _recovered(r)) for r in records)
    return _folded(f"Kept: {len(records)}", _table(head, rows))


def _skipped(records: Sequence[ScenarioRecord]) -> str:
    rows = ((prose(record.sentence), prose(record.message)) for record in records)
    return _folded(f"Skipped: {len(records)}", _table(("Scenario", "Why"), rows))


def _looked(records: Sequence[ScenarioRecord]) -> str:
    rows = ((prose(record.sentence),) for record in records)
    title = f"Only looked, nothing was injected: {len(records)}"
    return _folded(title, _table(("Scenario",), rows))


def _repeated(ran: Iterable[ScenarioRecord]) -> str:
    rows = (
        (prose(one.sentence), f"{one.kept} of {one.ran}", "; ".join(map(prose, one.spreads)))
        for one in repeated(ran)
    )
    return _table(("Scenario", "Kept", "Each law"), rows)


def _marks(grades: Iterable[Grade]) -> str:
    rows = (
        (f"**{g.mark}**", prose(g.workload), prose(g.app), g.because, " ".join(g.before))
        for g in grades
    )
    return _table(("Mark", "Workload", "Of", "Because", "In earlier runs"), rows)


def _trials(grades: Iterable[Grade]) -> str:
    rows = (
        (prose(grade.workload), prose(result.trial), result.came, prose(told(result)))
        for grade in grades
        for result in grade.results
    )
    return _folded("Each trial", _table(("Workload", "Trial", "Came to", "How"), rows))


def _seen(record: ScenarioRecord) -> str:
    """The verdict that tells most, in a line; what the scenario ended with, where none does."""
    told = _telling(record)
    if not told:
        return prose("; ".join(part for part in (record.message, *record.healed) if part))
    judged, more = told[0], f" (and {len(told) - 1} more)" if told[1:] else ""
    window = "" if judged.window is None else f"expected in {judged.window}"
    due = "" if window in judged.because else f"{window}; "
    return f"{code(judged.law.call or judged.law.sentence)}: {prose(due + judged.because)}{more}"


def _telling(record: ScenarioRecord) -> list[Judged]:
    """The verdicts that decided the ending, the worst first; what was kept has its first law."""
    if record.outcome == "kept":
        return [*_laws(record)][:1]
    if record.outcome not in {"broken", "undecided", "not injected"}:
        return []
    told = [judged for judged in record.rulings if judged.ruling is not Ruling.HOLDS]
    return sorted(told, key=lambda judged: ORDER.index(judged.ruling))


def _recovered(record: ScenarioRecord) -> str:
    """How long the first recovery took; an absence that held has taken no time."""
    held = (judged.took for judged in _laws(record) if judged.ruling is Ruling.HOLDS)
    return next((f"{took:.1f} s" for took in held if took is not None), "")


def _laws(record: ScenarioRecord) -> Iterator[Judged]:
    """All verdicts but those on whether a fault was real."""
    for judgement in record.judgements:
        yield from () if judgement.proof else judgement.verdicts


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def _folded(title: str, body: str) -> str:
    """Markdown inside HTML stands between empty lines."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""
