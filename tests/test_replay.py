"""Real recorded runs, judged again on every commit: yesterday's verdicts still stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.report.judge import judge_again

RUNS = sorted(run for run in (Path(__file__).parent / "histories").iterdir() if run.is_dir())


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_stored_run_is_judged_as_it_was(run: Path) -> None:
    verdicts = judge_again(run)

    assert len(verdicts) > len(list(run.iterdir()))
    assert [str(again) for again in verdicts if not again.same] == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_stored_run_has_the_proof_of_each_fault(run: Path) -> None:
    proofs = {
        again.scenario for again in judge_again(run) if again.stored.law.name.endswith(PROOFS)
    }

    assert len(proofs) == sum(folder.is_dir() for folder in run.iterdir())


PROOFS = (":ends", ":stop_answering", ":leak", ":say_ill", ":goes_unready")
