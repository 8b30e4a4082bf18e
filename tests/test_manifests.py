"""A user's YAML: what it becomes, and where its errors are."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import BadManifest
from chaos.workloads.manifests import complaint, manifest

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        imag: nginx
"""

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\n"
CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "web.yaml"
    path.write_text(text)
    return path


def test_the_workload_is_marked_and_the_rest_stands_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    spec = manifest(path)
    assert (spec.name, spec.kind, spec.origin) == ("web", "Deployment", f"{path}:6")
    template = spec.manifest["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "web", "pytest-chaos/workload": "web"}
    assert spec.manifest["metadata"]["labels"] == {"pytest-chaos/workload": "web"}
    assert [beside["kind"] for beside in spec.beside] == ["Service"]


def test_a_cron_jobs_pods_are_marked_where_its_jobs_have_them(tmp_path: Path) -> None:
    template = "{spec: {template: {spec: {containers: [{name: a}]}}}}"
    text = f'{CRON}spec: {{schedule: "* * * * *", jobTemplate: {template}}}\n'
    jobs = manifest(written(tmp_path, text)).manifest["spec"]["jobTemplate"]["spec"]
    assert jobs["template"]["metadata"]["labels"] == {"pytest-chaos/workload": "a"}
    assert jobs["template"]["spec"] == {"containers": [{"name": "a"}]}


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ('strict decoding error: unknown field "spec.template.spec.containers[0].imag"', 17),
        (".spec.template.spec.containers[0].image: field not declared", 16),
        ("spec.selector: Invalid value", 11),
        ("something else", 6),
    ],
)
def test_a_complaint_names_the_line(tmp_path: Path, message: str, line: int) -> None:
    path = written(tmp_path, GOOD)
    assert complaint(manifest(path), message) == f"{path}:{line}: {message}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", r"web.yaml:2: "),
        ("- 1\n", r"web.yaml:1: an object is wanted, this is list"),
        ("kind: Pod\n", r"web.yaml:1: apiVersion is missing"),
        ("apiVersion: v1\nkind: Pod\nmetadata: 3\n", r"metadata.name is missing"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", r"one workload is wanted.*none"),
        ("---\n", r"one workload is wanted"),
        (GOOD + "---\n" + GOOD, r"Deployment/web \(.*:6\), Deployment/web \(.*:\d+\)"),
        ("apiVersion: v1\nkind: Job\nmetadata: {name: a}\n", r"Job/a has no spec$"),
        (f"{JOB}spec: {{}}\n", r"Job/a has no spec.template$"),
        (f"{JOB}spec: {{template: }}\n", r"Job/a has no spec.template$"),
        (f"{CRON}spec: {{}}\n", r"CronJob/a has no spec.jobTemplate$"),
        (
            f"{CRON}spec: {{jobTemplate: {{spec: {{}}}}}}\n",
            r"has no spec.jobTemplate.spec.template$",
        ),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadManifest, match=told):
        manifest(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="cannot be read"):
        manifest(tmp_path / "nope.yaml")
