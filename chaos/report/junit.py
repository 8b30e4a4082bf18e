"""The laws of a run for a CI system: `laws.xml`, a row for each, in JUnit's XML.

A suite is a scenario, and it is red when the scenario was no success, whatever came of its laws.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from chaos import private
from chaos.errors import one_line
from chaos.judging.verdict import Ruling, ruled
from chaos.report.record import (
    Judged,
    JudgementRecord,
    Outcome,
    RunRecord,
    ScenarioRecord,
    sentence_of,
)
from chaos.report.words import ENDINGS, entry_words
from chaos.visible import visible

LAWS = "laws.xml"
LONGEST = 500  # characters of an attribute: a name becomes a folder, or a column, in a CI system
_NO_LETTERS = re.compile("[\ufffe\uffff]")  # what XML forbids and a terminal does not obey

Mark = Literal["", "failure", "error", "skipped"]
MARKS: dict[Outcome, Mark] = {
    "kept": "",
    "broken": "failure",
    "unprotected": "failure",
    "looked": "skipped",
    "skipped": "skipped",
}
BY_A_LAW = {"kept", "broken", "undecided", "not injected"}  # endings that a verdict may explain


@dataclass(frozen=True, slots=True)
class Row:
    """One case: without a mark it passes. `kind` is the ruling, or the ending."""

    name: str
    seconds: float = 0.0
    mark: Mark = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def write_laws(run: Path, record: RunRecord, ran: Collection[ScenarioRecord]) -> Path:
    """Write the laws of a run's scenarios, and which scenarios it did not reach."""
    root = suites(record, [*ran, *_not_reached(record, ran)])
    ET.indent(root)
    return private.whole(run / LAWS, ET.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def suites(run: RunRecord, records: Iterable[ScenarioRecord]) -> ET.Element:
    """All of them, with the sums of their counts."""
    found = [suite(record) for record in records]
    sums = {
        count: str(sum(int(one.get(count, 0)) for one in found))
        for count in ("tests", "failures", "errors")
    }
    name = _short(f"chaos {run.name}")
    root = ET.Element("testsuites", {"name": name, **sums, "time": _time(run.seconds)})
    root.extend(found)
    return root


def suite(record: ScenarioRecord) -> ET.Element:
    """One scenario."""
    found = rows(record)
    marks = Counter(row.mark for row in found)
    counts = {
        "tests": len(found),
        "failures": marks["failure"],
        "errors": marks["error"],
        "skipped": marks["skipped"],
    }
    about = {
        "name": _short(record.sentence or record.scenario),
        **{name: str(count) for name, count in counts.items()},
        "time": _time(record.seconds),
    }
    element = ET.Element("testsuite", about)
    if record.started:
        element.set("timestamp", _short(record.started))
    element.extend(_case(row, _classname(record.scenario)) for row in found)
    return element


def rows(record: ScenarioRecord) -> list[Row]:
    """A row for each verdict, and one for the ending where no verdict explains it."""
    found = [
        _row(record, judgement, judged)
        for judgement in record.judgements
        for judged in judgement.verdicts
    ]
    wanted = _mark(record.outcome)
    told = record.outcome in BY_A_LAW and any(row.mark == wanted for row in found)
    return list(_distinct(found if told else [*found, _ending(record)]))


def _row(record: ScenarioRecord, judgement: JudgementRecord, judged: Judged) -> Row:
    mark = _mark_of(record, judgement, judged)
    word = ruled(judged.ruling, proof=judgement.proof)
    told = f"{word.upper()}: {judged.because}"
    return Row(
        _named(judgement, judged),
        judged.took or 0.0,
        mark,
        word,
        told if mark else "",
        "\n".join(_words(judged, told)) if mark else "",
    )


def _mark_of(record: ScenarioRecord, judgement: JudgementRecord, judged: Judged) -> Mark:
    """Only a law accuses the cluster; a fault that was not real is the harness's own failure."""
    if judged.ruling is Ruling.HOLDS:
        return ""
    if _mark(record.outcome) in {"", "skipped"}:
        return "skipped"  # the scenario itself had it so: it was marked, or caught what was raised
    return "failure" if judged.ruling is Ruling.BROKEN and not judgement.proof else "error"


def _named(judgement: JudgementRecord, judged: Judged) -> str:
    """The same in every run of the scenario, as far as its law's arguments are."""
    if judgement.proof:
        return f"the fault was real: {judgement.fault}"
    call, window = judged.law.call or judged.law.sentence, judged.window
    due = "" if window is None or str(window) in call else f" in {window}"
    return f"{call}{due}{'' if judgement.act == 'injected' else ', after healing'}"


def _words(judged: Judged, told: str) -> Iterator[str]:
    """What a reader needs to believe it: the law, when it was due and why then, what was seen."""
    yield judged.law.sentence
    yield judged.law.call
    if judged.window is not None:
        yield f"expected in {judged.window}: {judged.window.because}"
    yield told
    yield from (f"{entry.at:.1f} s: {entry_words(entry)}" for entry in judged.evidence)


def _ending(record: ScenarioRecord) -> Row:
    ending = ENDINGS[record.outcome]
    text = "\n".join([ending.blame, record.message, *record.healed]).strip()
    message = " ".join((record.message or ending.blame).split())
    return Row(ending.word, record.seconds, _mark(record.outcome), record.outcome, message, text)


def _mark(outcome: Outcome) -> Mark:
    return MARKS.get(outcome, "error")


def _distinct(found: Iterable[Row]) -> Iterator[Row]:
    """With their names as they are shown, and numbered: of two of a name GitLab shows one."""
    seen: Counter[str] = Counter()
    for row in found:
        name = _short(row.name)
        seen[name] += 1
        yield replace(row, name=name if seen[name] == 1 else f"{name} ({seen[name]})")


def _case(row: Row, classname: str) -> ET.Element:
    about = {"classname": classname, "name": row.name, "time": _time(row.seconds)}
    element = ET.Element("testcase", about)
    if row.mark:
        told = {"type": row.kind, "message": _short(row.message)}
        ET.SubElement(element, row.mark, told).text = _text(row.text)
    return element


def _classname(nodeid: str) -> str:
    """With dots, as pytest has it in its own file: CI systems make folders of them."""
    path, mark, rest = nodeid.partition("::")
    dotted = path.removesuffix(".py").replace("/", ".") + mark + rest
    return _short(dotted.replace("::", "."))


def _not_reached(run: RunRecord, ran: Iterable[ScenarioRecord]) -> Iterator[ScenarioRecord]:
    there = {record.scenario for record in ran}
    why = "not run: the run ended before it"
    for nodeid in dict.fromkeys(run.planned):
        if nodeid not in there:
            sentence = run.sentences.get(nodeid) or sentence_of(None, nodeid)
            yield ScenarioRecord(nodeid, sentence, "skipped", why)


def _short(text: str) -> str:
    return one_line(text, LONGEST)


def _text(text: str) -> str:
    """What XML cannot hold is spelled out."""
    return _NO_LETTERS.sub(lambda found: f"\\u{ord(found[0]):x}", visible(text))


def _time(seconds: float) -> str:
    return f"{seconds if math.isfinite(seconds) and seconds > 0 else 0.0:.3f}"
