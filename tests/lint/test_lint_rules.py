"""Each rule beside its near miss: what it speaks of, and what looks like it and is well."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from drafts import HEALTH, app, found, linted, live, of, runs, web

from chaos.lint.rule import FIX, Rule
from chaos.lint.rules import RULES
from chaos.lint.views import LONGEST, NUMBERS, Probe

ROOT = Path(__file__).parents[2]
NOT_READY = {"httpGet": {"path": "/ready", "port": 8080}}
DB = {"httpGet": {"path": "/", "port": 8080, "host": "10.0.0.9"}}
KEYED: dict[str, Any] = {
    "httpGet": HEALTH["httpGet"] | {"httpHeaders": [{"name": "Authorization", "value": "x"}]}
}
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2},
}


def asks(**fields: Any) -> dict[str, Any]:
    """A container whose liveness probe asks by HTTP, with these fields."""
    return live(httpGet=HEALTH["httpGet"] | fields)


def sh(script: str, **numbers: Any) -> dict[str, Any]:
    return web(runs("sh", "-c", script, **numbers))


ROWS = [
    # a container without a liveness probe
    ("CH001", web(app(livenessProbe=None)), web()),
    ("CH001", web(app(livenessProbe=None, readinessProbe=HEALTH)), web(app(readinessProbe=DB))),
    ("CH001", web(app(livenessProbe=None, startupProbe=HEALTH)), web(app(startupProbe=HEALTH))),
    ("CH001", web(app(livenessProbe={"periodSeconds": 5})), web(live(periodSeconds=5))),
    ("CH001", web(app(), app(livenessProbe=None)), web(app(), app())),
    (
        "CH001",
        web(initContainers=[app(livenessProbe=None, restartPolicy="Always")]),
        web(initContainers=[app(livenessProbe=None)]),
    ),
    (
        "CH001",
        web(app(livenessProbe=None), restartPolicy="Always"),
        web(app(livenessProbe=None), restartPolicy="Never"),
    ),
    (
        "CH001",
        of("DaemonSet", app(livenessProbe=None)),
        of("Job", app(livenessProbe=None)),
    ),
    ("CH001", web(app(livenessProbe=None)), of("CronJob", app(livenessProbe=None))),
    # a front page
    ("CH002", web(asks(path="/")), web(asks(path="/health"))),
    ("CH002", web(asks(path="")), web(asks(path="//"))),
    ("CH002", web(live(httpGet={"port": 8080})), web(live(grpc={"port": 8080}))),
    ("CH002", web(asks(path="/")), web(app(readinessProbe={"httpGet": {"port": 8080}}))),
    # the same twice
    ("CH003", web(app(readinessProbe=HEALTH)), web(app(readinessProbe=NOT_READY))),
    (
        "CH003",
        web(app(readinessProbe=HEALTH | {"failureThreshold": 4})),
        web(app(readinessProbe=HEALTH | {"failureThreshold": 2})),
    ),
    (
        "CH003",
        web(app(readinessProbe=HEALTH | {"periodSeconds": 10})),
        web(app(readinessProbe=HEALTH | {"periodSeconds": 9})),
    ),
    (
        "CH003",
        web(app(readinessProbe={"httpGet": {"path": "/health", "port": "http", "scheme": "http"}})),
        web(app(readinessProbe={"httpGet": {"path": "/health", "port": 8080, "scheme": "HTTPS"}})),
    ),
    (
        "CH003",
        web(app(readinessProbe={"httpGet": {"path": "/health", "port": "8080"}})),
        web(app(readinessProbe={"httpGet": {"path": "/health", "port": 8081}})),
    ),
    (
        "CH003",
        web(app(readinessProbe={"httpGet": HEALTH["httpGet"] | {"httpHeaders": []}})),
        web(app(readinessProbe={"httpGet": HEALTH["httpGet"] | {"host": "10.0.0.9"}})),
    ),
    ("CH003", web(app(readinessProbe=HEALTH)), web(app(readinessProbe=KEYED))),
    (
        "CH003",
        web(runs("check") | {"readinessProbe": {"exec": {"command": ["check"]}}}),
        web(runs("check") | {"readinessProbe": {"exec": {"command": ["check", "-r"]}}}),
    ),
    (
        "CH003",
        web(live(grpc={"port": 8080}) | {"readinessProbe": {"grpc": {"port": 8080}}}),
        web(
            live(grpc={"port": 8080}) | {"readinessProbe": {"grpc": {"port": 8080, "service": "r"}}}
        ),
    ),
    ("CH003", web(app(readinessProbe=HEALTH)), web(app(startupProbe=HEALTH))),
    (
        "CH003",
        web(live(httpGet={"port": 1}) | {"readinessProbe": {"httpGet": {"path": "/", "port": 1}}}),
        web(live(httpGet={"port": 1}) | {"readinessProbe": {"httpGet": {"path": "x", "port": 1}}}),
    ),
    # a timeout above the period
    ("CH004", web(live(timeoutSeconds=11)), web(live(timeoutSeconds=10))),
    ("CH004", web(live(timeoutSeconds=2, periodSeconds=1)), web(live(periodSeconds=1))),
    (
        "CH004",
        web(app(readinessProbe=NOT_READY | {"timeoutSeconds": 11})),
        web(app(readinessProbe=NOT_READY | {"timeoutSeconds": 10})),
    ),
    ("CH004", web(live(timeoutSeconds=11, periodSeconds=0)), web(live(timeoutSeconds=0))),
    (
        "CH004",
        web(live(timeoutSeconds=2, periodSeconds=1)),
        web(live(timeoutSeconds=2, periodSeconds=True)),
    ),
    ("CH004", web(live(timeoutSeconds=2**63 - 1)), web(live(timeoutSeconds=2**63))),
    # somebody else
    ("CH005", web(asks(host="db")), web(asks(host=""))),
    ("CH005", web(asks(host="127.0.0.1")), web(asks(host="127.0.0.1"), hostNetwork=True)),
    ("CH005", web(asks(host="db"), hostNetwork=True), web(asks(), hostNetwork=True)),
    (
        "CH005",
        web(app(startupProbe={"tcpSocket": {"port": 5432, "host": "db"}})),
        web(app(readinessProbe={"tcpSocket": {"port": 5432, "host": "db"}})),
    ),
    (
        "CH005",
        web(runs("curl", "-f", "http://db:80/x")),
        web(runs("curl", "-f", "http://localhost:80/x")),
    ),
    ("CH005", sh("wget -q https://me:pw@api.example/x"), sh("wget -q http://127.0.0.1/x?db=db")),
    ("CH005", web(runs("curl", "http://[fd00::1]:80/")), web(runs("curl", "http://[::1]:80/"))),
    ("CH005", sh("curl http://$BACKENDS.example/ http://b/"), sh("curl http://$POD_IP:80/")),
    ("CH005", web(runs("pg_isready", "-h", "db")), web(runs("pg_isready", "-h", "localhost"))),
    ("CH005", web(runs("mysqladmin", "ping", "--host=db")), web(runs("df", "-h", "/data"))),
    ("CH005", web(runs("check", "http://db/")), web(runs("check", "unix:///run/db.sock"))),
    # a port that nobody declares
    ("CH006", web(asks(port=5432)), web(asks(port=8080))),
    ("CH006", web(asks(port="5432")), web(asks(port="8080"))),
    ("CH006", web(asks(port="99999")), web(asks(port="100000"))),
    ("CH006", web(live(grpc={"port": 9})), web(live(grpc={"port": 8080}))),
    ("CH006", web(asks(port=5432)), web(app(ports=None, livenessProbe=HEALTH))),
    (
        "CH006",
        web(asks(port=5432), app()),
        web(asks(port=5432), app(ports=[{"containerPort": 5432}], livenessProbe={"exec": {}})),
    ),
    (
        "CH006",
        web(app(startupProbe={"httpGet": {"port": 1}})),
        web(app(readinessProbe={"httpGet": {"port": 1}})),
    ),
    ("CH006", web(asks(port=5432)), web(runs("check", "5432"))),
    ("CH006", web(asks(port=5432)), web(asks(port=5432, host="db"))),
    # a name that is not there
    ("CH007", web(asks(port="web")), web(asks(port="http"))),
    ("CH007", web(app(readinessProbe={"httpGet": {"port": "web"}})), web(asks(port=8080))),
    ("CH007", web(asks(port="²")), web(asks(port="999999"))),
    (
        "CH007",
        web(asks(port="web"), app(ports=[{"name": "web", "containerPort": 1}], livenessProbe=DB))
        | {"kind": "Deployment"},
        web(asks(port="http"), app()),
    ),
    # a delay where a startup probe belongs
    ("CH008", web(live(initialDelaySeconds=31)), web(live(initialDelaySeconds=30))),
    (
        "CH008",
        web(live(initialDelaySeconds=7, periodSeconds=2)),
        web(live(initialDelaySeconds=6, periodSeconds=2)),
    ),
    (
        "CH008",
        web(live(initialDelaySeconds=31)),
        web(live(initialDelaySeconds=31) | {"startupProbe": HEALTH}),
    ),
    (
        "CH008",
        web(live(initialDelaySeconds=31)),
        web(app(readinessProbe=NOT_READY | {"initialDelaySeconds": 31})),
    ),
    # a bare pod
    ("CH009", of("Pod", app()), of("DaemonSet", app())),
    (
        "CH009",
        of("Pod", app()) | {"metadata": {"ownerReferences": [{"kind": "ReplicaSet"}]}},
        of("Pod", app()) | {"metadata": {"ownerReferences": [{"controller": True}]}},
    ),
    (
        "CH009",
        of("Pod", app()) | {"metadata": {"annotations": {"helm.sh/chart": "web"}}},
        of("Pod", app()) | {"metadata": {"annotations": {"helm.sh/hook": "test"}}},
    ),
    (
        "CH009",
        of("Pod", app()),
        of("Pod", app()) | {"metadata": {"annotations": {"kubernetes.io/config.mirror": "1"}}},
    ),
    # one replica
    ("CH010", of("Deployment", app(), spec={"replicas": 1}), web()),
    ("CH010", of("Deployment", app(), spec={"replicas": None}), web()),
    (
        "CH010",
        of("Deployment", app(), spec={"replicas": 1}),
        of("Deployment", app(), spec={"replicas": "one"}),
    ),
    ("CH010", of("StatefulSet", app(), spec={"replicas": 1}), of("StatefulSet", app())),
    ("CH010", of("ReplicaSet", app(), spec={"replicas": 1}), of("ReplicaSet", app())),
    (
        "CH010",
        of("ReplicaSet", app(), spec={"replicas": 1}),
        of("ReplicaSet", app(), spec={"replicas": 1})
        | {"metadata": {"ownerReferences": [{"controller": True}]}},
    ),
    (
        "CH010",
        of("ReplicationController", app(), spec={"replicas": 1}),
        of("ReplicationController", app(), spec={"replicas": 0}),
    ),
    ("CH010", of("Deployment", app(), spec={"replicas": 1}), of("DaemonSet", app())),
    ("CH010", of("Deployment", app(), spec={"replicas": 1}), of("Job", app())),
    # no limit
    ("CH011", web(app(resources=None)), web()),
    (
        "CH011",
        web(app(resources={"limits": {"cpu": 1}})),
        web(app(resources={"limits": {"memory": 100000000}})),
    ),
    ("CH011", web(app(resources={"requests": {"memory": "64Mi"}})), web()),
    (
        "CH011",
        web(app(resources=None), resources={"requests": {"memory": "64Mi"}}),
        web(app(resources=None), resources={"limits": {"memory": "64Mi"}}),
    ),
    (
        "CH011",
        web(initContainers=[app(resources=None, restartPolicy="Always")]),
        web(initContainers=[app(resources=None)]),
    ),
    ("CH011", of("Job", app(resources=None)), of("Job", app())),
    # a loop inside
    ("CH012", sh("until check; do :; done"), sh("check && echo until")),
    ("CH012", sh("for n in 1 2 3; do check && exit 0; done"), sh("check --for app")),
    ("CH012", sh("if true; then while ! check; do :; done; fi"), sh("check meanwhile x")),
    ("CH012", sh("while check; do :; done"), web(runs("check", "-c", "while check; do :; done"))),
    ("CH012", sh("x=1\nwhile check; do :; done"), web(runs("check", "while", "x"))),
    ("CH012", sh("check || sleep 0.5; check"), sh("check --asleep 0.5")),
    ("CH012", web(runs("/bin/sleep", "1")), web(runs("check", "sleep"))),
    ("CH012", web(runs("sleep", "1")), web(asks(command=["sleep", "1"]))),
    ("CH012", web(runs("curl", "--retry", "3", "localhost")), web(runs("curl", "--retry", "0"))),
    ("CH012", web(runs("patient-check", "--retries=60")), web(runs("patient-check", "--retried"))),
    ("CH012", web(runs("/wait-for-it.sh", "localhost:80")), web(runs("/wait.sh"))),
    (
        "CH012",
        web(app(readinessProbe={"exec": {"command": ["retry", "check"]}})),
        web(app(readinessProbe={"exec": {"command": ["check", "retrying"]}})),
    ),
    # a command that takes its time
    ("CH013", sh("timeout 5 check"), sh("timeout 1 check")),
    (
        "CH013",
        sh("timeout -k 1 5s check", timeoutSeconds=4),
        sh("timeout 5 check", timeoutSeconds=5),
    ),
    ("CH013", sh("/usr/bin/timeout 1m check"), sh("check-timeout 5")),
    ("CH013", web(runs("curl", "--max-time", "3")), web(runs("curl", "--max-time", "0.9"))),
    ("CH013", web(runs("curl", "-fsS", "-m", "3")), web(runs("check", "-m", "3"))),
    ("CH013", web(runs("wget", "-T", "3")), web(runs("check", "-T", "3"))),
    ("CH013", web(runs("check", "--connect-timeout=3")), web(runs("check", "--connect-times=3"))),
    # a password
    ("CH014", web(live(**KEYED)), web(asks(httpHeaders=[{"name": "Host", "value": "x"}]))),
    (
        "CH014",
        web(asks(httpHeaders=[{"name": "X", "value": "x"}, {"name": "cookie", "value": "x"}])),
        web(app(readinessProbe=KEYED)),
    ),
    (
        "CH014",
        web(runs("curl", "-H", "authorization: Basic x", "localhost")),
        web(runs("curl", "-H", "accept: authorization", "localhost")),
    ),
    # a port that is open
    ("CH015", web(live(tcpSocket={"port": 8080})), web(live(httpGet=HEALTH["httpGet"]))),
    (
        "CH015",
        web(live(tcpSocket={"port": 8080})),
        web(app(readinessProbe={"tcpSocket": {"port": 8080}})),
    ),
    # a command that asks nobody
    ("CH016", web(runs("cat", "/tmp/healthy")), web(runs("check", "cat"))),
    ("CH016", web(runs("/bin/true")), web(app(startupProbe={"exec": {"command": ["true"]}}))),
]


@pytest.mark.parametrize(
    ("rule", "bad", "near"), [pytest.param(*row, id=f"{row[0]}-{n}") for n, row in enumerate(ROWS)]
)
def test_a_rule_speaks_of_this_and_not_of_its_near_miss(rule: str, bad: Any, near: Any) -> None:
    assert rule in found(bad)
    assert rule not in found(near)


def test_as_much_of_a_command_is_read_as_anybody_would_write() -> None:
    padding = "x" * (LONGEST - len("check  sleep 2"))

    assert "CH012" in found(web(runs("check", padding, "sleep", "2")))
    assert found(web(runs("check", padding + "x", "sleep", "2"))) == []
    assert LONGEST == 4096


def test_each_rule_has_a_near_miss() -> None:
    assert {row[0] for row in ROWS} == {rule.id for rule in RULES}


def test_a_manifest_that_is_well_has_no_finding() -> None:
    assert found(web(), of("DaemonSet", app()), of("Job", app()), of("CronJob", app())) == []


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("CH002", web(asks(path="/"))),
        ("CH004", web(live(timeoutSeconds=11))),
        ("CH005", web(asks(host="db"))),
        ("CH006", web(asks(port=5432))),
        ("CH007", web(asks(port="web"))),
        ("CH008", web(live(initialDelaySeconds=31))),
        ("CH009", of("Pod", app())),
        ("CH012", sh("until check; do :; done")),
        ("CH013", sh("timeout 5 check")),
        ("CH014", web(live(**KEYED))),
        ("CH015", web(live(tcpSocket={"port": 8080}))),
        ("CH016", web(runs("cat", "/tmp/healthy"))),
    ],
)
def test_what_is_wrong_in_one_way_is_found_once(rule: str, bad: Any) -> None:
    assert found(bad) == [rule]


def test_an_autoscaler_says_how_many_there_are() -> None:
    one = of("Deployment", app(), spec={"replicas": 1})
    few = HPA | {"spec": HPA["spec"] | {"minReplicas": 1}}  # type: ignore[operator]
    unsaid = HPA | {"spec": {"scaleTargetRef": HPA["spec"]["scaleTargetRef"]}}  # type: ignore[index]
    elsewhere = HPA | {"metadata": {"name": "web", "namespace": "other"}}

    assert found(one, HPA) == []
    assert found(HPA, one) == []
    assert found(HPA, of("Deployment", app(), spec={"replicas": None})) == []
    assert found(web(), few) == ["CH010"]
    assert found(web(), unsaid) == ["CH010"]
    assert found(one, elsewhere) == ["CH010"]


def test_the_sentence_names_the_container_and_the_numbers() -> None:
    (finding,) = linted(web(live(timeoutSeconds=20, periodSeconds=5))).findings

    assert finding.what == (
        "the livenessProbe of `app` waits 20 s for an answer and is due every 5 s"
    )
    assert finding.path == "spec.template.spec.containers[0].livenessProbe.timeoutSeconds"


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        *(("1.5", "1.5"), ("2s", "2"), ("2m", "120"), ("2h", "7200"), ("2d", "172800")),
        *(("2; sleep 3", "5"), ("2; timeout 3 check", "3"), ("3; timeout 2 check", "3")),
    ],
)
def test_a_command_s_own_waits_are_told_in_seconds(waits: str, seconds: str) -> None:
    told = [one.what for one in linted(sh(f"check || sleep {waits}")).findings]

    assert told == [
        f"the livenessProbe of `app` sleeps (`sleep {waits.partition(';')[0]}`)",
        f"the livenessProbe of `app` may wait {seconds} s by itself, and is killed after 1 s",
    ]


@pytest.mark.parametrize("said", [{}, dict.fromkeys(NUMBERS, 0), dict.fromkeys(NUMBERS, "1")])
def test_a_probe_without_numbers_has_kubernetes_own(said: dict[str, Any]) -> None:
    probe = Probe("livenessProbe", "", said)

    assert [probe.number(name) for name in NUMBERS] == [0, 1, 10, 3]
    assert probe.patience == 30


def test_a_container_without_a_name_is_named_by_its_place() -> None:
    (finding,) = linted(web(app(name=None, livenessProbe=None))).findings

    assert "`containers[0]`" in finding.what


def marked(scenario: str) -> set[int]:
    """The claims of a scenario, by its own marks and its module's; of none there are none."""
    file, _, name = scenario.partition("::")
    body = ast.parse((ROOT / file).read_text()).body
    tests = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    if not tests:
        return set()
    marks = [node for node in body if isinstance(node, ast.Assign)]
    whole = [
        *tests[0].decorator_list,
        *(m.value for m in marks if ast.unparse(m.targets[0]) == "pytestmark"),
    ]
    calls = [node for mark in whole for node in ast.walk(mark) if isinstance(node, ast.Call)]
    claims = [call for call in calls if ast.unparse(call.func) == "pytest.mark.claim"]
    return {ast.literal_eval(number) for claim in claims for number in claim.args}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_s_scenario_is_there_and_shows_its_claim(rule: Rule) -> None:
    assert rule.claim in marked(rule.scenario)
    assert str(rule.claim) in tomllib.loads((ROOT / "scenarios/claims.toml").read_text())


def test_a_scenario_that_is_not_there_shows_nothing() -> None:
    assert not marked("scenarios/test_hang.py::test_nothing")
    assert marked("scenarios/test_hang.py::test_only_a_liveness_probe_notices_a_hang") == {3, 5, 7}
    assert 12 in marked(
        "scenarios/test_slow_start.py::test_a_slow_starter_needs_a_probe_that_waits"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_why_and_how_to_mend_it(rule: Rule) -> None:
    text = rule.check.__doc__ or ""

    assert rule.title.endswith(".")
    assert "oracle" in rule.why or "(L" in rule.why
    assert text.count(FIX) == 1
    assert rule.fix
    assert FIX not in rule.why


def test_every_rule_is_in_the_list_once_and_in_order() -> None:
    folder = ROOT / "chaos/lint/rules"
    made = [
        node.name
        for module in folder.glob("[a-z]*.py")
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]

    assert sorted(made) == sorted(rule.check.__name__ for rule in RULES)
    assert [rule.id for rule in RULES] == [f"CH{n:03}" for n in range(1, len(RULES) + 1)]
