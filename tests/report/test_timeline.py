from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    at,
    container,
    hang_and_restart,
    hang_judgement,
    no_trace,
    node_death,
    node_judgement,
    pod,
    record,
)

from chaos.history.facts import Entry, Gap, Injected, Injecting, Lag, Node, Observed
from chaos.report.lanes import bands, pod_lanes
from chaos.report.timeline import timeline
from chaos.workloads.admitted import NodeName

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"


def node_picture() -> str:
    return timeline(node_death(), record("t", "kept", node_judgement()).judgements)


def hang_picture() -> str:
    return timeline(hang_and_restart(), record("t", "undecided", hang_judgement()).judgements)


def kinds(svg: str) -> list[str]:
    return [piece.get("class", "") for piece in ET.fromstring(svg).iter()]


@pytest.mark.parametrize(
    ("name", "draw"), [("node_death.svg", node_picture), ("hang.svg", hang_picture)]
)
def test_the_picture_is_the_golden_one(name: str, draw: Callable[[], str]) -> None:
    """To renew after a wanted change: delete the file, run this once, and look at the picture."""
    golden = GOLDEN / name
    if not golden.exists():
        golden.write_text(draw() + "\n", encoding="utf-8")
        pytest.fail(f"{golden} was missing and is written now: look at it, then run again")
    assert draw() + "\n" == golden.read_text(encoding="utf-8")


def test_it_holds_no_script_and_asks_nobody() -> None:
    for picture in (node_picture(), hang_picture()):
        for piece in ET.fromstring(picture).iter():
            assert piece.tag != f"{SVG}script"
            assert not any(k.endswith("href") or k.startswith("on") for k in piece.attrib)
        assert "url(http" not in picture
        assert "@import" not in picture
        assert "font-family:" in picture


def test_a_replacement_is_joined_to_the_pod_it_replaces() -> None:
    lost, heir, loner = pod_lanes(node_death())
    assert (heir.after, lost.after, loner.after) == (lost.key, "", "")
    assert kinds(node_picture()).count("tl-heir") == 1


def test_a_restart_is_marked_once_with_the_exit_code() -> None:
    _, app = pod_lanes(hang_and_restart())
    assert [(mark.kind, mark.label) for mark in app.marks] == [
        ("exit", "exit 137"),
        ("restart", "restart"),
    ]
    assert "exit 137" in hang_picture()


def test_what_a_first_sighting_tells_of_the_past_is_no_mark() -> None:
    old = pod("app-1", containers=(container(restarts=3),))
    (lane,) = pod_lanes([Observed(at(1), old), Observed(at(2), replace(old, ready=False))])
    assert lane.marks == []


def test_a_gap_is_hatched() -> None:
    assert kinds(hang_picture()).count("tl-gap") == 1
    assert kinds(node_picture()).count("tl-gap") == 0


def test_where_a_watch_was_late_is_hatched_faintly() -> None:
    picture = timeline((*node_death(), Lag(at(5), at(6.5))))
    assert kinds(picture).count("tl-lag") == 1
    assert "the watch was late: +0.8 s to +2.3 s" in picture


def test_a_fault_is_pale_until_it_is_in_force_and_while_it_is_undone() -> None:
    (band,) = bands(node_death())
    assert (band.asked, band.forced, band.healing, band.healed) == (4.0, 4.2, 40.4, 42.5)
    assert kinds(node_picture()).count("tl-force") == 1
    assert kinds(node_picture()).count("tl-asked") == 2


def test_a_law_has_its_window_and_what_was_measured() -> None:
    picture = kinds(node_picture())
    assert picture.count("tl-window") == 3
    assert picture.count("tl-moment tl-holds") == 2


def test_a_fault_that_left_no_trace_has_broken_no_law() -> None:
    judgements = record("t", "not injected", no_trace()).judgements
    picture = timeline(hang_and_restart(), judgements)

    assert ">NO TRACE restarted<" in picture
    assert "tl-word tl-no-trace" in kinds(picture)
    assert "broken" not in picture.partition("</style>")[2]


@pytest.mark.parametrize(
    ("until", "place"), [(20, ("395.2", "tl-fault")), (8, ("992", "tl-fault tl-last"))]
)
def test_a_name_that_does_not_fit_where_its_fault_begins_ends_at_the_edge(
    until: float, place: tuple[str, str]
) -> None:
    node = Node(NodeName("n"), "True")
    entries = (Observed(at(0), node), Injecting(at(4), "x" * 80, 1), Gap(at(until), at(until)))

    pieces = ET.fromstring(timeline(entries)).iter()

    (name,) = (piece for piece in pieces if "tl-fault" in piece.get("class", ""))
    assert (name.get("x"), name.get("class")) == place


@pytest.mark.parametrize(
    ("begun", "lines", "above"),
    [
        pytest.param((4, 5), (17, 3), -14, id="the-second-would-be-written-over-the-first"),
        pytest.param((4, 5, 6), (17, 3, -11), -28, id="and-the-third-over-both"),
        pytest.param((4, 15), (17, 17), 0, id="far-enough-behind-it"),
        pytest.param((4, 5, 15), (17, 3, 17), -14, id="the-lowest-line-is-free-again"),
        pytest.param((18, 19), (17, 3), -14, id="both-end-at-the-edge"),
    ],
)
def test_no_fault_s_name_is_written_over_another_s(
    begun: tuple[int, ...], lines: tuple[int, ...], above: int
) -> None:
    node = Node(NodeName("n"), "True")
    causes = (Injecting(at(moment), "x" * 30, number) for number, moment in enumerate(begun))
    picture = ET.fromstring(timeline((Observed(at(0), node), *causes, Gap(at(20), at(20)))))

    names = [piece for piece in picture.iter() if "tl-fault" in piece.get("class", "")]
    assert tuple(float(name.get("y", "")) for name in names) == lines
    (paper,) = (piece for piece in picture.iter() if piece.get("class") == "tl-paper")
    _, top, _, height = picture.get("viewBox", "").split()
    assert (float(top), paper.get("y"), paper.get("height")) == (above, top, height)


def test_the_terms_of_a_window_lie_below_it_end_to_end() -> None:
    rulings = record("t", "kept", hang_judgement()).rulings
    (window,) = (j.window for j in rulings if j.window is not None and j.window.terms)
    pieces = [p for p in ET.fromstring(hang_picture()).iter() if "tl-term" in p.get("class", "")]
    tips = [piece[0].text or "" for piece in pieces]
    places = [float(piece.get("x", "")) for piece in pieces]
    widths = [float(piece.get("width", "")) for piece in pieces]
    assert [tip.partition(" (")[0] for tip in tips] == [str(term) for term in window.terms]
    assert tips[0].endswith("(periodSeconds, failureThreshold): until +4.0 s")
    assert tips[-1].endswith(f"until +{window.latest:.1f} s")
    assert places[1:] == pytest.approx(
        [x + w for x, w in zip(places, widths, strict=True)][:-1], abs=0.2
    )


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (Observed(at(1), Node(NodeName("n"), "True")),),
        (Injecting(at(1), "Crash()", 1),),
        (Gap(at(0), at(2)), Injected(at(1), "Crash()", 9)),
        hang_and_restart()[:3],
        tuple(reversed(node_death())),
    ],
)
def test_a_history_that_was_cut_short_can_be_drawn(entries: tuple[Entry, ...]) -> None:
    ET.fromstring(timeline(entries, record("t", "kept", node_judgement()).judgements))


def hostile() -> st.SearchStrategy[str]:
    known = ["</svg><script>alert(1)</script>", '" onload="x', "\u202egnp.exe", "&#0;", "x" * 5000]
    anything = st.characters(codec=None, categories=None)
    return st.sampled_from(known) | st.text(anything, max_size=60)


@settings(max_examples=80, deadline=None)
@given(name=hostile(), fault=hostile(), why=hostile())
def test_hostile_names_leave_the_picture_whole(name: str, fault: str, why: str) -> None:
    strange = pod(name, NodeName(name), containers=(container(name=name, reason=why),))
    entries: tuple[Entry, ...] = (
        Observed(at(0), Node(NodeName(name), "True", why)),
        Observed(at(0), strange),
        Injecting(at(1), fault, 1),
        Injected(at(1), fault, 1),
        Gap(at(2), at(3), why),
        Observed(at(4), strange, gone=True),
    )
    root = ET.fromstring(timeline(entries))
    assert {piece.tag.removeprefix(SVG) for piece in root.iter()} <= {
        "svg", "style", "defs", "pattern", "path", "rect", "text", "title",
    }  # fmt: skip
    assert all(len("".join(text.itertext())) < 1200 for text in root.iter(f"{SVG}text"))
