"""`laws.xml`: what a CI system reads in it, and that it can always be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from hostile import NAMES, entries
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import hang_judgement, node_judgement, record

from chaos.clock import seconds
from chaos.judging.verdict import Ruling
from chaos.report.junit import LAWS, suite, suites, write_laws
from chaos.report.record import (
    Judged,
    JudgementRecord,
    Outcome,
    RunRecord,
    ScenarioRecord,
    Stated,
)
from chaos.windows import Window, within

RUN = RunRecord("20261123T090000Z", seconds=88.2)
LAW = Stated("laws:restarted", "It is restarted.", "restarted(workload=web)")
BROKEN = Judged(LAW, Ruling.BROKEN, "no new container in 8 s", window=within(seconds(8)))
GREEN = {"kept", "looked", "skipped"}

# What junit-10.xsd, which Jenkins reads by, allows where; what it wants comes first.
ALLOWED = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped", "timestamp"}),
    "testcase": ({"name"}, {"time", "classname"}),
    **dict.fromkeys(("failure", "error", "skipped"), (set(), {"type", "message"})),
}


def judged(
    *verdicts: Judged, outcome: str = "kept", message: str = "", **changes: object
) -> ScenarioRecord:
    judgement = JudgementRecord("Crash(pod='web-1')", 1, seconds(9), verdicts)
    told = record("test_a_crash", outcome, message=message)
    return replace(told, judgements=(replace(judgement, **changes),))  # type: ignore[arg-type]


def marked(told: ScenarioRecord) -> dict[str, str]:
    """What became of each case, by its name."""
    return {case.get("name", ""): "".join(child.tag for child in case) for case in suite(told)}


def only(told: ScenarioRecord) -> ET.Element:
    """The only mark of a suite."""
    (found,) = [mark for case in suite(told) for mark in case]
    return found


def test_a_scenario_is_a_suite_and_each_law_a_case() -> None:
    told = suite(record("test_a_node_dies", "kept", node_judgement()))

    assert told.attrib == {
        "name": "A node dies",
        "tests": "3",
        "failures": "0",
        "errors": "0",
        "skipped": "0",
        "time": "41.200",
        "timestamp": "2026-11-23T09:00:00+00:00",
    }
    assert [case.attrib for case in told] == [
        {"classname": "scenarios.test_faults.test_a_node_dies", "name": name, "time": time}
        for name, time in (
            ("replaced(workload=web, away_from=node-1, within=[0.0, 30.0] s)", "14.900"),
            ("never_replaced(workload=loner, through=35.0) in [0.0, 35.0] s", "0.000"),
            ("goes_unready(node=node-1, within=[0.0, 20.0] s)", "8.700"),
        )
    ]
    assert not [mark for case in told for mark in case]


def test_a_broken_law_is_a_failure_with_its_reason_its_window_and_its_facts() -> None:
    (fact, *_) = node_judgement().verdicts[0][1].evidence
    broken = replace(BROKEN, evidence=(fact,))

    found = only(judged(broken, outcome="broken"))

    assert found.tag == "failure"
    assert found.get("type") == "broken"
    assert found.get("message") == "BROKEN: no new container in 8 s"
    assert (found.text or "").splitlines() == [
        "It is restarted.",
        "restarted(workload=web)",
        "expected in [0.0, 8.0] s: the scenario says so",
        "BROKEN: no new container in 8 s",
        "19.1 s: pod web-6d4cf-mm7pt on node-2: ready",
    ]


@pytest.mark.parametrize("ruling", [Ruling.UNKNOWN, Ruling.OPEN])
def test_a_law_that_was_not_decided_is_an_error_and_accuses_nobody(ruling: Ruling) -> None:
    found = only(judged(replace(BROKEN, ruling=ruling), outcome="undecided"))

    assert (found.tag, found.get("type")) == ("error", ruling.value)


def test_laws_beside_one_that_was_not_decided_pass() -> None:
    told = record("test_a_hang", "undecided", hang_judgement())

    assert list(marked(told).values()) == ["", "error"]


@pytest.mark.parametrize(
    ("ruling", "outcome", "mark"),
    [
        (Ruling.HOLDS, "kept", ""),
        (Ruling.BROKEN, "not injected", "error"),
        (Ruling.UNKNOWN, "not injected", "error"),
    ],
)
def test_the_proof_of_a_fault_is_a_case_that_accuses_nobody(
    ruling: Ruling, outcome: str, mark: str
) -> None:
    told = judged(replace(BROKEN, ruling=ruling), outcome=outcome, proof=True)

    assert marked(told) == {"the fault was real: Crash(pod='web-1')": mark}


def test_a_fault_that_left_no_trace_has_broken_no_law() -> None:
    error = only(judged(BROKEN, outcome="not injected", proof=True))

    assert (error.get("type"), error.get("message")) == (
        "no trace",
        "NO TRACE: no new container in 8 s",
    )
    assert "BROKEN" not in "".join(error.itertext())


@pytest.mark.parametrize(
    "outcome", ["not injected", "not steady", "not healed", "interrupted", "error", "undecided"]
)
def test_an_ending_without_a_verdict_is_a_case_of_its_own(outcome: str) -> None:
    told = record("test_x", outcome, message="pod web-1\nis not ready")

    found = only(replace(told, healed=("healed Crash",)))

    assert marked(told) == {outcome.upper(): "error"}
    assert (found.get("type"), found.get("message")) == (outcome, "pod web-1 is not ready")
    assert (found.text or "").endswith("pod web-1\nis not ready\nhealed Crash")


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        ("not healed", {"NOT HEALED": "error"}),
        ("not steady", {"NOT STEADY": "error"}),
        ("broken", {"LAW BROKEN": "failure"}),  # an assertion of the scenario's own
        ("kept", {}),
    ],
)
def test_an_ending_that_no_verdict_explains_stands_beside_those_that_hold(
    outcome: str, ending: dict[str, str]
) -> None:
    told = judged(replace(BROKEN, ruling=Ruling.HOLDS), outcome=outcome)

    assert marked(told) == {"restarted(workload=web) in [0.0, 8.0] s": "", **ending}


def test_what_was_skipped_is_no_error() -> None:
    assert marked(record("test_x", "skipped", message="it takes minutes")) == {"SKIPPED": "skipped"}


def test_a_law_that_its_scenario_lets_break_makes_nothing_red() -> None:
    assert list(marked(judged(BROKEN)).values()) == ["skipped", ""]
    assert list(marked(judged(BROKEN, outcome="skipped")).values()) == ["skipped", "skipped"]
    assert list(marked(judged(BROKEN, outcome="broken")).values()) == ["failure"]


def test_what_was_not_reached_is_told_and_what_was_is_not_told_twice(tmp_path: Path) -> None:
    told = record("test_x", "kept", node_judgement())
    planned = (told.scenario, *(f"scenarios/test_faults.py::test_{name}" for name in ("a", "b")))
    run = replace(RUN, planned=planned, sentences={planned[2]: "It is not reached."})

    write_laws(tmp_path, run, [told])

    first, second, third = ET.parse(tmp_path / LAWS).getroot()
    assert (first.get("name"), first.get("skipped")) == ("X", "0")
    assert (second.get("name"), second.get("skipped")) == ("A", "1")
    assert (third.get("name"), third.get("skipped")) == ("It is not reached.", "1")
    assert "not run" in ET.tostring(second, "unicode")


def test_laws_of_one_name_are_told_apart() -> None:
    held = replace(BROKEN, ruling=Ruling.HOLDS)
    twice = judged(held, held)
    later = judged(held, act="healed")
    told = replace(twice, judgements=(*twice.judgements, *later.judgements))

    name = "restarted(workload=web) in [0.0, 8.0] s"
    assert [*marked(told)] == [name, f"{name} (2)", f"{name}, after healing"]


def test_a_trial_has_a_class_too() -> None:
    told = replace(record("x", "kept"), scenario="app:shop.yaml::web::crash")

    assert [case.get("classname") for case in suite(told)] == ["app:shop.yaml.web.crash"]


def test_a_suite_has_a_name_in_any_case_and_a_time_only_if_it_began() -> None:
    told = ScenarioRecord("t.py::x", "", "interrupted")

    assert suite(told).get("name") == "t.py::x"
    assert suite(replace(told, scenario="")).get("name") == ""
    assert suite(told).get("timestamp") is None


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), -1.0])
def test_a_time_that_is_none_is_no_time(wild: float) -> None:
    assert suite(replace(record("x", "kept"), seconds=wild)).get("time") == "0.000"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\0\x1b[2J", r"a\x00\x1b[2J"),
        ("\udfff", r"\udfff"),
        ("\ufffe\uffff", r"\ufffe\uffff"),
        ("\u202eexe", r"\u202eexe"),
        ("<b>&\"'", "<b>&\"'"),
        ("漢字 ✓", "漢字 ✓"),
    ],
)
def test_what_xml_cannot_hold_is_spelled_out_and_nothing_else(
    tmp_path: Path, name: str, shown: str
) -> None:
    told = ScenarioRecord("t.py::x", name, "error", f"{name}\nnext")

    found = ET.parse(write_laws(tmp_path, RUN, [told])).getroot()

    assert found[0].get("name") == shown
    assert f"{shown}\nnext" in (found[0][0][0].text or "")


def test_a_name_without_end_is_cut_where_it_is_a_name_and_whole_below() -> None:
    long = "x" * 5000
    told = judged(replace(BROKEN, law=replace(LAW, call=long)), outcome="broken")

    (case,) = suite(told)

    assert len(case.get("name", "")) < 600
    assert long in (case[0].text or "")


ANY = st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=()), max_size=20)
NUMBERS = st.none() | st.floats()
VERDICTS = st.builds(
    Judged,
    st.builds(Stated, ANY, ANY, ANY),
    st.sampled_from(Ruling),
    ANY,
    NUMBERS,
    st.none() | st.builds(Window, st.floats(), st.floats(), ANY),
    st.just(()) | ANY.map(entries),
)
JUDGEMENTS = st.builds(
    JudgementRecord,
    ANY,
    st.integers(),
    st.floats(),
    st.lists(VERDICTS, max_size=4).map(tuple),
    st.sampled_from(["injected", "healed"]),
    st.booleans(),
)
RECORDS = st.builds(
    ScenarioRecord,
    ANY,
    ANY,
    st.sampled_from(get_args(Outcome)),
    ANY,
    st.lists(JUDGEMENTS, max_size=3).map(tuple),
    ANY,
    st.floats(),
    ANY,
    st.lists(ANY, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(records=st.lists(RECORDS, max_size=4), name=ANY, time=st.floats())
def test_whatever_the_records_the_file_is_sound_and_its_counts_are_right(
    records: list[ScenarioRecord], name: str, time: float
) -> None:
    root = ET.fromstring(ET.tostring(suites(RunRecord(name, seconds=time), records), "utf-8"))

    assert len(root) == len(records)
    for told, one in zip(records, root, strict=True):
        marks = Counter(mark.tag for case in one for mark in case)
        assert int(one.get("tests", -1)) == len(one) >= max(1, len(told.rulings))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(one.get(count, -1)) == marks[tag]
        assert bool(marks["failure"] + marks["error"]) == (told.outcome not in GREEN)
    for count in ("tests", "failures", "errors"):
        assert int(root.get(count, -1)) == sum(int(one.get(count, -1)) for one in root)
    for element in root.iter():
        wanted, may = ALLOWED[element.tag]
        assert wanted <= {*element.attrib} <= wanted | may
