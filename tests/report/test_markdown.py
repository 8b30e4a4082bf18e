"""`summary.md` and the summary of a job on GitHub: what they say, and that names stay text."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import NAMES, Page, told
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from samples import hang_judgement, node_judgement, record

from chaos.clock import Seconds, seconds
from chaos.judging.verdict import Ruling
from chaos.report.github import MOST, VARIABLE, add_summary, cut
from chaos.report.markdown import SUMMARY, code, prose, summary, write_summary
from chaos.report.marks import Grade, Result
from chaos.report.record import RunRecord, ScenarioRecord
from chaos.report.words import ENDINGS

RUN = RunRecord(
    "20261123T090000Z", "2026-11-23T09:00:00+00:00", 88.2, "pytest -m chaos", {"cluster": "fake"}
)
WHERE = Path("reports/20261123T090000Z/index.html")
KEPT = record("test_a_node_dies", "kept", node_judgement())
UNDECIDED = record("test_a_hang", "undecided", hang_judgement(), message="as pytest prints it")
UNSTEADY = record("test_unsteady", "not steady", message="pod web-1\nis not ready")
SKIPPED = record("test_slow", "skipped", message="takes minutes")


def of(*records: ScenarioRecord, run: RunRecord = RUN, grades: tuple[Grade, ...] = ()) -> str:
    return summary(run, records, page=WHERE, grades=grades)


def rendered(text: str) -> Page:
    """As GitHub would, which knows tables and links addresses."""
    return Page(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def broken(took: Seconds | None = None) -> ScenarioRecord:
    """The undecided one, with its law broken instead."""
    (judgement,) = UNDECIDED.judgements
    held, unknown = judgement.verdicts
    verdicts = (held, replace(unknown, ruling=Ruling.BROKEN, because="restarted", took=took))
    return replace(UNDECIDED, outcome="broken", judgements=(replace(judgement, verdicts=verdicts),))


def row(text: str, of: str) -> list[str]:
    """The cells of the first row that has such a cell."""
    rows = (line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| "))
    return next(cells for cells in rows if of in cells)


def test_it_begins_with_the_run_in_a_sentence_and_where_all_of_it_is() -> None:
    text = of(KEPT, UNDECIDED)

    first, *others = rendered(text).text.strip().splitlines()
    assert first == "2 scenarios: 1 kept, 1 undecided."
    assert others[:3] == [
        "chaos run 20261123T090000Z, began 2026-11-23T09:00:00+00:00, 88.2 s, fake",
        "The page: reports/20261123T090000Z/index.html",
        "Run all of it again: pytest -m chaos",
    ]


def test_it_counts_what_was_not_reached() -> None:
    planned = (KEPT.scenario, "t.py::test_never")

    assert "; 1 not run." in of(KEPT, run=replace(RUN, planned=planned))
    assert "not run" not in of(KEPT, run=replace(RUN, planned=planned[:1]))


def test_a_failure_says_what_was_expected_and_seen_and_who_is_to_blame() -> None:
    assert row(of(broken()), "A hang") == [
        "**LAW BROKEN**",
        "A hang",
        (
            "<code>never_restarted(workload=loner, through=12.0)</code>:"
            " expected in &#91;0.0, 12.0&#93; s; restarted"
        ),
        "The cluster, or the app's spec, did not do what must hold.",
        "8.3 s",
    ]


def test_what_no_verdict_explains_is_illby_its_message() -> None:
    assert row(of(UNSTEADY), "Unsteady")[2] == "pod web-1 is not ready"
    assert row(of(replace(UNDECIDED, outcome="not healed")), "A hang")[2] == "as pytest prints it"
    assert row(of(UNDECIDED), "A hang")[2].startswith("<code>never_restarted")


def test_a_spec_is_blamed_where_no_law_was_broken() -> None:
    weak = replace(KEPT, outcome="unprotected", message="web has no liveness probe")
    unprotected = ENDINGS["unprotected"].blame

    found = row(of(weak), "A node dies")

    assert found[2:4] == ["web has no liveness probe", unprotected]
    assert unprotected not in of(broken())


def test_who_was_interrupted_hears_what_was_healed() -> None:
    cut_off = replace(UNSTEADY, outcome="interrupted", message="by SIGTERM", healed=("healed it",))

    assert row(of(cut_off), "Unsteady")[2] == "by SIGTERM; healed it"


def test_an_absence_that_was_broken_is_no_recovery() -> None:
    (judgement,) = broken(took=seconds(3)).judgements
    alone = replace(broken(), judgements=(replace(judgement, verdicts=judgement.verdicts[1:]),))

    assert "8.3 s" in of(broken(took=seconds(3)))
    assert "3.0 s |" not in of(alone)


def test_a_proof_that_came_soon_is_no_recovery() -> None:
    (judgement,) = KEPT.judgements
    proof = replace(KEPT, judgements=(replace(judgement, proof=True),))

    assert "14.9 s" in row(of(KEPT), "A node dies")
    assert "14.9 s" not in of(proof)


def test_failures_come_first_and_in_sight_and_what_was_kept_is_folded() -> None:
    text = of(SKIPPED, KEPT, UNSTEADY, broken())
    open_, _, folded = text.partition("<details>")

    assert 0 < open_.index("LAW BROKEN") < open_.index("NOT STEADY")
    assert "A node dies" not in open_
    assert "<summary>Kept: 1</summary>" in folded
    assert row(folded, "A node dies")[-1] == "14.9 s"
    assert row(folded, "Slow") == ["Slow", "takes minutes"]
    assert f"<code>{code(UNSTEADY.repeat)[6:]}" in folded


def test_other_laws_that_were_broken_are_counted() -> None:
    (judgement,) = broken().judgements
    both = tuple(replace(one, ruling=Ruling.BROKEN) for one in judgement.verdicts)
    two = replace(broken(), judgements=(replace(judgement, verdicts=both),))

    assert row(of(two), "A hang")[2].endswith(" (and 1 more)")
    assert "more)" not in of(broken())


def test_of_several_laws_the_worst_is_told() -> None:
    (judgement,) = broken().judgements
    first, second = judgement.verdicts
    unknown = replace(first, ruling=Ruling.UNKNOWN)

    for verdicts in ((unknown, second), (second, unknown)):
        ill = replace(broken(), judgements=(replace(judgement, verdicts=verdicts),))
        assert row(of(ill), "A hang")[2].startswith("<code>never_restarted(")


def test_repetitions_are_summed_up_in_sight() -> None:
    many = [replace(KEPT, scenario=f"t.py::test_x[{n} of 2]") for n in (1, 2)]
    many = [replace(one, sentence="It dies") for one in many]

    open_, *_ = of(many[0], replace(many[1], outcome="error")).partition("<details>")

    sentence, _, spread = row(open_, "1 of 2")
    assert sentence == "It dies"
    assert "median 14.9 s" in spread
    assert "1 of 1" not in of(KEPT)


def test_who_only_looked_is_folded_and_is_not_among_the_kept() -> None:
    text = of(KEPT, replace(KEPT, scenario="t.py::test_looks", outcome="looked", sentence="Looks"))

    open_, *folded = text.split("<details>")
    assert "Looks" not in open_
    (there,) = [part for part in folded if "Looks" in part]
    assert there.startswith("<summary>Only looked, nothing was injected: 1")


def test_what_there_is_none_of_is_left_out() -> None:
    assert of(KEPT).count("<details>") == 1
    assert "LAW" not in of(KEPT)
    assert "Mark" not in of(KEPT)
    assert "Each law" not in of(KEPT)
    assert "No scenario was run." in of()
    assert "again" not in of(KEPT, run=replace(RUN, command=""))


def test_the_marks_of_apps_are_in_sight_and_their_trials_folded() -> None:
    results = (Result("crash", "recovers", "web is killed."), Result("hang", "not tested", "no"))
    grade = Grade("shop.yaml", "web", "B", results, ("C", "A"))

    text = of(KEPT, grades=(grade,))

    open_, _, folded = text.partition("<details>")
    assert row(open_, "**B**")[1:3] == ["web", "shop.yaml"]
    assert row(open_, "**B**")[-1] == "C A"
    assert row(folded, "crash") == ["web", "crash", "recovers", "web is killed."]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", "a&#124;b"),
        ("`id`", "&#96;id&#96;"),
        ("<b>", "&#60;b&#62;"),
        ("&lt;", "&#38;lt;"),
        ("a\nb\r\n- c", "a b - c"),
        ("@team", "&#64;&#8203;team"),
        ("fixes #123", "fixes &#35;&#8203;123"),
        ("*a* ~~b~~ [c](d)", "&#42;a&#42; &#126;&#126;b&#126;&#126; &#91;c&#93;(d)"),
        ("$x$ a\\|b", "&#36;x&#36; a&#92;&#124;b"),
        ("_a_ test_a_node", "&#95;a&#95; test_a_node"),
        ("https://evil www.evil", "https&#58;//evil www&#46;evil"),
        ("\x1b[2J\u202e\udfff", "&#92;x1b&#91;2J&#92;u202e&#92;udfff"),
        ("restarted(web), 2.1 s: 漢字 ✓!", "restarted(web), 2.1 s: 漢字 ✓!"),
    ],
)
def test_markup_is_text_and_nothing_else_is_changed(name: str, shown: str) -> None:
    assert prose(name) == shown


def test_what_is_to_be_copied_is_not_broken_in_two() -> None:
    assert code("img@sha256:1 #2") == "<code>img&#64;sha256:1 &#35;2</code>"


def everywhere(name: str) -> str:
    """A summary in which everything is called so."""
    run = RunRecord(name, name, 1.0, name or "x", {"cluster": name}, planned=(name,))
    grade = Grade(name, name, "F", (Result(name, "not tested", name),), ("A",))
    ways = [
        replace(told(name, outcome), scenario=f"{name}::x")
        for outcome in ("broken", "kept", "looked", "skipped", "error")
    ]
    return summary(run, ways, page=Path(name), grades=(grade,))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_name_is_shown_and_obeyed_nowhere(name: str) -> None:
    harmless, hostile = rendered(everywhere("web-1")), rendered(everywhere(name))

    assert hostile.open == []
    assert hostile.seen == harmless.seen


def test_nobody_is_called_but_in_code_where_github_does_not_look() -> None:
    html = MarkdownIt("commonmark").enable("table").render(everywhere("@team #123"))
    outside = re.sub("<code>.*?</code>", "", html)

    assert "@team #123" in html
    assert "team" in outside
    assert not re.search("@team|#123", outside)


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(
        st.sampled_from("|`*_~[]()<>&#@$\\!-+=.:/ \n\r\t1aw\u202e\ud800"), min_size=1, max_size=30
    )
)
def test_whatever_the_name_there_are_as_many_rows_and_cells(name: str) -> None:
    assert rendered(everywhere(name)).seen == rendered(everywhere("web-1")).seen


def test_a_name_that_is_not_escaped_would_be_seen() -> None:
    assert "b" in rendered(of(KEPT).replace("A node dies", "<b>x</b>")).tags
    assert "em" in rendered(of(KEPT).replace("A node dies", "*x*")).tags


def test_it_lies_in_the_run_s_folder_for_nobody_else(tmp_path: Path) -> None:
    assert write_summary(tmp_path, RUN, [KEPT]) == ()

    assert (tmp_path / SUMMARY).read_text() == summary(RUN, [KEPT], page=tmp_path / "index.html")
    assert (tmp_path / SUMMARY).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [SUMMARY]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a job on GitHub names."""
    named = tmp_path / "step_summary"
    monkeypatch.setenv(VARIABLE, str(named))
    return named


def test_a_job_s_summary_has_the_same_text_below_what_was_there(tmp_path: Path, job: Path) -> None:
    (tmp_path / "run").mkdir()
    job.write_text("# Before")

    assert write_summary(tmp_path / "run", RUN, [KEPT]) == ()

    assert job.read_text() == "# Before\n\n" + (tmp_path / "run" / SUMMARY).read_text()


def test_no_file_is_named_by_an_empty_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.chdir(tmp_path)

    assert list(add_summary("x", Path(SUMMARY))) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_yet_is_made(job: Path) -> None:
    assert list(add_summary("text\n", Path(SUMMARY))) == []

    assert job.read_text() == "text\n"


def test_what_cannot_be_written_to_is_illin_a_line(job: Path) -> None:
    for make, why in (
        (job.mkdir, "Is a directory"),
        (lambda: os.mkfifo(job), "No such device or address"),
        (lambda: job.symlink_to("/dev/null"), "not a file"),
        (lambda: job.write_text("x" * MOST), "no room is left in it"),
    ):
        make()
        assert list(add_summary("text\n", Path(SUMMARY))) == [
            f"no summary for GitHub: {job}: {why}"
        ]
        job.rmdir() if job.is_dir() else job.unlink()


def test_a_summary_that_is_too_large_is_cut_after_a_whole_row(tmp_path: Path, job: Path) -> None:
    job.write_text("x" * 1000)
    many = [replace(KEPT, sentence=f"ünïcödé {n} {'x' * 200}") for n in range(3000)]

    assert write_summary(tmp_path, RUN, [*many, UNSTEADY]) == ()

    whole, shown = (tmp_path / SUMMARY).read_text(), job.read_text()[1002:]
    assert MOST - 1000 < job.stat().st_size <= MOST
    kept, _, notice = shown.rpartition("\n</details>\n")
    assert whole.startswith(kept)
    assert kept.endswith(" |\n")
    assert notice == (
        "\nCut here, since a summary holds 1 MiB. All of it is in `summary.md` of the run.\n"
    )
    assert rendered(shown).open == []


def test_what_fits_is_not_cut() -> None:
    text = of(KEPT)
    size = len(text.encode())

    assert cut(text, size, Path(SUMMARY)) == text
    assert "Cut here" in cut(text, size - 1, Path(SUMMARY))
    assert len(cut(text, size - 1, Path(SUMMARY)).encode()) < size
    assert cut(text, 80, Path(SUMMARY)) == ""


def test_what_is_cut_below_a_fold_closes_none() -> None:
    text = "<details>\n\nx\n\n</details>\n" + "row\n" * 100

    assert "</details>\n\n</details>" not in cut(text, 200, Path(SUMMARY))
    assert cut(text, 200, Path(SUMMARY)).count("</details>") == 1
