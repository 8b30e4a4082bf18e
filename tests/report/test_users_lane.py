"""What users felt is on the picture, and its size does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from samples import at, hang_and_restart

from chaos.history.facts import Entry
from chaos.history.looked import STALLED, Visit, Visited
from chaos.report.scale import Scale
from chaos.report.timeline import timeline
from chaos.report.users import MOST, pieces, user_lanes
from chaos.report.words import entry_words
from chaos.workloads.admitted import Uid

SCALE = Scale(4.0, 0.0, float(MOST))  # a second is a stretch


def word(visits: Iterable[Visit], workload: str = "users", asked: str = "web") -> Visited:
    return Visited(at(30), Uid("u"), workload, asked, at(0), at(30), tuple(visits))


def visit(sent: float, said: int | str = 200, took: float = 0.01) -> Visit:
    return Visit(at(sent), took, said)


def shapes(svg: str, kind: str) -> list[str]:
    """The tips of a kind's shapes."""
    found = [piece for piece in ET.fromstring(svg).iter() if piece.get("class") == kind]
    return [piece[0].text or "" for piece in found if len(piece)]


def picture(*visits: Visit) -> str:
    return timeline((*hang_and_restart(), word(visits)))


def test_without_visitors_there_is_no_lane() -> None:
    assert user_lanes(hang_and_restart()) == []
    assert user_lanes([word([])]) == []


def test_each_workload_of_visitors_has_a_lane_for_each_app_it_asks() -> None:
    told: list[Entry] = [
        word([visit(1)]),
        word([visit(2)], asked="api"),
        word([visit(3)], workload="others"),
        word([visit(4)]),
    ]

    lanes = [(lane.name, lane.asked, len(lane.visits)) for lane in user_lanes(told)]

    assert lanes == [("others", "web", 1), ("users", "api", 1), ("users", "web", 2)]


def test_failed_and_slow_requests_are_ticks_and_the_tip_says_what() -> None:
    good = [visit(6 + n / 10) for n in range(10)]
    svg = picture(*good, visit(8, "refused"), visit(8, 503), visit(9, 200, took=1.0))

    (failed,) = (tip for tip in shapes(svg, "tl-silent") if "refused" in tip)
    assert "1 refused, 1 503" in failed
    assert len([tip for tip in shapes(svg, "tl-slow") if "1 answered slowly" in tip]) == 1
    assert "users of web" in svg
    assert not shapes(picture(*good), "tl-slow")


def test_a_failure_that_took_long_is_not_slow_as_well_and_a_fast_answer_is_neither() -> None:
    (first, second) = pieces([visit(1, "no answer", took=2), visit(2, took=0.999)], SCALE)

    assert (first.failed, first.slow, first.all) == (1, 0, 1)
    assert second.well


def test_a_stall_of_the_visitor_is_no_failure() -> None:
    (piece,) = pieces([visit(1, STALLED, took=9)], SCALE)

    assert (piece.failed, piece.slow, piece.all) == (0, 0, 1)


def test_requests_in_one_stretch_are_one_piece() -> None:
    (piece,) = pieces([visit(5.1), visit(5.9, "refused"), visit(5.5, took=3)], SCALE)

    assert (piece.since, piece.until) == (5.0, 6.0)
    assert (piece.all, piece.failed, piece.slow) == (3, 1, 1)


def test_neighbours_that_are_well_are_one_piece_and_a_pause_is_seen() -> None:
    found = pieces([visit(1), visit(2), visit(5), visit(6, "refused"), visit(7)], SCALE)

    assert [(p.since, p.until, p.well) for p in found] == [
        (1.0, 3.0, True),
        (5.0, 6.0, True),
        (6.0, 7.0, False),
        (7.0, 8.0, True),
    ]


def test_what_lies_outside_the_picture_is_left_out() -> None:
    found = pieces([visit(-0.1), visit(0), visit(MOST), visit(MOST + 0.1)], SCALE)

    assert [p.all for p in found] == [1, 1]


def test_a_lane_of_twenty_thousand_failures_is_no_bigger_than_one_of_a_thousand() -> None:
    few = picture(*(visit(n / 1000 * 20, 500) for n in range(1000)))
    many = picture(*(visit(n / 20_000 * 20, 500) for n in range(20_000)))

    assert len(shapes(many, "tl-silent")) <= MOST + 5
    assert len(many) < 1.2 * len(few)


def test_a_word_of_a_visitor_is_one_line() -> None:
    said = entry_words(word([visit(1), visit(2), visit(3, "refused")]))

    assert said == "users sent web 3 requests, 2 x 200, 1 x refused"
    assert entry_words(word([])) == "users sent web 0 requests"


def test_markup_in_what_a_pod_says_is_text() -> None:
    svg = picture(visit(8, "<script>alert(1)</script>"))

    assert "<script" not in svg
