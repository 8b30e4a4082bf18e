"""Every rule on every manifest: findings, and those that an annotation takes out with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chaos.errors import BadManifest, one_line, quoted
from chaos.lint.finding import Finding, Ignored, Report
from chaos.lint.objects import Object, Reading, manifests, objects
from chaos.lint.rule import Rule, Seen
from chaos.lint.rules import RULES
from chaos.lint.sources import Source
from chaos.lint.views import Manifest, text

IGNORE, REASON = "chaos.lint/ignore", "chaos.lint/reason"


def lint(found: Iterable[Source], rules: tuple[Rule, ...] = RULES) -> Report:
    """What the rules find in these sources; BadManifest for what cannot be read or ignored."""
    reading = Reading()
    there = list(objects(found, reading))
    told = list(manifests(there))
    findings: list[Finding] = []
    ignored: list[Ignored] = []
    for one, manifest in told:
        ids, reason = _ignored(one, manifest)
        for finding in _findings(one, manifest, rules):
            if finding.rule in ids:
                ignored.append(Ignored(finding, reason))
            else:
                findings.append(finding)
    counts = reading.files, len(there), len(told), reading.passed_over
    return Report(tuple(findings), tuple(ignored), *counts)


def _findings(one: Object, manifest: Manifest, rules: Iterable[Rule]) -> list[Finding]:
    """An object's findings, in the order of its lines."""
    found = [_finding(one, rule, seen) for rule in rules for seen in rule.check(manifest)]
    return sorted(found, key=lambda finding: (finding.line, finding.column, finding.rule))


def _finding(one: Object, rule: Rule, seen: Seen) -> Finding:
    place = one.place(seen.path)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        file=one.document.where,
        line=place.line,
        column=place.column,
        object=one_line(f"{one.kind}/{one.name}"),
        path=seen.path,
        what=one_line(seen.what),
        why=rule.why,
        fix=rule.fix,
        scenario=rule.scenario,
        claim=rule.claim,
    )


def _ignored(one: Object, manifest: Manifest) -> tuple[frozenset[str], str]:
    """The rules that an object takes itself out of, and why it does."""
    said = manifest.annotations
    ids = [word for word in re.split(r"[\s,]+", text(said.get(IGNORE))) if word]
    known, reason = {rule.id for rule in RULES}, one_line(text(said.get(REASON)).strip())
    if IGNORE in said and not ids:
        raise _wrong(one, f"ids of rules are wanted, as CH009, not {quoted(said[IGNORE], 60)}")
    if unknown := [word for word in ids if word not in known]:
        raise _wrong(one, f"{quoted(unknown[0], 60)} is no rule: see docs/lint.md")
    if ids and not reason:
        raise _wrong(one, f"say why in the annotation {REASON}")
    return frozenset(ids), reason


def _wrong(one: Object, why: str) -> BadManifest:
    path = f"metadata.annotations.{IGNORE}"
    place = one.place(path)
    return BadManifest(f"{one.document.where}:{place.line}: {path}: {why}")
