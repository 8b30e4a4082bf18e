"""What a phase of a scenario came to, in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chaos.errors import (
    ChaosError,
    LawBroken,
    NotHealed,
    NotInjected,
    NotSteady,
    Undecided,
    Unprotected,
)
from chaos.report.record import Outcome

if TYPE_CHECKING:
    import pytest

ENDINGS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (Unprotected, "unprotected"),
    (LawBroken, "broken"),
    (NotHealed, "not healed"),
    (NotInjected, "not injected"),
    (NotSteady, "not steady"),
    (Undecided, "undecided"),
    (AssertionError, "broken"),
    (KeyboardInterrupt, "interrupted"),  # with --pdb it is reported as any other error
)
BY_DEADLINE = "from pytest-timeout"  # what it says when it ends a test by a signal


def outcome_of(report: pytest.TestReport, error: BaseException | None) -> Outcome | None:
    """The outcome that this phase decides; None where another phase does."""
    if report.skipped:
        return "skipped"
    if report.passed or error is None:
        return "kept" if report.when == "call" else None
    if str(error).endswith(f"{BY_DEADLINE}."):
        return "interrupted"
    if report.when != "call" and not isinstance(error, LawBroken | ChaosError):
        return "error"  # an assertion around the scenario accuses nobody
    return next((word for kind, word in ENDINGS if isinstance(error, kind)), "error")
