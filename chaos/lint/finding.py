"""What a lint finds: plain values, so that they can be written as text, JSON or SARIF."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Severity(StrEnum):
    """How bad it is: SARIF's three words, the worst last."""

    NOTE = "note"  # a fault would be noticed later, or by less
    WARNING = "warning"  # a fault is not survived, or costs more than it must
    ERROR = "error"  # the probe does harm, or cannot do its work

    def reaches(self, other: Severity) -> bool:
        """Whether it is as bad as the other, or worse."""
        order = [*Severity]
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a manifest that a rule speaks of: where, what, why it matters, how to mend it.

    `path` is the field's, within its object; line and column (from 1) are those of the field, or of
    what it would be written in. `scenario` is the test that shows the claim on a real cluster.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    object: str
    path: str
    what: str
    why: str
    fix: str
    scenario: str
    claim: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that its object's annotation `chaos.lint/ignore` takes out, and its reason."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All findings in what was read, in the order of its files and lines.

    `objects` is how many there were, `workloads` how many of them have pods; `passed_over` counts
    the documents of folders that are no objects, as a chart's values.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    files: int
    objects: int
    workloads: int
    passed_over: int
    version: Literal[1] = 1

    def fails(self, least: Severity | None) -> bool:
        """Whether a finding is as bad as that; never when there is no such severity."""
        return least is not None and any(one.severity.reaches(least) for one in self.findings)
