from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import Page
from samples import (
    hang_and_restart,
    hang_judgement,
    no_trace,
    node_death,
    node_judgement,
    record,
)

from chaos.history.facts import Entry
from chaos.report.folders import scenario_folder
from chaos.report.page import Chapter, chapter, render, write_page
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.store import HistoryFile, write_run, write_scenario
from chaos.report.words import ENDINGS, headline

RUN = RunRecord(
    "20261123T090000Z", "2026-11-23T09:00:00+00:00", 88.2, "pytest -m chaos", {"Kubernetes": "1.37"}
)


def kept() -> Chapter:
    return chapter(record("test_a_node_dies", "kept", node_judgement()), node_death(), "one")


def undecided() -> Chapter:
    told = record("test_a_hang", "undecided", hang_judgement(), message=str(hang_judgement()))
    return chapter(told, hang_and_restart(), "two")


def test_a_page_is_whole_in_itself() -> None:
    tags = Page(render(RUN, [kept(), undecided()]))
    assert tags.open == []
    for tag, attributes in tags.seen:
        assert tag not in {"script", "iframe", "img", "object"}
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:", "../index.html"))


def test_a_run_of_several_faults_has_a_scorecard_with_what_was_never_tried() -> None:
    page = render(RUN, [kept(), undecided()])

    assert "By fault: 2 kinds were caused, " in page
    assert "Never tried: " in page
    assert "By fault" not in render(RUN, [kept()])


def test_failures_come_first() -> None:
    page = render(RUN, [kept(), undecided()])
    assert page.index('<section id="two"') < page.index('<section id="one"')


def test_a_verdict_shows_its_window_its_time_its_reason_and_its_facts() -> None:
    page = render(RUN, [kept()])
    for shown in ("[0.0, 30.0] s", "<strong>14.9 s</strong>", "held 3 s", "rests on 1 fact"):
        assert shown in page
    assert "pod web-6d4cf-mm7pt on node-2: ready" in page
    assert "event NodeNotReady: Node is not ready" in page
    assert "<dt>Kubernetes</dt><dd>1.37</dd>" in page


def test_a_fault_that_left_no_trace_has_broken_no_law() -> None:
    told = record("test_a_hang", "not injected", no_trace())
    allure = pytest.importorskip("chaos.report.allure")

    page = render(RUN, [chapter(told, hang_and_restart(), "two")])
    card = page.partition('<section id="two"')[2]

    assert '<td class="no-trace"><span class="word">NO TRACE</span></td>' in card
    assert ".no-trace{--tone:var(--notinjected)}" in page
    assert "BROKEN" not in card
    assert "<li><b>NO TRACE</b>" in allure.description(told, "")


def test_a_message_that_no_verdict_explains_is_in_plain_sight() -> None:
    told = record("t", "broken", node_judgement(), message="assert 1 == 2")
    assert "<pre>assert 1 == 2</pre><h3>" in render(RUN, [chapter(told, (), "one")])
    assert "<details><summary>The message as pytest prints it" in render(RUN, [undecided()])


def test_every_ending_has_its_word_and_those_of_failure_their_own_colour() -> None:
    page = render(RUN, [replace(kept(), record=replace(kept().record, outcome="broken"))])
    tones = dict(re.findall(r"--(broken|nothealed|notinjected|undecided|kept):(#\w+)", page))
    assert len(set(tones.values())) == 5
    assert len({ending.word for ending in ENDINGS.values()}) == len(ENDINGS)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "No scenario was run."),
        (("kept",), "Every law was kept in 1 scenario."),
        (("kept", "kept"), "Every law was kept in 2 scenarios."),
        (("kept", "kept", "skipped"), "Every law was kept in 2 scenarios; 1 skipped."),
        (("skipped",), "1 scenario: 0 kept, 1 skipped."),
        (("looked", "kept"), "Every law was kept in 1 scenario; 1 looked."),
        (("looked",), "1 scenario: 0 kept, 1 looked."),
        (
            ("kept", "undecided", "broken", "not steady"),
            "4 scenarios: 1 kept, 1 law broken, 1 undecided, 1 not steady.",
        ),
    ],
)
def test_a_run_is_one_sentence(outcomes: tuple[str, ...], said: str) -> None:
    assert headline([record("t", outcome) for outcome in outcomes]) == said


@pytest.mark.parametrize(
    ("outcomes", "away", "said"),
    [
        ((), 2, "No scenario was run of 2."),
        (("kept",), 1, "Every law was kept in 1 scenario; 1 not run."),
        (("kept", "skipped"), 2, "Every law was kept in 1 scenario; 1 skipped, 2 not run."),
        (("kept", "interrupted"), 0, "2 scenarios: 1 kept, 1 interrupted."),
        (("interrupted",), 3, "4 scenarios: 0 kept, 1 interrupted, 3 not run."),
    ],
)
def test_it_counts_what_it_did_not_reach(outcomes: tuple[str, ...], away: int, said: str) -> None:
    assert headline([record("t", outcome) for outcome in outcomes], away) == said


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\u202eevil\u2066", "y" * 5000, 'a" onclick="b', "\udc80"]
)
def test_hostile_names_do_not_break_the_page(tmp_path: Path, name: str) -> None:
    judgement = replace(record("t", "broken", node_judgement()).judgements[0], fault=name)
    told = ScenarioRecord(name, name, "broken", name, (judgement,), repeat=name)
    folder = scenario_folder(tmp_path, name)
    write_scenario(folder, told)
    write_run(tmp_path, replace(RUN, versions={name[:-1]: name}, command=name))
    tags = Page(write_page(tmp_path).read_text(encoding="utf-8"))
    assert tags.open == []
    assert not {"script", "img"} & {tag for tag, _ in tags.seen}
    assert not any("onclick" in attributes for _, attributes in tags.seen)


def test_a_killed_run_has_a_page_too(tmp_path: Path) -> None:
    with HistoryFile(scenario_folder(tmp_path, "t.py::test_x")) as file:
        file.extend(hang_and_restart())
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert "The run ended before this scenario did; 16 entries" in page


def test_a_hundred_scenarios_are_less_than_a_megabyte() -> None:
    page = render(RUN, [replace(kept(), anchor=f"s{number}") for number in range(100)])
    assert len(page.encode()) < 1_300_000


def test_allure_is_given_the_picture_as_an_image_and_every_text_escaped() -> None:
    allure = pytest.importorskip("chaos.report.allure")
    describe: Callable[[ScenarioRecord, str], str] = allure.description
    told = record("t", "broken", node_judgement())
    html = describe(told, "<svg/>")
    assert '<img alt="timeline" style="width:100%" src="data:image/svg+xml;base64,' in html
    assert "<svg" not in html
    assert html.startswith("<p><b>LAW BROKEN</b>: The cluster, or the app&#x27;s spec")


def test_allure_gets_every_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import allure  # noqa: PLC0415  as the harness does: only where it is asked for

    from chaos.report.allure import attach  # noqa: PLC0415

    given: list[str] = []
    monkeypatch.setattr(allure.dynamic, "title", given.append)
    monkeypatch.setattr(allure.dynamic, "description_html", lambda html: given.append(html[:10]))
    monkeypatch.setattr(type(allure.attach), "file", lambda *a, name, **k: given.append(name))
    monkeypatch.setattr(type(allure.attach), "__call__", lambda *a, name, **k: given.append(name))
    told, entries = record("test_x", "kept", node_judgement()), node_death()
    stored(tmp_path, told, entries)
    attach(told, tmp_path)
    assert given == ["X", "<p><b>KEPT", "history.jsonl", "verdicts.json", "timeline"]


def stored(folder: Path, told: ScenarioRecord, entries: tuple[Entry, ...]) -> None:
    with HistoryFile(folder) as file:
        file.extend(entries)
    write_scenario(folder, told)


def test_what_was_not_run_comes_last_and_colours_nothing() -> None:
    left = chapter(record("a", "skipped"), (), "a")
    page = render(RUN, [left, kept()])

    assert '<header class="kept">' in page
    assert page.index('<span class="word">KEPT') < page.index('<span class="word">SKIPPED')
