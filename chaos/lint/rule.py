"""What a rule is: a pure function from a manifest to what it sees there, and what is said of it.

A rule's docstring is its text: a title, why it matters (after the oracle), and how to mend it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chaos.lint.finding import Severity
from chaos.lint.views import Manifest

SCENARIOS = "scenarios/"
FIX = "Fix: "


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule saw: the field's path within the object, and one sentence about it."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its id never changes its meaning.

    `scenario` shows on a real cluster why it matters, as one of those that show the claim.
    """

    id: str
    severity: Severity
    claim: int
    scenario: str
    check: Callable[[Manifest], Iterator[Seen]]

    @property
    def title(self) -> str:
        """The first line of its text."""
        return self._parts()[0]

    @property
    def why(self) -> str:
        """Why it matters, as one line."""
        return " ".join(self._parts()[1:-1])

    @property
    def fix(self) -> str:
        """How to mend it, as one line."""
        return self._parts()[-1].removeprefix(FIX)

    def _parts(self) -> list[str]:
        told = inspect.cleandoc(self.check.__doc__ or "")
        return [" ".join(part.split()) for part in told.split("\n\n")]


def rule(
    number: str, severity: Severity, *, claim: int, scenario: str
) -> Callable[[Callable[[Manifest], Iterator[Seen]]], Rule]:
    """Make a rule of a function."""

    def made(check: Callable[[Manifest], Iterator[Seen]]) -> Rule:
        return Rule(number, severity, claim, f"{SCENARIOS}{scenario}", check)

    return made
