"""A report as SARIF 2.1.0, the format of code scanners: for GitHub, GitLab and editors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import quote

from chaos.lint.finding import Finding, Ignored, Report
from chaos.lint.rule import Rule
from chaos.lint.rules import RULES
from chaos.values import Json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
NUMBERS = {rule.id: number for number, rule in enumerate(RULES)}


def as_sarif(report: Report) -> str:
    """The whole report, in ASCII; what is ignored is there as suppressed."""
    results = [_result(one) for one in report.findings]
    results += [_suppressed(one) for one in report.ignored]
    driver = {"name": "chaos lint", "rules": [_rule(rule) for rule in RULES]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rule(rule: Rule) -> Json:
    shown = f"Shown by {rule.scenario} (claim {rule.claim})."
    return {
        "id": rule.id,
        "name": rule.check.__name__,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.fix}\n\n{shown}"},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"scenario": rule.scenario, "claim": rule.claim},
    }


def _result(one: Finding) -> Json:
    region = {"startLine": one.line, "startColumn": one.column}
    physical = {"artifactLocation": {"uri": _uri(one.file)}, "region": region}
    logical = {"fullyQualifiedName": f"{one.object}/{one.path}", "kind": "member"}
    return {
        "ruleId": one.rule,
        "ruleIndex": NUMBERS[one.rule],
        "level": one.severity,
        "message": {"text": f"{one.object}: {one.what}. {one.fix}"},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
        "partialFingerprints": {"chaosLint/v1": _fingerprint(one)},
    }


def _suppressed(one: Ignored) -> Json:
    suppression = {"kind": "inSource", "justification": one.reason}
    return _result(one.finding) | {"suppressions": [suppression]}


def _uri(file: str) -> str:
    """A path as a URI, relative if it was: a scanner knows the root of its checkout."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(one: Finding) -> str:
    """What the finding is known by when lines move."""
    told = f"{one.rule}\n{one.file}\n{one.object}\n{one.path}"
    return hashlib.sha256(told.encode(errors="backslashreplace")).hexdigest()
