"""The page of a run: one `index.html`, whole in itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from chaos import faults, private
from chaos.history.facts import Entry, Event, Healing, Injected, Injecting, Observed
from chaos.judging.judgement import ORDER
from chaos.judging.verdict import Ruling, ruled
from chaos.report.folders import PAGE, find_run, safe_name, scenario_folders
from chaos.report.grading import graded, told
from chaos.report.marks import Grade
from chaos.report.record import Judged, JudgementRecord, RunRecord, ScenarioRecord
from chaos.report.rendering import template
from chaos.report.scorecard import scorecard
from chaos.report.spread import repeated
from chaos.report.store import RUN, VERDICTS, read_history, read_run, read_scenario
from chaos.report.style import STYLE
from chaos.report.timeline import HATCH, timeline
from chaos.report.words import ENDINGS, Ending, clock_words, entry_words, headline

EVENTS = 40  # the page is for reading; the whole history lies beside it


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of evidence: when, since the fault, and what."""

    when: str
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One verdict as the page shows it."""

    judged: Judged
    ruled: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The verdicts about one fault."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One scenario as the page shows it."""

    anchor: str
    record: ScenarioRecord
    ending: Ending
    tables: tuple[Table, ...]
    picture: Markup
    events: tuple[Fact, ...]

    @property
    def told(self) -> bool:
        """Whether the verdicts already say why this was no success."""
        return self.record.outcome in {"broken", "undecided"} and any(
            judged.ruling is not Ruling.HOLDS for judged in self.record.rulings
        )


def write_page(path: Path) -> Path:
    """Write a run's page from the files that lie in its folder."""
    run = find_run(path)
    page = run / PAGE
    fresh = run / ".index.html"
    chapters = [_chapter(folder) for folder in scenario_folders(run)]
    text = render(_run(run), chapters, graded(run))
    private.write(fresh, text.encode(errors="replace"))
    return fresh.replace(page)


def render(run: RunRecord, chapters: Sequence[Chapter], grades: Sequence[Grade] = ()) -> str:
    """The page as text: failures first."""
    ordered = sorted(chapters, key=lambda c: (c.ending.rank, c.record.scenario))
    return template("run.html").render(
        run=run,
        chapters=ordered,
        grades=grades,
        card=scorecard([c.record for c in chapters], faults.__all__),
        told=told,
        repeated=repeated([c.record for c in chapters]),
        verdict=headline([c.record for c in chapters], _not_reached(run, chapters)),
        worst=ordered[0].record.outcome if ordered else "skipped",
        endings=ENDINGS,
        counts=Counter(c.record.outcome for c in chapters),
        style=Markup(STYLE),  # noqa: S704  our own text
        hatch=Markup(HATCH),  # noqa: S704  likewise
    )


def chapter(record: ScenarioRecord, entries: Sequence[Entry], anchor: str) -> Chapter:
    """One scenario, made ready for the page."""
    tables = tuple(_table(judgement, entries) for judgement in record.judgements)
    drawn = timeline(entries, record.judgements, alone=False) if entries else ""
    picture = Markup(drawn)  # noqa: S704  svg.py has escaped every text in it
    ending = ENDINGS[record.outcome]
    return Chapter(anchor, record, ending, tables, picture, tuple(_events(entries)))


def _not_reached(run: RunRecord, chapters: Sequence[Chapter]) -> int:
    """How many scenarios were to be run, and have left nothing."""
    there = {c.anchor for c in chapters}
    return len({safe_name(nodeid) for nodeid in run.planned} - there)


def _run(run: Path) -> RunRecord:
    return read_run(run) if (run / RUN).exists() else RunRecord(run.name)


def _chapter(folder: Path) -> Chapter:
    entries = read_history(folder) if (folder / "history.jsonl").exists() else ()
    return chapter(_record(folder, entries), entries, folder.name)


def _record(folder: Path, entries: Sequence[Entry]) -> ScenarioRecord:
    if (folder / VERDICTS).exists():
        return read_scenario(folder)
    said = f"The run ended before this scenario did; {len(entries)} entries of its history are left"
    return ScenarioRecord(folder.name, folder.name, "interrupted", said)


def _table(judgement: JudgementRecord, entries: Sequence[Entry]) -> Table:
    zero = _start(judgement, entries)
    rows = (
        Row(
            judged,
            ruled(judged.ruling, proof=judgement.proof),
            tuple(_fact(entry, zero) for entry in judged.evidence),
        )
        for judged in sorted(judgement.verdicts, key=lambda j: ORDER.index(j.ruling))
    )
    return Table(_title(judgement), tuple(rows))


def _title(judgement: JudgementRecord) -> str:
    if judgement.proof:
        return f"Was the fault real? {judgement.fault}"
    return f"{'After' if judgement.act == 'injected' else 'After healing'} {judgement.fault}"


def _start(judgement: JudgementRecord, entries: Sequence[Entry]) -> float:
    """The moment from which a judgement's times count."""
    kinds = {"injected", "injecting"} if judgement.act == "injected" else {"healed", "healing"}
    found = [
        entry.at
        for entry in entries
        if entry.kind in kinds and getattr(entry, "number", None) == judgement.number
    ]
    return found[-1] if found else 0.0


def _events(entries: Sequence[Entry]) -> Iterator[Fact]:
    """What Kubernetes itself said of it, from the first fault on."""
    zero = next((e.at for e in entries if isinstance(e, Injected)), None)
    first = next((e.at for e in entries if isinstance(e, Injecting | Healing)), 0.0)
    shown = 0
    for entry in entries:
        if isinstance(entry, Observed) and isinstance(entry.thing, Event) and entry.at >= first:
            shown += 1
            if shown > EVENTS:
                yield Fact("", "more: see history.jsonl")
                return
            yield _fact(entry, first if zero is None else zero)


def _fact(entry: Entry, zero: float) -> Fact:
    return Fact(clock_words(entry.at - zero), entry_words(entry))
