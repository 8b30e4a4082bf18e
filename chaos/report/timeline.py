"""A timeline: the picture of a history, as one static SVG. A pure function.

From above: each fault's band, a lane per pod, a lane per node, a lane of what users felt, a lane
per verdict with the window in which it was expected and the moment that was measured. Seconds count
from the first injection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.history.facts import Entry, Gap, Lag
from chaos.judging.verdict import ruled
from chaos.report import laws
from chaos.report.lanes import Band, Lane, Mark, Stretch, bands, node_lanes, pod_lanes
from chaos.report.record import Judged, JudgementRecord
from chaos.report.scale import LANE, WIDTH, Row, Scale
from chaos.report.style import STYLE
from chaos.report.svg import number, path, rect, short, tag, text
from chaos.report.users import draw, user_lanes

BAR, TOP = 12.0, 40.0
LONGEST, LETTER = 70, 7.5  # of a fault's name: its letters, and how wide one is drawn at most
NAMES, LINE = 17.0, 14.0  # where the lowest line of the faults' names is, and how high each
BEFORE = 4.0  # seconds shown from before the first act
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)

HATCH = tag(
    "defs",
    tag(
        "pattern",
        path("M0 0V6", "tl-hatch"),
        id="tl-gap",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    ),
)


def timeline(
    entries: Sequence[Entry], judgements: Sequence[JudgementRecord] = (), *, alone: bool = True
) -> str:
    """The picture. One that stands `alone`, in a file of its own, brings its style along."""
    faults, pods, nodes = bands(entries), pod_lanes(entries), node_lanes(entries)
    claims = [(j, verdict) for j in judgements for verdict in j.verdicts]
    scale = _scale(entries, faults, judgements)
    lanes = [lane for lane in (*pods, *nodes) if _seen(lane, scale)]
    users, above = user_lanes(entries), len(lanes)
    below = above + len(users)
    height = TOP + LANE * (below + len(claims)) + 34
    rows = [Row(scale, TOP + LANE * index) for index in range(below + len(claims))]
    names = [*_names(faults, scale)]
    top = min((name.y for name in names), default=NAMES) - NAMES
    drawn = [
        *_ground(top, height, alone=alone),
        *_axis(scale, height),
        *(piece for fault in faults for piece in _band(fault, scale, height)),
        *(text(name.fault, (name.x, name.y), name.kind, most=LONGEST) for name in names),
        *(piece for lane, row in zip(lanes, rows, strict=False) for piece in _lane(lane, row)),
        *_heirs(lanes, rows),
        *draw(users, rows[above:below]),
        *(piece for each in entries for piece in _unseen(each, scale, height)),
        *laws.draw(claims, rows[below:], faults),
    ]
    return tag(
        "svg",
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 {number(top)} {number(WIDTH)} {number(height - top)}",
        class_="tl",
        role="img",
        aria_label=_caption(faults, claims),
    )


def _caption(faults: Sequence[Band], claims: Sequence[tuple[JudgementRecord, Judged]]) -> str:
    """What the picture shows, for those who do not see it."""
    names = ", ".join(band.fault for band in faults) or "no fault"
    told = "; ".join(f"{j.law.call[:80]} {ruled(j.ruling, proof=of.proof)}" for of, j in claims)
    return f"Timeline: {names[:200]}. {told}"[:1000]


def _scale(
    entries: Sequence[Entry], faults: Sequence[Band], judgements: Sequence[JudgementRecord]
) -> Scale:
    moments = [entry.at for entry in entries] or [seconds(0)]
    asked = min((band.asked for band in faults), default=moments[0])
    zero = min((band.forced or band.asked for band in faults), default=moments[0])
    last = max([*moments, *(j.frontier for j in judgements), asked + 1])
    return Scale(zero, max(moments[0], asked - BEFORE), last)


def _seen(lane: Lane, scale: Scale) -> bool:
    """Whether a lane reaches into the picture."""
    until = lane.states[-1].until
    return until is None or until > scale.first


def _ground(top: float, height: float, *, alone: bool) -> Iterator[str]:
    if alone:
        yield tag("style", STYLE)
        yield HATCH
    yield rect((0, top), (WIDTH, height - top), "tl-paper")


def _axis(scale: Scale, height: float) -> Iterator[str]:
    span = scale.last - scale.first
    step = next((step for step in STEPS if span / step <= 12), span / 8)  # noqa: PLR2004  fits
    first = int((scale.first - scale.zero) // step)
    for index in range(first, first + 20):
        moment = scale.zero + index * step
        if scale.first <= moment <= scale.last:
            x = scale.x(moment)
            yield path(f"M{number(x)} {number(TOP)}V{number(height - 26)}", "tl-grid")
            yield text(f"{index * step:g} s", (x, height - 10), "tl-tick")


def _band(band: Band, scale: Scale, height: float) -> Iterator[str]:
    """Asked for (pale), in force, being undone (pale)."""
    end = scale.last
    forced, healing = band.forced or end, band.healing or band.healed or end
    healed = band.healed or end
    parts = (
        (band.asked, forced, "tl-asked", "asked for"),
        (forced, healing, "tl-force", "in force"),
        (healing, healed, "tl-asked", "being undone"),
    )
    for since, until, kind, words in parts:
        if until > since:
            tip = f"{band.fault} {words}: {scale.since(since)} to {scale.since(until)}"
            x = scale.x(since)
            yield rect((x, 24), (scale.x(until) - x, height - 50), kind, tip=tip)


@dataclass(frozen=True, slots=True)
class _Name:
    """A fault's name, and where it is written: one that ends at the picture's edge by its end."""

    fault: str
    x: float
    y: float
    kind: str


def _names(faults: Sequence[Band], scale: Scale) -> Iterator[_Name]:
    """Each where its fault begins, or up to the edge; on a line where none before it is."""
    taken: list[float] = []  # up to where, from the lowest line on
    for band in faults:
        wide, x = LETTER * len(short(band.fault, LONGEST)), scale.x(band.asked)
        fits = x + wide < WIDTH
        left = x if fits else WIDTH - 8 - wide
        line = next((index for index, end in enumerate(taken) if end < left), len(taken))
        taken[line : line + 1] = [left + wide]
        at, kind = (x, "tl-fault") if fits else (WIDTH - 8, "tl-fault tl-last")
        yield _Name(band.fault, at, NAMES - LINE * line, kind)


def _unseen(entry: Entry, scale: Scale, height: float) -> Iterator[str]:
    """Where nobody watched, or what is shown may be older."""
    match entry:
        case Gap(until=until, why=why):
            kind, tip = "tl-gap", f"nobody watched: {_span(scale, entry)} {why}"
        case Lag(until=until):
            kind, tip = "tl-lag", f"the watch was late: {_span(scale, entry)}"
        case _:
            return
    x = scale.x(entry.at)
    yield rect((x, TOP - 6), (scale.x(until) - x, height - TOP - 20), kind, tip=tip)


def _span(scale: Scale, stretch: Gap | Lag) -> str:
    return f"{scale.since(stretch.at)} to {scale.since(stretch.until)}"


def _lane(lane: Lane, row: Row) -> Iterator[str]:
    yield text(lane.name, (8, row.middle + 1), "tl-name", most=34)
    note = lane.group if lane.group == "nodes" else f"{lane.group} · {lane.note or 'no node'}"
    yield text(note.removesuffix("s"), (8, row.middle + 11), "tl-note", most=42)
    for stretch in lane.states:
        yield from _stretch(stretch, row, (row.middle - BAR / 2, BAR), f"tl-{stretch.state}")
    for stretch in lane.answers:
        yield from _stretch(stretch, row, (row.middle + BAR / 2 + 1, 3), f"tl-{stretch.state}")
    taken = 0.0
    for mark in lane.marks:
        if mark.at >= row.scale.first:
            x = row.scale.x(mark.at)
            yield from _mark(mark, x, row, named=x > taken)
            taken = x + 52 if mark.kind == "exit" else taken


def _stretch(stretch: Stretch, row: Row, band: tuple[float, float], kind: str) -> Iterator[str]:
    scale = row.scale
    until = Seconds(scale.last) if stretch.until is None else stretch.until
    if until >= scale.first:
        x = scale.x(stretch.since)
        tip = f"{stretch.words}: {scale.since(stretch.since)} to {scale.since(until)}"
        yield rect((x, band[0]), (scale.x(until) - x, band[1]), kind, tip=tip)


def _mark(mark: Mark, x: float, row: Row, *, named: bool) -> Iterator[str]:
    tip = f"{row.scale.since(mark.at)}: {mark.words}"
    y = row.middle
    shapes = {
        "exit": f"M{number(x - 4)} {number(y - 4)}l8 8m0 -8l-8 8",
        "restart": f"M{number(x)} {number(y - 9)}l5 9l-5 9l-5 -9z",
        "gone": f"M{number(x)} {number(y - 9)}v18",
    }
    yield path(shapes[mark.kind], f"tl-{mark.kind}", tip=tip)
    if named and mark.kind == "exit":
        yield text(mark.label, (x + 8, y - 8), "tl-label", most=20)


def _heirs(lanes: Sequence[Lane], rows: Sequence[Row]) -> Iterator[str]:
    """A dashed line from each pod that was lost to the one that replaced it."""
    places = {lane.key: row for lane, row in zip(lanes, rows, strict=False)}
    for lane in lanes:
        if lane.after in places and lane.born >= rows[0].scale.first:
            row, other = places[lane.key], places[lane.after]
            x = row.scale.x(lane.born)
            down = f"M{number(x)} {number(other.middle)}V{number(row.middle)}"
            yield path(down, "tl-heir", tip=f"{lane.name} replaces what was lost above")
