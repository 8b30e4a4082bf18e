from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    container,
    hang_and_restart,
    hang_judgement,
    node_death,
    node_judgement,
    pod,
    record,
)

from chaos import private
from chaos.errors import Unreadable
from chaos.history.facts import Entry, Gap, Lag, Observed
from chaos.history.looked import Visit, Visited
from chaos.report.folders import (
    begin,
    find_run,
    point_latest,
    safe_name,
    scenario_folder,
    scenario_folders,
)
from chaos.report.record import RunRecord, sentence_of
from chaos.report.store import (
    HISTORY,
    VERDICTS,
    HistoryFile,
    read_history,
    read_run,
    read_scenario,
    write_run,
    write_scenario,
)

MOMENTS = st.floats(-1e9, 1e9)
VISITS = st.lists(st.builds(Visit, sent=MOMENTS, took=MOMENTS)).map(tuple)
MORE: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    Gap: {"until": MOMENTS},
    Lag: {"until": MOMENTS},
    Visited: {"since": MOMENTS, "through": MOMENTS, "visits": VISITS},
}
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    [st.builds(kind, at=MOMENTS, **MORE.get(kind, {})) for kind in get_args(Entry)]
)


def written(folder: Path, *entries: Entry) -> Path:
    with HistoryFile(folder) as file:
        file.extend(entries)
    return file.path


@settings(max_examples=60, deadline=None)
@given(entries=st.lists(ENTRIES, max_size=4))
def test_every_entry_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    written(folder, *entries)
    assert repr(read_history(folder)) == repr(tuple(entries))  # nan is not itself, its repr is


def test_an_entry_can_be_read_while_the_run_goes_on(tmp_path: Path) -> None:
    file = HistoryFile(tmp_path)
    file.write(node_death()[0])
    assert read_history(tmp_path) == node_death()[:1]
    file.close()


def test_a_full_disk_ends_the_record_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "made", lambda _: os.open("/dev/full", os.O_WRONLY))
    file = HistoryFile(tmp_path)

    file.write(node_death()[0])
    file.write(node_death()[1])
    file.close()

    assert file.trouble == f"{tmp_path / 'history.jsonl'}: No space left on device"


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_torn_last_line_is_left_out(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path, *hang_and_restart())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut])
    kept = hang_and_restart() if cut == 1 else hang_and_restart()[:-1]
    assert read_history(tmp_path) == kept


def test_an_unreadable_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, *node_death())
    lines = path.read_bytes().splitlines()
    lines[2] = b'{"kind":"observed","at":"soon"}'
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(Unreadable, match=r"history\.jsonl:3: .*Delete the line"):
        read_history(tmp_path)


def test_a_history_that_is_not_there_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"No such file.*reports/latest"):
        read_history(tmp_path)


def test_a_name_with_line_breaks_stays_on_one_line(tmp_path: Path) -> None:
    hostile = pod("a\nb\u2028c\r\udc80", containers=(container(message="\x00\x1b"),))
    path = written(tmp_path, Observed(hostile.containers and 0.0, hostile))  # type: ignore[arg-type]
    assert path.read_bytes().count(b"\n") == 1
    (back,) = read_history(tmp_path)
    assert back == Observed(0.0, hostile)  # type: ignore[arg-type]


def test_verdicts_come_back_as_they_were(tmp_path: Path) -> None:
    kept = record("test_node_death", "kept", node_judgement(), hang_judgement())
    write_scenario(tmp_path, kept)
    assert read_scenario(tmp_path) == kept
    assert [path.name for path in tmp_path.iterdir()] == [VERDICTS]


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    run = RunRecord("r", "2026", 3.5, "pytest -m chaos", {"Kubernetes": "1.37"}, "abc", clean=True)
    write_run(tmp_path, run)
    assert read_run(tmp_path) == run


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"version": 2}', "version 2, and this harness reads version 1"),
        ("[]", "version None"),
        ('{"version": 1}', "not what this harness writes"),
        ("{", "not what this harness writes"),
    ],
)
def test_verdicts_of_another_shape_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / VERDICTS).write_text(text)
    with pytest.raises(Unreadable, match=said):
        read_scenario(tmp_path)


def test_two_runs_of_one_second_have_two_folders_and_latest_is_the_second(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    first, second = begin(reports, "2026-11-23T09-00-00Z"), begin(reports, "2026-11-23T09-00-00Z")
    assert (first.name, second.name) == ("2026-11-23T09-00-00Z", "2026-11-23T09-00-00Z-2")
    assert (reports / "latest").resolve() == second.resolve()
    assert sorted(path.name for path in reports.iterdir()) == [first.name, second.name, "latest"]


def test_where_links_are_refused_latest_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    run = begin(tmp_path, "run")
    assert find_run(tmp_path / "latest") == run
    point_latest(tmp_path, "other")
    assert (tmp_path / "latest").read_text() == "other\n"


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_folder_name_is_safe_and_no_two_ids_share_one(one: str, two: str) -> None:
    names = {safe_name(one), safe_name(two)}
    assert len(names) == len({one, two})
    for name in names:
        assert 0 < len(name) < 100
        assert not set(name) & set("/\\. \0")


def test_a_folder_without_a_history_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    folder = scenario_folder(tmp_path, "test_x.py::test_y")
    (folder / HISTORY).touch()
    assert scenario_folders(tmp_path) == [folder]


@pytest.mark.parametrize(
    ("doc", "name", "sentence"),
    [
        ("A dead node.\n\n    More.", "test_x", "A dead node."),
        (None, "test_a_hung_app_is_restarted", "A hung app is restarted"),
        ("  \n", "t.py::test_it_works[2-b]", "It works [2-b]"),
        (None, "test_", "test_"),
    ],
)
def test_a_scenario_is_named_by_a_sentence(doc: str | None, name: str, sentence: str) -> None:
    assert sentence_of(doc, name)[1:] == sentence[1:]


def test_a_gap_is_an_entry_like_any_other(tmp_path: Path) -> None:
    gap = Gap(0.5, 2.5, "410 Gone")  # type: ignore[arg-type]
    written(tmp_path, gap)
    assert read_history(tmp_path) == (gap,)
