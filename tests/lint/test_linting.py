"""From text to findings: every kind, lists, sidecars, places, and what an annotation takes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drafts import app, found, linted, of, web

from chaos.errors import BadManifest
from chaos.lint import Source, lint
from chaos.workloads.manifests import RUN

DEPLOYMENT = """\
# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: app
        resources: {limits: {memory: 1Gi}}
        livenessProbe: &probe
          httpGet: {path: /health, port: 80}
          timeoutSeconds: 20
      - name: two
        resources: {limits: {memory: 1Gi}}
        livenessProbe: {tcpSocket: {port: 80}, timeoutSeconds: 1}
        readinessProbe:
          <<: *probe
          periodSeconds: 5
"""


def places(text: str) -> list[tuple[str, int, int, str]]:
    report = lint([Source("web.yaml", text.encode())])
    return [(one.rule, one.line, one.column, one.path) for one in report.findings]


def test_a_finding_is_where_its_field_is_written() -> None:
    first, second = (f"spec.template.spec.containers[{n}]" for n in (0, 1))

    assert places(DEPLOYMENT) == [
        ("CH004", 15, 11, f"{first}.livenessProbe.timeoutSeconds"),
        ("CH004", 15, 11, f"{second}.readinessProbe.timeoutSeconds"),  # where it was written
        ("CH015", 18, 25, f"{second}.livenessProbe.tcpSocket"),
    ]


def test_what_is_not_written_is_where_it_would_be() -> None:
    text = DEPLOYMENT.replace("  replicas: 2\n", "").replace(
        "resources: {limits: {memory: 1Gi}}", "x: y"
    )
    told = {(rule, line, column) for rule, line, column, _ in places(text)}

    assert ("CH010", 6, 1) in told  # spec
    assert {("CH011", 10, 9), ("CH011", 15, 9)} <= told  # each container


def test_a_later_document_and_a_windows_file_keep_their_lines() -> None:
    pod = "kind: Pod\nspec: {containers: [{name: a, resources: {limits: {memory: 1Gi}}}]}\n"
    text = f"\ufeff---\n# nothing\n---\nkind: ConfigMap\n---\n{pod}".replace("\n", "\r\n")

    assert places(text) == [
        ("CH009", 6, 1, "kind"),
        ("CH001", 7, 21, "spec.containers[0].livenessProbe"),
    ]


@pytest.mark.parametrize("kind", sorted(RUN))
def test_every_kind_s_pods_are_looked_at(kind: str) -> None:
    (finding,) = (
        one for one in linted(of(kind, app(resources=None))).findings if one.rule == "CH011"
    )

    assert finding.object == f"{kind}/web"
    assert finding.path.endswith("spec.containers[0].resources.limits.memory")


@pytest.mark.parametrize("version", ["apps/v1", "extensions/v1beta1", "v1", None])
def test_kinds_are_those_of_kubernetes_whatever_their_version(version: str | None) -> None:
    assert found(web(app(resources=None)) | {"apiVersion": version}) == ["CH011"]


def test_another_group_s_kind_of_the_same_name_is_passed_by() -> None:
    report = linted(web(app(resources=None)) | {"apiVersion": "batch.volcano.sh/v1alpha1"})

    assert (report.objects, report.workloads, report.findings) == (1, 0, ())


@pytest.mark.parametrize(
    "folded",
    [
        {"kind": "List", "items": [web(), of("Pod", app())]},
        {"kind": "PodList", "items": [{"spec": of("Pod", app())["spec"]}]},
        {"kind": "PodList", "items": [None, 3, of("Pod", app())]},
    ],
)
def test_lists_are_unfolded(folded: Any) -> None:
    assert found(folded) == ["CH009"]


def test_an_item_of_a_list_is_where_it_is_written() -> None:
    text = "kind: List\nitems:\n- kind: Secret\n- metadata: {name: x}\n  kind: Pod\n  spec: {}\n"

    assert places(text) == [("CH009", 5, 3, "kind")]


def test_a_list_is_not_unfolded_for_ever() -> None:
    inner = {"kind": "List", "items": [of("Pod", app())]}

    assert found({"kind": "List", "items": [inner]}) == []


def test_what_has_no_name_yet_is_told_by_what_it_begins_with() -> None:
    told = [
        linted(of("Pod", app()) | {"metadata": meta}).findings[0].object
        for meta in ({"generateName": "web-"}, {}, None, "x")
    ]

    assert told == ["Pod/web-", "Pod/(no name)", "Pod/(no name)", "Pod/(no name)"]


def annotated(**annotations: str) -> dict[str, Any]:
    said = {f"chaos.lint/{name}": value for name, value in annotations.items()}
    return of("Pod", app(resources=None)) | {"metadata": {"name": "web", "annotations": said}}


def test_what_is_ignored_for_a_reason_is_counted() -> None:
    report = linted(annotated(ignore="CH009,CH004", reason="it is for a minute"))

    assert [one.rule for one in report.findings] == ["CH011"]
    assert [(one.finding.rule, one.reason) for one in report.ignored] == [
        ("CH009", "it is for a minute")
    ]


@pytest.mark.parametrize("ids", ["CH009,CH011", "CH009, CH011", "CH009 CH011", ",CH011,\nCH009,"])
def test_several_rules_are_ignored(ids: str) -> None:
    assert found(annotated(ignore=ids, reason="x")) == []


def test_an_object_ignores_for_itself_only() -> None:
    assert found(annotated(ignore="CH009,CH011", reason="x"), of("Pod", app())) == ["CH009"]


def test_a_pod_s_own_annotations_are_not_its_controllers() -> None:
    deployment = web(app(resources=None))
    deployment["spec"]["template"]["metadata"] = annotated(ignore="CH011", reason="x")["metadata"]

    assert found(deployment) == ["CH011"]


def test_a_reason_alone_ignores_nothing() -> None:
    assert found(annotated(reason="x")) == ["CH009", "CH011"]


@pytest.mark.parametrize(
    ("annotations", "told"),
    [
        ({"ignore": "CH009"}, "say why in the annotation chaos.lint/reason"),
        ({"ignore": "CH009", "reason": "  "}, "say why in the annotation chaos.lint/reason"),
        ({"ignore": "CH099", "reason": "x"}, "'CH099' is no rule: see docs/lint.md"),
        ({"ignore": "ch009", "reason": "x"}, "'ch009' is no rule: see docs/lint.md"),
        ({"ignore": "", "reason": "x"}, "ids of rules are wanted, as CH009, not ''"),
        ({"ignore": ["CH009"], "reason": "x"}, "ids of rules are wanted, as CH009, not ['CH009']"),
    ],
)
def test_what_cannot_be_ignored_is_told(annotations: Any, told: str) -> None:
    with pytest.raises(BadManifest) as error:
        linted(annotated(**annotations))

    assert str(error.value) == f"web.yaml:1: metadata.annotations.chaos.lint/ignore: {told}"


def test_aliases_are_read_and_a_bomb_is_not() -> None:
    bomb = "kind: Pod\na: &a [x]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"

    assert places(DEPLOYMENT)
    with pytest.raises(BadManifest, match="more than 2000000 fields"):
        places(bomb)


NUMBERED = """\
kind: DaemonSet
spec:
  template:
    spec:
      containers:
      - name: app
        ports: [{containerPort: 80}, {containerPort: @}]
        resources: {limits: {memory: @}}
        livenessProbe: {httpGet: {path: /health, port: @}, timeoutSeconds: @, periodSeconds: @}
"""


@pytest.mark.parametrize("number", ["1e30", "-" + "9" * 30, "2.5", "true"])
def test_numbers_that_kubernetes_cannot_hold_are_as_if_they_were_not_there(number: str) -> None:
    assert places(NUMBERED.replace("@", number)) == []


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "0b" + "1" * 20_000])
def test_numbers_that_go_cannot_hold_are_text_as_to_kubectl(number: str) -> None:
    """Then the probe's port is a name, which no port has."""
    assert {place[0] for place in places(NUMBERED.replace("@", number))} == {"CH007"}


@pytest.mark.parametrize(
    "word",
    [
        *("timeout -k ", "timeout " + "-k " * 9, "curl ", "a.", "\n", ";", "do ", "http://", "(/"),
        *("sleep ", "-h ", "x@", "--retry ", "{ "),
    ],
)
def test_a_long_command_is_read_in_no_time(word: str) -> None:
    command = ["sh", "-c", word * 100_000]

    assert places(json.dumps(web(app(livenessProbe={"exec": {"command": command}})))) is not None


@pytest.mark.parametrize("deep", ["[", "{a: ", "- ", "? "])
def test_what_is_nested_too_deeply_is_refused_and_kills_nothing(deep: str) -> None:
    with pytest.raises(BadManifest, match="nested too deeply"):
        places(f"kind: Pod\na:\n  {deep * 100_000}x\n")
