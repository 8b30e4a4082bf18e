"""The files that Allure reads beside its results."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from samples import node_judgement, record

from chaos.errors import LawBroken, NotInjected, Unprotected
from chaos.report.allure_files import categories, environment, executor, metrics, write
from chaos.report.record import RunRecord

KEPT = record("test_a_node_dies", "kept", node_judgement())
RUN = RunRecord(
    "one", versions={"Kubernetes": "v1.37.2", "kubernetes (Python)": "36"}, commit="abc"
)


def test_the_environment_is_java_s_properties() -> None:
    odd = replace(RUN, versions={"a=b c": "one\ntwo\\"}, commit="")

    assert environment(RUN).splitlines() == [
        "Kubernetes=v1.37.2",
        "kubernetes\\ (Python)=36",
        "commit=abc",
    ]
    assert environment(odd) == "a\\=b\\ c=one two\\\\\n"


@pytest.mark.parametrize(
    ("error", "word", "status"),
    [
        (LawBroken("x"), "LAW BROKEN", "failed"),
        (Unprotected("x"), "UNPROTECTED", "failed"),
        (NotInjected("x"), "NOT INJECTED", "broken"),
    ],
)
def test_each_ending_has_a_category_and_no_error_is_in_two(
    error: Exception, word: str, status: str
) -> None:
    message = f"{type(error).__module__}.{type(error).__name__}: {error}"

    (found,) = [c for c in categories() if re.fullmatch(c["messageRegex"], message)]

    assert found["name"].startswith(word)
    assert found["matchedStatuses"] == [status]


def test_a_recovery_is_a_metric_with_its_scenario_s_times() -> None:
    (found,) = metrics([KEPT, replace(KEPT, judgements=()), replace(KEPT, started="")])

    assert (found["id"], found["key"]) == (KEPT.scenario, "recovery_s")
    assert found["value"] == pytest.approx(14.9, abs=0.1)
    assert found["stop"] - found["start"] == round(KEPT.seconds * 1000)


def test_what_proves_a_fault_is_no_recovery_time() -> None:
    (judgement,) = KEPT.judgements

    assert list(metrics([replace(KEPT, judgements=(replace(judgement, proof=True),))])) == []


GITHUB = {
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_NUMBER": "3",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "you/app",
}


def test_the_build_is_linked_where_ci_names_it() -> None:
    github = executor(GITHUB)
    gitlab = executor({"GITLAB_CI": "true", "CI_PIPELINE_IID": "9", "CI_JOB_URL": "https://x/1"})

    assert github is not None
    assert github["buildUrl"] == "https://github.com/you/app/actions/runs/7"
    assert github["buildOrder"] == 3
    assert gitlab is not None
    assert (gitlab["type"], gitlab["buildOrder"]) == ("gitlab", 9)
    assert executor({}) is None


def test_all_are_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)

    write(tmp_path / "allure", RUN, [KEPT])

    there = {file.name: file.read_text() for file in (tmp_path / "allure").iterdir()}
    assert json.loads(there["chaos-perf.json"])[0]["unit"] == "s"
    assert json.loads(there["executor.json"])["name"] == "GitHub Actions"
    assert len(json.loads(there["categories.json"])) == 6
    assert there["environment.properties"] == environment(RUN)
