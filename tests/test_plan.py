"""The plan in ARCHITECTURE.md is the one that the imports draw."""

from __future__ import annotations

from graphlib import CycleError

import plan
import pytest


def test_the_plan_is_as_the_imports_draw_it() -> None:
    text = plan.PLACE.read_text()

    assert plan.placed(text) == text, "draw it anew: python tests/plan.py"


def test_a_room_stands_above_all_that_it_knows() -> None:
    known = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset(), "d": frozenset()}

    assert [*plan.floors(known)] == [["a"], ["b"], ["c", "d"]]


def test_rooms_that_know_each_other_have_no_plan() -> None:
    with pytest.raises(CycleError):
        [*plan.floors({"a": frozenset("b"), "b": frozenset("a")})]


def test_what_only_types_need_is_known_as_well() -> None:
    assert "chaos.report" in plan.imports()["chaos.plugin"]
