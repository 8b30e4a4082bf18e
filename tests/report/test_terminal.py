"""What a terminal says of a scenario, in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import hang_judgement, node_judgement, record

from chaos.judging.verdict import Ruling
from chaos.report.record import Outcome
from chaos.report.terminal import came, lines

KEPT = record("test_a_node_dies", "kept", node_judgement())
HUNG = record("test_a_hang", "broken", hang_judgement())
LOST = replace(HUNG.rulings[0], ruling=Ruling.BROKEN, because="no restart in 4 s")
LATE = replace(HUNG, judgements=(replace(HUNG.judgements[0], verdicts=(LOST,)),))


def test_a_recovery_is_told_by_its_law_and_its_moment() -> None:
    assert came(KEPT) == "REPLACED after 14.9 s"


def test_a_law_that_was_broken_is_told_with_what_was_seen_instead() -> None:
    assert came(LATE) == "NOT RESTARTED: no restart in 4 s"


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ("never_restarted", "RESTARTED, AND MUST NOT"),
        ("runtime_never_restarted", "RUNTIME RESTARTED, AND MUST NOT"),
        ("never_found_again", "FOUND AGAIN, AND MUST NOT"),
        ("nevertheless", "NOT NEVERTHELESS"),
    ],
)
def test_what_must_never_be_is_told_as_it_was_seen(law: str, told: str) -> None:
    stated = replace(LOST.law, call=f"{law}(web, through=20.0)")
    seen = replace(LOST, law=stated, because="after 2.0 s")
    record = replace(LATE, judgements=(replace(LATE.judgements[0], verdicts=(seen,)),))

    assert came(record) == f"{told}: after 2.0 s"


def test_what_proves_the_fault_is_no_recovery() -> None:
    (judgement,) = KEPT.judgements

    assert came(replace(KEPT, judgements=(replace(judgement, proof=True),))) == ""


@pytest.mark.parametrize(
    "outcome", ["undecided", "not injected", "unprotected", "looked", "skipped"]
)
def test_what_came_to_no_verdict_has_no_words(outcome: Outcome) -> None:
    assert came(replace(KEPT, outcome=outcome)) == ""


def test_the_words_are_under_the_scenario() -> None:
    told = list(lines([KEPT, LATE], [KEPT.scenario, LATE.scenario]))

    assert told[0].startswith("kept ")
    assert told[1].strip() == "REPLACED after 14.9 s"
    assert told[3].strip().startswith("NOT RESTARTED")
