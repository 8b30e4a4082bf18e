"""A sweep as a picture: each recovery in its window, a row for each fault, law and handler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from chaos.report.svg import rect, tag, text
from sweeping.compared import Row

WIDTH, NAMES, SPAN, TOP, LINE = 940, 300, 460, 46, 18  # px; SPAN is a whole window
STYLE = """
.sw-paper{fill:#fff}.sw-window{fill:#e3efe8}.sw-dot{fill:#1c6b3f;opacity:.45}
.sw-wrong{fill:#a01010}.sw-name,.sw-head,.sw-note{font:12px sans-serif;fill:#222}
.sw-head{font-weight:600}.sw-note{fill:#666}
"""


def picture(rows: Sequence[Row]) -> str:
    """As SVG. Left in a window is its first moment, right its last."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.took is not None and row.latest > row.earliest and not row.law.startswith("never"):
            groups[row.fault, row.law, row.handler].append(row)
    height = TOP + LINE * len(groups) + 12
    drawn = [
        tag("style", STYLE),
        rect((0, 0), (WIDTH, height), "sw-paper"),
        text("fault, law, handler", (8, 20), "sw-head"),
        text("from the window's first moment to its last", (NAMES, 20), "sw-head"),
        text("pods, median width", (NAMES + SPAN + 40, 20), "sw-head"),
    ]
    for line, key in enumerate(sorted(groups)):
        drawn += _line(", ".join(key), groups[key], TOP + LINE * line)
    box = f"0 0 {WIDTH} {height}"
    return tag("svg", *drawn, xmlns="http://www.w3.org/2000/svg", viewBox=box, role="img")


def _line(name: str, rows: Sequence[Row], y: float) -> Iterator[str]:
    yield text(name, (8, y + 9), "sw-name", most=48)
    yield rect((NAMES, y), (SPAN, LINE - 6), "sw-window")
    for row in rows:
        share = ((row.took or 0.0) - row.earliest) / (row.latest - row.earliest)
        x = NAMES + SPAN * min(max(share, -0.06), 1.06)
        kind = "sw-wrong" if row.wrong else "sw-dot"
        tip = f"{row.pod}: after {row.took:.1f} s, in [{row.earliest:.1f}, {row.latest:.1f}] s"
        yield tag("circle", tip=tip, cx=x, cy=y + 6, r=3.5, class_=kind)
    width = median(row.latest - row.earliest for row in rows)
    yield text(f"{len(rows)}, {width:.1f} s", (NAMES + SPAN + 40, y + 9), "sw-note")
