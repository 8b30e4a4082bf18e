from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import hang_and_restart, hang_judgement, node_death, node_judgement, record

from chaos.errors import Unreadable
from chaos.history.facts import Entry
from chaos.judging.judgement import Judgement
from chaos.judging.verdict import Ruling
from chaos.report.folders import begin, scenario_folder
from chaos.report.judge import judge_again, law_from
from chaos.report.record import ScenarioRecord
from chaos.report.store import HistoryFile, judgement_record, write_scenario


def stored(run: Path, entries: tuple[Entry, ...], kept: ScenarioRecord) -> Path:
    folder = scenario_folder(run, kept.scenario)
    with HistoryFile(folder) as file:
        file.extend(entries)
    write_scenario(folder, kept)
    return folder


def node_run(run: Path) -> Path:
    stored(run, node_death(), record("test_node_death", "kept", node_judgement()))
    return run


def renamed(run: Path, name: str) -> Path:
    """A stored run whose first law goes by another name now."""
    kept = record("test_node_death", "kept", node_judgement())
    judgement = kept.judgements[0]
    first = judgement.verdicts[0]
    other = replace(first, law=replace(first.law, name=name))
    changed = replace(judgement, verdicts=(other, *judgement.verdicts[1:]))
    stored(run, node_death(), replace(kept, judgements=(changed,)))
    return run


@settings(max_examples=25, deadline=None)
@given(back=st.floats(7, 30))
def test_judging_again_comes_to_the_same_verdicts(
    tmp_path_factory: pytest.TempPathFactory, back: float
) -> None:
    run = tmp_path_factory.mktemp("run")
    node_run(run)
    hang = record("test_hang", "broken", hang_judgement(back=back))
    stored(run, hang_and_restart(back=back), hang)
    agains = judge_again(run)
    assert len(agains) == 5
    assert all(again.same for again in agains), [str(again) for again in agains]


def test_a_law_is_found_again_with_its_arguments() -> None:
    judgement = node_judgement()
    for (law, _), kept in zip(
        judgement.verdicts, judgement_record(judgement).verdicts, strict=True
    ):
        again = law_from(kept.law)
        assert (again.name, again.arguments) == (law.name, law.arguments)


def test_latest_means_the_newest_run(tmp_path: Path) -> None:
    node_run(begin(tmp_path, "run"))
    assert len(judge_again(tmp_path / "latest")) == 3


def test_a_changed_verdict_is_seen_and_said(tmp_path: Path) -> None:
    kept = record("test_node_death", "kept", node_judgement())
    stored(tmp_path, node_death()[:-10], kept)
    changed = [again for again in judge_again(tmp_path) if not again.same]
    assert [str(again).split("(")[0] for again in changed] == ["holds -> broken replaced"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no.such.module:replaced", "cannot be imported"),
        ("chaos.laws.replacement:swapped", "no such law any more"),
        ("chaos.judging.ruling:eventually", "no such law any more"),
        ("os:getcwd", "no such law any more"),
        (":x", "cannot be imported"),
        ("chaos.laws.nodes:goes_unready", "takes other arguments now"),
    ],
)
def test_a_law_that_is_gone_is_unknown_with_a_clear_line(
    tmp_path: Path, name: str, said: str
) -> None:
    first = judge_again(renamed(tmp_path, name))[0]
    assert not first.same
    assert first.fresh.ruling is Ruling.UNKNOWN
    assert said in first.fresh.because


def test_a_run_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no such run"):
        judge_again(tmp_path / "gone")


def test_verdicts_of_another_history_are_refused(tmp_path: Path) -> None:
    kept = record("test_node_death", "kept", node_judgement())
    stored(tmp_path, node_death()[:3], kept)
    with pytest.raises(Unreadable, match="not of one run"):
        judge_again(tmp_path)


def test_a_scenario_that_was_cut_short_has_nothing_to_compare(tmp_path: Path) -> None:
    with HistoryFile(scenario_folder(tmp_path, "t::x")) as file:
        file.extend(node_death())
    assert judge_again(tmp_path) == ()


def test_a_judgement_prints_the_worst_first() -> None:
    lines = str(hang_judgement()).splitlines()
    assert lines[0] == "after Hang(pod='app-7f9c-qqzzw'):"
    assert lines[1].startswith("  unknown never_restarted(workload=loner")
    assert lines[2].startswith("  holds   restarted(workload=app")


def test_a_judgement_knows_what_it_has() -> None:
    judgement = hang_judgement()
    assert judgement.has(Ruling.UNKNOWN)
    assert not judgement.has(Ruling.BROKEN)
    assert not Judgement("f", 1, judgement.end).has(Ruling.HOLDS)
