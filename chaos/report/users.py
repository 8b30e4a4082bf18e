"""The users' lanes of a timeline: what came of visitors' requests, however many there were.

Requests are gathered in stretches as wide as an eye can tell apart, so that a lane has a bounded
number of shapes; what a stretch holds is in its tip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chaos.clock import seconds
from chaos.history.facts import Entry
from chaos.history.looked import STALLED, Visit, Visited
from chaos.report.scale import LEFT, RIGHT, WIDTH, Row, Scale
from chaos.report.svg import rect, text

MOST = int((WIDTH - LEFT - RIGHT) // 3)  # stretches in a lane: three pixels each
SLOW = seconds(1)  # users notice a wait from there on (Nielsen, Usability Engineering, 1993: 1 s)
ERRORS = 400  # the first of HTTP's errors
FLOOR, HIGH = 7.0, 18.0  # where ticks stand, under the lane's middle; how high is all of a stretch


@dataclass(frozen=True, slots=True)
class UserLane:
    """What one workload of visitors told of an app."""

    name: str
    asked: str
    visits: list[Visit] = field(default_factory=list)


@dataclass(slots=True)
class Piece:
    """The requests of one stretch."""

    since: float
    until: float
    words: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    slow: int = 0

    @property
    def all(self) -> int:
        """How many there were."""
        return self.words.total()

    @property
    def well(self) -> bool:
        """Whether nothing in it failed or was slow."""
        return not (self.failed or self.slow)

    def take(self, visit: Visit) -> None:
        """One more; a failure is not slow as well."""
        well = isinstance(visit.said, int) and visit.said < ERRORS
        slow = well and visit.took >= SLOW
        self.failed += not well and visit.said != STALLED
        self.slow += slow
        self.words["answered slowly" if slow else "answered" if well else str(visit.said)] += 1


def user_lanes(entries: Iterable[Entry]) -> list[UserLane]:
    """A lane for each workload of visitors and the app it asks."""
    lanes: dict[tuple[str, str], UserLane] = {}
    for entry in entries:
        if isinstance(entry, Visited):
            key = (entry.workload, entry.asked)
            lanes.setdefault(key, UserLane(*key)).visits.extend(entry.visits)
    return [lanes[key] for key in sorted(lanes) if lanes[key].visits]


def pieces(visits: Iterable[Visit], scale: Scale) -> list[Piece]:
    """What lies in the picture, gathered in at most MOST stretches; what is well, in one."""
    width = ((scale.last - scale.first) or 1.0) / MOST
    found: dict[int, Piece] = {}
    for visit in visits:
        if scale.first <= visit.sent <= scale.last:
            number = min(MOST - 1, int((visit.sent - scale.first) / width))
            since = scale.first + number * width
            found.setdefault(number, Piece(since, since + width)).take(visit)
    return _joined(found)


def _joined(found: dict[int, Piece]) -> list[Piece]:
    whole: list[Piece] = []
    for number in sorted(found):
        piece = found[number]
        if whole and piece.well and whole[-1].well and number - 1 in found:
            whole[-1].until = piece.until
            whole[-1].words += piece.words
        else:
            whole.append(piece)
    return whole


def draw(lanes: Sequence[UserLane], rows: Sequence[Row]) -> Iterator[str]:
    """Each lane: a line while requests were sent, and a tick where some failed or were slow."""
    for lane, row in zip(lanes, rows, strict=True):
        yield text(lane.name, (8, row.middle + 1), "tl-name", most=34)
        yield text(f"users of {lane.asked}", (8, row.middle + 11), "tl-note", most=42)
        for piece in pieces(lane.visits, row.scale):
            yield from _piece(piece, row)


def _piece(piece: Piece, row: Row) -> Iterator[str]:
    scale, floor = row.scale, row.middle + FLOOR
    left, right = scale.x(piece.since), scale.x(piece.until)
    words = ", ".join(f"{many} {said}" for said, many in piece.words.most_common())
    tip = f"{scale.since(piece.since)} to {scale.since(piece.until)}: {words}"
    yield rect((left, floor), (right - left, 2), "tl-well", tip=tip)
    top = floor
    for many, kind in ((piece.failed, "tl-silent"), (piece.slow, "tl-slow")):
        if many:
            height = max(3.0, HIGH * many / piece.all)
            top -= height
            yield rect((left, top), (right - left, height), kind, tip=tip)
