"""A stored run may come from anywhere: nothing in it leads out of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.clock import seconds
from chaos.errors import Unreadable
from chaos.history.facts import Gap
from chaos.report import folders
from chaos.report.judge import judge_again, law_from
from chaos.report.record import ScenarioRecord, Stated
from chaos.report.store import HistoryFile, read_history, read_scenario, write_scenario


def stored(folder: Path) -> Path:
    with HistoryFile(folders.scenario_folder(folder, "t::x")) as file:
        file.write(Gap(seconds(1), seconds(2)))
    scenario = folders.scenario_folder(folder, "t::x")
    write_scenario(scenario, ScenarioRecord("t::x", "X", "kept"))
    return scenario


def test_a_folder_of_a_run_that_is_a_link_is_no_part_of_it(tmp_path: Path) -> None:
    elsewhere, ours = stored(tmp_path / "elsewhere"), stored(tmp_path / "run")
    (tmp_path / "run" / "link").symlink_to(elsewhere)

    assert folders.scenario_folders(tmp_path / "run") == [ours]


@pytest.mark.parametrize("name", ["history.jsonl", "verdicts.json"])
def test_a_file_of_a_run_that_is_a_link_is_not_read(tmp_path: Path, name: str) -> None:
    elsewhere, ours = stored(tmp_path / "elsewhere"), stored(tmp_path / "run")
    (ours / name).unlink()
    (ours / name).symlink_to(elsewhere / name)

    with pytest.raises(Unreadable, match=f"{name}: a link"):
        (read_history if name == "history.jsonl" else read_scenario)(ours)


def test_the_same_files_without_a_link_are_read(tmp_path: Path) -> None:
    ours = stored(tmp_path / "run")

    assert len(read_history(ours)) == 1
    assert read_scenario(ours).sentence == "X"
    assert judge_again(tmp_path / "run") == ()


@pytest.mark.parametrize(
    "named", ["../elsewhere", "/etc", "../../elsewhere/", "run/../../elsewhere"]
)
def test_latest_names_a_run_beside_it_and_no_other(tmp_path: Path, named: str) -> None:
    stored(tmp_path / "elsewhere")
    (tmp_path / "reports").mkdir()
    latest = tmp_path / "reports" / "latest"
    latest.write_text(named)

    with pytest.raises(Unreadable, match="is no run beside it"):
        folders.find_run(latest)


def test_latest_names_the_run_beside_it(tmp_path: Path) -> None:
    stored(tmp_path / "run")
    (tmp_path / "latest").write_text("run\n")

    assert folders.find_run(tmp_path / "latest") == tmp_path / "run"


@pytest.mark.parametrize("name", ["os:system", "subprocess:run", "chaos.laws.restart:seconds"])
def test_a_stored_verdict_calls_laws_and_nothing_else(tmp_path: Path, name: str) -> None:
    """Its module is imported, from the folders that Python imports from; see docs/security.md."""
    with pytest.raises(Unreadable, match="no such law"):
        law_from(Stated(name, "s", arguments={"command": f"touch {tmp_path}/called"}))

    assert list(tmp_path.iterdir()) == []
