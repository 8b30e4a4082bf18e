"""A scenario's recovery times, run by run, as a small picture: a pure function of its points.

The band is the window in which each was expected; a run without a recovery is a mark at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chaos.report.record import IDLE
from chaos.report.svg import number, tag
from chaos.report.trends import Point
from chaos.report.words import ENDINGS

WIDTH, HEIGHT, EDGE = 180.0, 36.0, 5.0
DOT = 2.4
CROSS = 3.0


def sparkline(points: Sequence[Point]) -> str:
    """The picture, as an SVG element; its words are those of a screen reader."""
    top = max([1.0, *(high for point in points for high in _heights(point))])
    xs = [
        EDGE + (WIDTH - 2 * EDGE) * place / max(len(points) - 1, 1) for place in range(len(points))
    ]
    placed = list(zip(xs, points, strict=True))
    drawn = [*_bands(placed, top), *_line(placed, top), *_dots(placed, top)]
    words = "; ".join(map(_words, points))
    view = f"0 0 {number(WIDTH)} {number(HEIGHT)}"
    label = {"role": "img", "aria_label": words}
    return tag("svg", *drawn, class_="spark", viewBox=view, width=WIDTH, height=HEIGHT, **label)


def _heights(point: Point) -> Iterator[float]:
    if point.took is not None:
        yield point.took
    if point.law and point.law.window:
        yield point.law.window[1]


def _y(seconds: float, top: float) -> float:
    """More is higher; what would be outside is at the edge."""
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * min(max(seconds, 0.0) / top, 1.0)


def _bands(placed: Sequence[tuple[float, Point]], top: float) -> Iterator[str]:
    for x, point in placed:
        if point.law and point.law.window:
            early, late = (_y(moment, top) for moment in point.law.window)
            yield tag("line", class_="due", x1=x, x2=x, y1=early, y2=late)


def _line(placed: Sequence[tuple[float, Point]], top: float) -> Iterator[str]:
    seen = [(x, point.took) for x, point in placed if point.took is not None]
    if len(seen) > 1:
        path = " ".join(f"{number(x)},{number(_y(took, top))}" for x, took in seen)
        yield tag("polyline", class_="took", points=path)


def _dots(placed: Sequence[tuple[float, Point]], top: float) -> Iterator[str]:
    for x, point in placed:
        kind = f"at {point.outcome.replace(' ', '-')}"
        tip = _words(point)
        if point.took is not None:
            yield tag("circle", class_=kind, tip=tip, cx=x, cy=_y(point.took, top), r=DOT)
        elif point.outcome not in IDLE:
            left, right, upper, lower = x - CROSS, x + CROSS, EDGE - CROSS, EDGE + CROSS
            cross = f"M{number(left)} {number(upper)}L{number(right)} {number(lower)}"
            back = f"M{number(right)} {number(upper)}L{number(left)} {number(lower)}"
            yield tag("path", class_=kind, tip=tip, d=cross + back)


def _words(point: Point) -> str:
    took = "" if point.took is None else f" after {point.took:.1f} s"
    due = point.law.window if point.law else None
    within = f", expected in [{due[0]:.1f}, {due[1]:.1f}] s" if due and took else ""
    return f"{point.run}: {ENDINGS[point.outcome].word.lower()}{took}{within}"
