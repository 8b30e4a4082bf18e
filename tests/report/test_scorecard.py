"""The scorecard: what each kind of fault came to, and which were never caused."""

from __future__ import annotations

from dataclasses import replace

from samples import hang_judgement, node_judgement, record

from chaos.report.record import ScenarioRecord
from chaos.report.scorecard import Scorecard, scorecard

KINDS = ("Hang", "Leak", "NodeDeath")
KEPT = record("test_a_node_dies", "kept", node_judgement())
BROKEN = record("test_a_hang", "broken", hang_judgement())


def card(*records: ScenarioRecord) -> Scorecard:
    return scorecard(records, KINDS)


def test_each_kind_of_fault_has_its_scenarios_and_those_that_were_kept() -> None:
    found = card(KEPT, replace(KEPT, scenario="again", outcome="broken"), BROKEN)

    assert [(s.fault, s.kept, s.scenarios) for s in found.scores] == [
        ("Hang", 0, 1),
        ("NodeDeath", 1, 2),
    ]
    assert found.never == ("Leak",)


def test_a_scenario_that_causes_a_fault_twice_is_one_scenario() -> None:
    twice = replace(KEPT, judgements=KEPT.judgements * 2)

    assert [(s.scenarios, s.kept) for s in card(twice).scores] == [(1, 1)]


def test_its_time_is_that_of_the_first_law_about_what_followed_and_of_no_control() -> None:
    (judgement,) = KEPT.judgements
    proof = replace(judgement, proof=True)
    healed = replace(judgement, act="healed")
    control = replace(judgement, verdicts=tuple(reversed(judgement.verdicts)))
    recovery = next(j for j in judgement.verdicts if j.window and j.took)
    ours = replace(judgement, verdicts=(recovery, *judgement.verdicts))

    assert card(replace(KEPT, judgements=(ours,))).scores[0].times == (recovery.took,)
    assert card(replace(KEPT, judgements=(proof, healed))).scores[0].times == ()
    assert len(card(replace(KEPT, judgements=(control,))).scores[0].times) <= 1


def test_nothing_caused_is_all_never_tried() -> None:
    assert card(replace(KEPT, judgements=())) == Scorecard((), KINDS)
