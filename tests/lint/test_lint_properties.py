"""Whatever a manifest is, linting it ends with findings or one line; what is well has none."""

from __future__ import annotations

import json
from typing import Any

import yaml
from drafts import app, found, linted, of, web
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.errors import BadManifest
from chaos.lint import Source, lint
from chaos.lint.as_json import as_json
from chaos.lint.as_sarif import as_sarif
from chaos.lint.as_text import as_text
from chaos.lint.rules import RULES
from chaos.lint.views import ACTIONS, NUMBERS, PROBES
from chaos.workloads.manifests import RUN

FIELDS = [
    *("apiVersion", "kind", "metadata", "annotations", "name", "ownerReferences", "controller"),
    *("spec", "template", "jobTemplate", "replicas", "containers", "initContainers", "hostNetwork"),
    *("resources", "limits", "memory", "ports", "containerPort", "port", "path", "host", "command"),
    *("httpHeaders", "scheme", "restartPolicy", "items", "minReplicas", "scaleTargetRef"),
    *(*PROBES, *ACTIONS, *NUMBERS, "chaos.lint/ignore", "chaos.lint/reason"),
]
WORDS = [
    "v1",
    "apps/v1",
    "List",
    "HorizontalPodAutoscaler",
    "CH009",
    "Always",
    "sh",
    "-c",
    *sorted(RUN),
]
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=8),
)
ish = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=40,
)
scripts = st.lists(
    st.sampled_from(["sleep 5", "until", "for", ";", "curl http://", "-h", "${", "é"])
)


def wildly(inner: Any) -> Any:
    """Something where the linter looks for a container."""
    one = st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    probe = st.dictionaries(st.sampled_from([*ACTIONS, *NUMBERS]), one | inner, max_size=4)
    probes = st.fixed_dictionaries({}, optional=dict.fromkeys(PROBES, probe | inner))
    return st.builds(lambda container, asked: app(**container | asked), one, probes)


def told_of(raw: bytes) -> str:
    """The report, or the one line that is said of what is none."""
    try:
        return as_text(lint([Source("web.yaml", raw)]))
    except BadManifest as told:
        return str(told)


@settings(deadline=None, max_examples=50)
@given(ish)
def test_linting_never_crashes(value: Any) -> None:
    assert told_of(json.dumps(value).encode()).replace("\n", "").isprintable()


@settings(deadline=None, max_examples=50)
@given(st.lists(wildly(ish), max_size=3), st.sampled_from(sorted(RUN)), ish)
def test_a_workload_of_anything_is_written_in_every_format(
    containers: list[Any], kind: str, pod: Any
) -> None:
    spec = pod if isinstance(pod, dict) else {}
    value = of(kind, *containers)
    value["spec"] |= {name: spec[name] for name in spec if name != "template"}

    report = linted(value)

    assert {one.rule for one in report.findings} <= {rule.id for rule in RULES}
    assert all(
        one.line >= 1 and one.column >= 1 and one.what.isprintable() for one in report.findings
    )
    assert as_text(report).replace("\n", "").isprintable()
    assert json.loads(as_json(report))["version"] == json.loads(as_sarif(report))["runs"][0].get(
        "", 1
    )


@settings(deadline=None, max_examples=50)
@given(scripts, st.sampled_from(["sh", "curl", "pg_isready", "sleep"]))
def test_a_command_of_anything_is_read(words: list[str], program: str) -> None:
    script = " ".join(words)

    told = found(web(app(livenessProbe={"exec": {"command": [program, "-c", script]}})))

    assert ("CH013" in told) == ("sleep 5" in words)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_bytes_of_any_kind_are_findings_or_one_line(raw: bytes) -> None:
    assert told_of(raw).replace("\n", "").isprintable()


names = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
paths = st.from_regex(r"/[a-z]{1,8}", fullmatch=True)
ports = st.integers(1, 65535)


@st.composite
def good_containers(draw: st.DrawFn) -> dict[str, Any]:
    """A container as the rules want it."""
    port, period = draw(ports), draw(st.integers(1, 60))
    named = draw(names)
    timeout = draw(st.integers(1, period))
    failures = draw(st.integers(1, 10))
    alive, ready = draw(st.lists(paths, min_size=2, max_size=2, unique=True))
    asks = draw(st.sampled_from([port, str(port), named]))
    numbers = {
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
        "initialDelaySeconds": draw(st.integers(0, period * failures)),
    }
    probes = {
        "livenessProbe": {"httpGet": {"path": alive, "port": asks}} | numbers,
        "readinessProbe": {"httpGet": {"path": ready, "port": asks}} | numbers,
        "startupProbe": {"httpGet": {"path": alive, "port": asks}} | numbers,
    }
    kept = {"livenessProbe", *draw(st.sets(st.sampled_from(PROBES)))}
    return {
        "name": draw(names),
        "ports": [{"name": named, "containerPort": port}],
        "resources": {"limits": {"memory": f"{draw(ports)}Mi"}},
    } | {kind: probe for kind, probe in probes.items() if kind in kept}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(good_containers(), min_size=1, max_size=3),
    st.sampled_from(sorted(RUN - {"Pod"})),
    st.integers(2, 100),
)
def test_a_manifest_that_every_rule_is_content_with_has_no_finding(
    containers: list[dict[str, Any]], kind: str, replicas: int
) -> None:
    counted = {"replicas": replicas} if kind not in {"DaemonSet", "Job", "CronJob"} else {}
    value = of(kind, *containers, spec=counted)

    assert found(value) == []
    assert not lint([Source("web.yaml", yaml.safe_dump(value).encode())]).findings


@settings(deadline=None, max_examples=50)
@given(st.lists(good_containers(), min_size=1, max_size=3), st.data())
def test_one_thing_that_is_missing_is_one_finding(
    containers: list[dict[str, Any]], data: st.DataObject
) -> None:
    worse = data.draw(st.sampled_from(containers))
    del worse["resources"]

    assert found(web(*containers)) == ["CH011"]
