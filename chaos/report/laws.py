"""A lane for each law: its window, what that is made of, and the moment that was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from chaos.judging.verdict import ruled
from chaos.report.lanes import Band
from chaos.report.record import Judged, JudgementRecord
from chaos.report.scale import WIDTH, Row, Scale
from chaos.report.svg import number, path, rect, text
from chaos.windows.window import Window


def draw(
    claims: Sequence[tuple[JudgementRecord, Judged]], rows: Sequence[Row], faults: Sequence[Band]
) -> Iterator[str]:
    """Each law's lane, with the fault that its window counts from."""
    lives = {band.number: band for band in faults}
    for (judgement, judged), row in zip(claims, rows, strict=True):
        moments = _start(judgement, lives.get(judgement.number), row.scale)
        word = ruled(judged.ruling, proof=judgement.proof)
        yield from _claim(judged, word, row, *moments)


def _start(judgement: JudgementRecord, band: Band | None, scale: Scale) -> tuple[float, float]:
    """When its fault was asked for, and when it was in force: times count from the latter."""
    if band is None:
        return scale.zero, scale.zero
    asked, forced = (
        (band.healing, band.healed) if judgement.act == "healed" else (band.asked, band.forced)
    )
    opened = scale.zero if asked is None else asked
    return opened, opened if forced is None else forced


def _claim(judged: Judged, word: str, row: Row, opened: float, start: float) -> Iterator[str]:
    """A law: the window as a bracket, the measured moment as a diamond.

    As laws rule: what comes early is early since the asking, what comes late since the force.
    """
    kind, y = word.replace(" ", "-"), row.middle
    name = judged.law.name.rpartition(":")[2].replace("_", " ")
    yield text(f"{word.upper()} {name}", (8, y + 1), f"tl-word tl-{kind}", most=36)
    yield text(", ".join(judged.law.about), (8, y + 11), "tl-note", most=42)
    tip = f"{word}: {judged.because}"
    if window := judged.window:
        soon, late = row.scale.x(opened + window.earliest), row.scale.x(start + window.latest)
        caps = f"M{number(soon)} {number(y - 6)}v12" + f"M{number(late)} {number(y - 6)}v12"
        yield path(f"{caps}M{number(soon)} {number(y)}H{number(late)}", "tl-window", tip=tip)
        yield from _terms(window, row, start)
    if judged.took is not None:
        x = row.scale.x(start + judged.took)
        diamond = f"M{number(x)} {number(y - 6)}l6 6l-6 6l-6 -6z"
        yield path(diamond, f"tl-moment tl-{kind}", tip=tip)
        place = x + 9 if x < WIDTH - 70 else x - 45
        yield text(f"{judged.took:.1f} s", (place, y - 4), "tl-label")


def _terms(window: Window, row: Row, start: float) -> Iterator[str]:
    """What the window's end is made of, piece by piece, from the fault on."""
    ends = accumulate((term.span for term in window.terms), initial=start)
    for count, (term, (since, until)) in enumerate(zip(window.terms, pairwise(ends), strict=True)):
        x, tip = row.scale.x(since), f"{term} ({term.source}): until {row.scale.since(until)}"
        size = (row.scale.x(until) - x, 3)
        yield rect((x, row.middle + 7), size, f"tl-term{count % 2}", tip=tip)
