"""Names with markup in them, wherever a page shows one: they stay text, and in their place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import NAMES, Page, written
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.clock import seconds
from chaos.history.facts import Answered
from chaos.kube.parse import report_from
from chaos.recording.ports import Lost, parsed
from chaos.report.folders import safe_name, scenario_folder
from chaos.report.store import line
from chaos.workloads.admitted import Uid


@settings(max_examples=12, deadline=None)
@given(
    name=st.text(st.sampled_from("<>&\"'/=!-[]{}% \n\u202e\u2069\ud800scriptonx"), max_size=30)
    | st.text(max_size=30)
)
def test_whatever_the_name_the_page_is_sound(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    text = written(tmp_path_factory.mktemp("run"), name)

    assert Page(text).open == []
    assert not [c for c in text if c < " " and c not in "\t\n\r"]


@pytest.mark.parametrize(
    "name", [*NAMES, "../../etc", "/", "..", ".", "a/../b", "\0", ""], ids=ascii
)
def test_a_scenario_s_folder_is_inside_its_run_whatever_its_name(tmp_path: Path, name: str) -> None:
    folder = scenario_folder(tmp_path, name)

    assert folder.parent == tmp_path
    assert [one.name for one in tmp_path.iterdir()] == [safe_name(name)]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_what_a_patient_calls_its_numbers_is_written_down(name: str) -> None:
    report = report_from(json.dumps({name: 1, "inner": {name: name}}).encode())
    told = json.loads(line(Answered(seconds(1), Uid("u"), "w", 200, report)))

    assert len(told["report"]) == 2
    assert name in told["report"].values()


@pytest.mark.parametrize("raw", [b'{"a":' * 100_000, b"[" * 100_000, b"\xff", b"9" * 5000])
def test_an_answer_that_is_nested_too_deeply_or_no_text_is_no_answer(raw: bytes) -> None:
    assert report_from(raw) is None
    with pytest.raises(Lost, match="not JSON"):
        parsed(raw)
