"""Healing many: each is healed, whatever becomes of the others."""

from __future__ import annotations

import pytest

from chaos.errors import CannotHere, CannotRehearse, ChaosError, NoSuchTarget
from chaos.ports.fault import undo


def told(*outcomes: Exception | None) -> tuple[list[int], str]:
    """Which of them were tried, and what is said at last."""
    tried: list[int] = []

    def act(number: int) -> None:
        tried.append(number)
        if error := outcomes[number]:
            raise error

    try:
        undo(act, range(len(outcomes)))
    except ChaosError as error:
        return tried, str(error)
    return tried, ""


def test_one_that_cannot_be_healed_keeps_no_other_ill_and_each_is_told() -> None:
    outcomes = ChaosError("one is cut off"), None, OSError("no space"), None

    assert told(*outcomes) == ([0, 1, 2, 3], "one is cut off; no space")


@pytest.mark.parametrize("gone", [NoSuchTarget("a"), CannotHere("a"), CannotRehearse("a")])
def test_one_that_is_gone_or_was_never_there_needs_no_healing(gone: ChaosError) -> None:
    assert told(gone, None) == ([0, 1], "")


def test_a_mistake_in_a_fault_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        told(ZeroDivisionError())
