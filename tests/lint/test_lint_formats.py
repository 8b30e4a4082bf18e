"""The three ways a report is written, each as its readers want it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from drafts import APP, app, linted, of, web
from json_schema import wrong

from chaos.lint import Report, Severity, Source, lint
from chaos.lint.as_json import as_json, schema
from chaos.lint.as_sarif import as_sarif
from chaos.lint.as_text import as_text
from chaos.lint.rules import RULES

ENDLESS = "container `app` has no liveness probe: nothing ends a hang of it"
HERE = Path(__file__).parent
SARIF = json.loads((HERE / "sarif-2.1.0.json").read_text())


def full() -> Report:
    """Findings of every severity, and one that is ignored."""
    said = {"chaos.lint/ignore": "CH009", "chaos.lint/reason": "for a minute"}
    probe = {"httpGet": {"path": "/", "port": "no", "host": "db"}, "timeoutSeconds": 11}
    pod = of("Pod", app(livenessProbe=probe)) | {"metadata": {"name": "web", "annotations": said}}
    return linted(pod, web(app(livenessProbe=None), app(resources=None)))


def test_the_text_is_for_people() -> None:
    report = linted(web(app(livenessProbe=None), app(name="two", livenessProbe=None)), web())
    first, second, total = as_text(report).split("\n\n")

    assert first.splitlines() == [
        "web.yaml:1:124: warning CH001 Deployment/web: " + ENDLESS,
        "    at   spec.template.spec.containers[0].livenessProbe",
        f"    fix  {RULES[0].fix}",
        f"    why  {RULES[0].why}",
        f"    see  {RULES[0].scenario} (claim 13)",
    ]
    assert [line[:9] for line in second.splitlines()[1:]] == ["    at   ", "    fix  "]
    assert total == "0 errors, 2 warnings, 0 notes, 0 ignored; 2 workloads, 2 objects, 2 files"


def test_a_report_without_findings_is_one_line() -> None:
    assert as_text(linted(web())) == (
        "0 errors, 0 warnings, 0 notes, 0 ignored; 1 workload, 1 object, 1 file"
    )


def test_what_is_ignored_is_told_with_its_reason() -> None:
    told = as_text(full())

    assert "ignored CH009 Pod/web: for a minute" in told
    assert told.endswith("2 errors, 3 warnings, 1 note, 1 ignored; 2 workloads, 2 objects, 2 files")


def test_colours_are_for_terminals() -> None:
    lit = as_text(full(), colour=True)

    assert "\x1b" not in as_text(full())
    assert {"\x1b[31merror\x1b[0m", "\x1b[33mwarning\x1b[0m", "\x1b[36mnote\x1b[0m"} <= set(
        lit.split()
    )
    assert re.sub(r"\x1b\[\d+m", "", lit) == as_text(full())


def test_the_json_holds_all_that_was_found() -> None:
    report = full()
    told = json.loads(as_json(report))

    assert told["version"] == 1
    assert [one["rule"] for one in told["findings"]] == [one.rule for one in report.findings]
    assert told["ignored"][0]["reason"] == "for a minute"
    assert told["ignored"][0]["finding"]["severity"] == "warning"
    assert (told["files"], told["objects"], told["workloads"], told["passed_over"]) == (2, 2, 2, 0)


def test_the_json_is_what_its_schema_says() -> None:
    told, said = json.loads(as_json(full())), schema()

    assert not wrong(told, said, said)
    assert wrong(told | {"version": 2}, said, said)
    assert wrong({**told, "findings": [{**told["findings"][0], "line": "1"}]}, said, said)
    assert wrong({name: told[name] for name in told if name != "files"}, said, said)


def test_the_published_schema_is_up_to_date() -> None:
    page = HERE.parents[1] / "docs" / "lint.schema.json"

    assert json.loads(page.read_text()) == schema(), "run python tests/lint_page.py"


@pytest.mark.parametrize(
    "report", [full(), linted(web()), linted()], ids=["full", "well", "nothing"]
)
def test_the_sarif_is_valid(report: Report) -> None:
    assert not wrong(json.loads(as_sarif(report)), SARIF, SARIF)


@pytest.mark.parametrize(
    "broken",
    [
        {"version": "2.0.0"},
        {"runs": None},
        {"runs": [{"results": []}]},
        {"runs": [{"tool": {"driver": {"name": "x"}}, "columnKind": "bytes"}]},
        {"runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"ruleId": "CH001"}]}]},
        {"runs": [{"tool": {"driver": {"name": "x", "rules": [{"name": "x"}]}}}]},
        {"surplus": 1},
    ],
)
def test_what_is_no_sarif_is_not_valid(broken: Any) -> None:
    assert wrong(json.loads(as_sarif(full())) | broken, SARIF, SARIF)


def test_the_sarif_says_where_what_and_how_bad() -> None:
    (run,) = json.loads(as_sarif(full()))["runs"]
    results = {result["ruleId"]: result for result in run["results"]}
    rules = run["tool"]["driver"]["rules"]
    place = results["CH001"]["locations"][0]["physicalLocation"]

    assert place == {
        "artifactLocation": {"uri": "web.yaml"},
        "region": {"startLine": 1, "startColumn": 124},
    }
    assert {name: result["level"] for name, result in results.items()} == {
        "CH001": "warning", "CH002": "note", "CH004": "warning", "CH005": "error",
        "CH007": "error", "CH009": "warning", "CH011": "warning",
    }  # fmt: skip
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert [one["ruleId"] for one in run["results"] if "suppressions" in one] == ["CH009"]
    assert results["CH009"]["suppressions"] == [
        {"kind": "inSource", "justification": "for a minute"}
    ]


def test_a_fingerprint_outlives_a_line_and_tells_findings_apart() -> None:
    text = json.dumps(web(app(livenessProbe=None), app(livenessProbe=None)))
    prints = [
        [
            one["partialFingerprints"]["chaosLint/v1"]
            for one in json.loads(as_sarif(lint([Source("web.yaml", said.encode())])))["runs"][0][
                "results"
            ]
        ]
        for said in (text, f"# a line more\n{text}")
    ]

    assert prints[0] == prints[1]
    assert len({*prints[0]}) == 2


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/web.yaml", "a%20b/web.yaml"),
        ("/srv/wéb.yaml", "file:///srv/w%C3%A9b.yaml"),
        ("stdin", "stdin"),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    report = lint([Source(file, json.dumps(of("Pod", APP)).encode())])
    (run,) = json.loads(as_sarif(report))["runs"]

    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("least", "fails"),
    [(Severity.NOTE, True), (Severity.WARNING, True), (Severity.ERROR, False), (None, False)],
)
def test_a_report_fails_from_a_severity_on(least: Severity | None, fails: bool) -> None:  # noqa: FBT001
    assert linted(of("Pod", app())).fails(least) is fails
    assert not linted(web()).fails(least)
