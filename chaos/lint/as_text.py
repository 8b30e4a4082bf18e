"""A report for people: one paragraph a finding, and what there is in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.lint.finding import Finding, Ignored, Report, Severity

COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}  # red, yellow, cyan
BOLD, PLAIN = "1", "0"


def as_text(report: Report, *, colour: bool = False) -> str:
    """The whole report; `colour` is for terminals only. Why a rule matters is told once."""
    told: set[str] = set()
    parts = []
    for one in report.findings:
        parts.append("\n".join(_finding(one, colour=colour, known=one.rule in told)))
        told.add(one.rule)
    parts += ["\n".join(_ignored(one) for one in report.ignored)] if report.ignored else []
    return "\n\n".join([*parts, _sum(report)])


def _finding(one: Finding, *, colour: bool, known: bool) -> Iterator[str]:
    at = f"{one.file}:{one.line}:{one.column}"
    severity = _lit(one.severity, COLOURS[one.severity]) if colour else one.severity
    yield f"{_lit(at, BOLD) if colour else at}: {severity} {one.rule} {one.object}: {one.what}"
    yield f"    at   {one.path}"
    yield f"    fix  {one.fix}"
    if not known:
        yield f"    why  {one.why}"
        yield f"    see  {one.scenario} (claim {one.claim})"


def _ignored(one: Ignored) -> str:
    found = one.finding
    return (
        f"{found.file}:{found.line}:{found.column}: ignored {found.rule} {found.object}:"
        f" {one.reason}"
    )


def _lit(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[{PLAIN}m"


def _sum(report: Report) -> str:
    """All counts, in one line."""
    seen = Counter(one.severity for one in report.findings)
    worst_first = reversed(Severity)
    told = ", ".join(_count(seen[severity], severity) for severity in worst_first)
    return f"{told}, {len(report.ignored)} ignored; {', '.join(_read(report))}"


def _read(report: Report) -> Iterator[str]:
    yield _count(report.workloads, "workload")
    yield _count(report.objects, "object")
    yield _count(report.files, "file")
    if report.passed_over:
        yield f"{_count(report.passed_over, 'document')} passed over"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
