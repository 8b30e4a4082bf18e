"""What came of a sweep, as a table: a line for each fault, law and handler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from sweeping.compared import STARTS, Row

HEAD = ("fault", "law", "handler", "pods", "wrong", "width", "seen in it", "after containerd")


def table(rows: Sequence[Row]) -> str:
    """In Markdown. `seen in it` is where in its window: 0 is the first moment, 1 the last."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.fault, row.law, row.handler].append(row)
    lines = [f"| {' | '.join(cells)} |" for cells in (HEAD, ("---",) * len(HEAD))]
    lines += [f"| {' | '.join([*key, *_cells(groups[key])])} |" for key in sorted(groups)]
    wrong = sum(bool(row.wrong) for row in rows)
    pods = len({row.pod for row in rows if row.pod})
    return "\n".join([*lines, f"\n{len(rows)} verdicts about {pods} pods: {wrong} wrong"])


def _cells(rows: Sequence[Row]) -> list[str]:
    wrong = sum(bool(row.wrong) for row in rows)
    timed = [row for row in rows if row.took is not None and row.latest > row.earliest]
    if not timed or rows[0].law.startswith("never"):
        return [str(len(rows)), str(wrong), "-", "-", "-"]
    widths = [row.latest - row.earliest for row in timed]
    places = [(row.took or 0.0) - row.earliest for row in timed]
    shares = sorted(place / width for place, width in zip(places, widths, strict=True))
    late = [row.took - row.process for row in timed if row.took and row.process]
    lag = f"{median(late):.2f} s" if late and rows[0].law in STARTS else "-"
    spread = f"{shares[0]:.2f} to {shares[-1]:.2f}"
    return [str(len(rows)), str(wrong), f"{median(widths):.1f} s", spread, lag]
