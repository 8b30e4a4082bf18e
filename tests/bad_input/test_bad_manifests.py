"""A user's own YAML, as it should not be: one line with the file and the line, nothing applied."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from clear import must_be_clear
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.clock import ManualClock
from chaos.errors import BadManifest, ChaosError
from chaos.history.journal import Journal
from chaos.kube.client import Client
from chaos.kube.cluster import KubeCluster
from chaos.kube.site import Site
from chaos.ports.provider import Provided
from chaos.recording.ports import Refused
from chaos.report import folders, provenance, store
from chaos.testing import FakeCluster
from chaos.values import Json
from chaos.workloads import Spec
from chaos.workloads.manifests import manifest

pytest_plugins = ["pytester"]

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: app
"""
DEPLOYMENT = """\
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
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: b}\n"
BOMB = "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" if n else "a0: &a0 [x]\n" for n in range(12)
)


def written(folder: Path, text: str | bytes, name: str = "web.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    return path


def fake() -> FakeCluster:
    clock = ManualClock()
    return FakeCluster(Journal(clock), clock)


def refused(*paths: Path) -> str:
    """What is said of files that are not run: nothing of them is on the cluster."""
    cluster = fake()
    with pytest.raises(BadManifest) as told:
        cluster.run(manifest(*paths))
    must_be_clear(told.value)
    assert cluster.ran == ()
    assert not cluster.kubelet.pods
    return str(told.value)


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # what is no YAML
        ("a: [1\nb: 2\n", ":2: "),
        ("\tkind: Pod\n", ":1: found character '\\t'"),
        ("kind: Pod\n  name: x\n", ":2: mapping values are not allowed here"),
        ("a: 'unclosed\n", ":2: found unexpected end of stream"),
        ("a: *nobody\n", ":1: found undefined alias"),
        ("%YAML 9.9\n---\na: b\n", ":1: found incompatible YAML document"),
        ("a: b\x00\n", ": unacceptable character #x0000"),
        ("a: b\x1b[2J\n", ": unacceptable character #x001b"),
        ("a: !!python/object:os.system {}\n", ":1: could not determine a constructor"),
        ("a: !!python/name:os.system\n", ":1: could not determine a constructor"),
        ("a: !unknown b\n", ":1: could not determine a constructor"),
        ("a:\n- !!int 2020-99-99\n", ":2: '2020-99-99' is no int"),
        ("a: !!float perhaps\n", ":1: 'perhaps' is no float"),
        ("a: !!int ''\n", ":1: '' is no int"),
        ("a: !!bool perhaps\n", ":1: 'perhaps' is no bool"),
        (f"a: {'9' * 5000}\n", ":1: apiVersion is missing"),
        ("? {a: b}\n: c\n", ":1: found unhashable key"),
        ("a: &a [*a]\n", ":1: an alias stands for what it is in"),
        ("a: &a {b: *a}\n", ":1: an alias stands for what it is in"),
        (BOMB, ":1: more than 100000 fields"),
        ("a: " + "[" * 3000 + "]" * 3000 + "\n", ": it is nested too deeply"),
        ("a: " + "{b: " * 3000 + "\n", ": "),
        # what is no object
        ("", ": a workload is wanted, of CronJob, DaemonSet"),
        ("---\n---\n", ": a workload is wanted"),
        ("# nothing\n", ": a workload is wanted"),
        ("just words\n", ":1: an object is wanted, this is str"),
        ("\n\n- 1\n", ":3: an object is wanted, this is list"),
        ("42\n", ":1: an object is wanted, this is int"),
        (POD + "---\n3\n", ":9: an object is wanted, this is int"),
        # names and kinds
        (changed(POD, "kind: Pod", "kind: Pood"), "none; there are Pood/web ("),
        (changed(POD, "kind: Pod", "kind: pod"), "none; there are pod/web ("),
        (changed(POD, "kind: Pod", "kind: Pod/../../x"), ":2: kind: 'Pod/../../x' is none"),
        (changed(POD, "kind: Pod", "kind: 'P\\u043ed'"), ":2: kind: "),
        (changed(POD, "kind: Pod", "kind: [Pod]"), ":1: kind is missing or is no text"),
        (changed(POD, "kind: Pod", "kind: ''"), ":1: kind is missing"),
        (changed(POD, "v1", "../v1"), ":1: apiVersion: '../v1' is none, as apps/v1"),
        (changed(POD, "v1", "apps/v1/namespaces/x"), ":1: apiVersion: "),
        (changed(POD, "v1", "1"), ":1: apiVersion is missing or is no text"),
        (changed(POD, "v1", "V1"), ":1: apiVersion: 'V1' is none"),
        (changed(POD, "v1", "v1?x=y"), ":1: apiVersion: 'v1?x=y' is none"),
        (changed(POD, "name: web", "name: ../../../nodes/worker1"), ":4: metadata.name: '../../"),
        (changed(POD, "name: web", "name: .."), ":4: metadata.name: '..' cannot be a name"),
        (changed(POD, "name: web", "name: ."), ":4: metadata.name: '.' cannot be a name"),
        (changed(POD, "name: web", "name: a%2fb"), ":4: metadata.name: 'a%2fb' cannot be a name"),
        (changed(POD, "name: web", "name: a/b"), ":4: metadata.name: 'a/b' cannot be a name"),
        (changed(POD, "name: web", "name: Web"), ":4: metadata.name: 'Web' is no workload's name"),
        (changed(POD, "name: web", "name: we_b"), "'we_b' is no workload's name"),
        (changed(POD, "name: web", "name: -web"), "'-web' is no workload's name"),
        (changed(POD, "name: web", "name: a b"), "'a b' is no workload's name"),
        (changed(POD, "name: web", f"name: {'w' * 64}"), "is no workload's name: at most 63"),
        (changed(POD, "name: web", f"name: {'w' * 5000}"), "cannot be a name: at most 253"),
        (changed(POD, "name: web", 'name: "a\\nb"'), r":4: metadata.name: 'a\nb' cannot be a name"),
        (changed(POD, "name: web", 'name: "w\\e[2J"'), r"'w\x1b[2J' cannot be a name"),
        (changed(POD, "name: web", 'name: "\\u202ebew"'), r"'\u202ebew' cannot be a name"),
        (changed(POD, "name: web", "name: wéb"), "'wéb' is no workload's name"),
        (changed(POD, "name: web", 'name: "\\ud800"'), r"'\ud800' is no JSON (str)"),
        (changed(POD, "name: web", "name: 3"), ":1: metadata.name is missing or is no text"),
        (changed(POD, "name: web", "name: true"), ":1: metadata.name is missing or is no text"),
        (changed(POD, "name: web", "generateName: web-"), ":1: metadata.name is missing"),
        (
            changed(POD, "name: web", "name: web\n  namespace: kube-system"),
            ":5: metadata.namespace: leave 'kube-system' out",
        ),
        (
            changed(POD, "name: web", "name: web\n  namespace: ../x"),
            ":5: metadata.namespace: leave '../x' out",
        ),
        (changed(POD, "metadata:\n  name: web", "metadata: web"), ":1: metadata.name is missing"),
        (changed(POD, "metadata:\n  name: web\n", ""), ":1: metadata.name is missing"),
        # the same twice
        (POD + "---\n" + POD, ":9: Pod/web is there already, at "),
        (DEPLOYMENT + "---\n" + POD, ":13: Pod web: another name is wanted, for that of a Deploy"),
        (POD + "---\n" + changed(POD, "name: web", "name: db"), "there are Pod/web ("),
        (POD + "---\n" + CONFIG + "---\n" + CONFIG, ":14: ConfigMap/conf is there already, at "),
        (changed(POD, "spec:", "metadata: {name: b}\nspec:"), ":5: 'metadata' is there already"),
        (changed(POD, "- name: app", "- name: app\n    name: b"), ":8: 'name' is there already"),
        # what is in it
        (changed(POD, "spec:\n  containers:\n  - name: app\n", ""), "Pod/web has no spec"),
        (changed(POD, "spec:\n  containers:\n  - name: app\n", "spec: x\n"), "Pod/web has no spec"),
        (
            changed(POD, "\n  - name: app", ""),
            ":6: spec.containers: a list of containers is wanted",
        ),
        (changed(POD, "\n  - name: app", " []"), ":6: spec.containers: a list of containers"),
        (changed(POD, "\n  - name: app", " app"), "is wanted, not 'app'"),
        (changed(POD, "- name: app", "- app"), ":7: spec.containers[0]: a container with a name"),
        (changed(POD, "- name: app", "- name: 3"), ":7: spec.containers[0]: a container with a"),
        (changed(POD, "- name: app", "- image: x"), ":7: spec.containers[0]: a container with a"),
        (changed(POD, "name: web", "name: web\n  labels: x"), ":5: metadata.labels: a mapping is"),
        (changed(POD, "name: web", "name: web\n  labels: [x]"), ":5: metadata.labels: a mapping"),
        (
            changed(POD, "name: web", "name: web\n  annotations: {at: !!binary aGk=}"),
            ":5: metadata.annotations.at: 'b",
        ),
        (
            changed(POD, "- name: app", "- name: app\n    x: .inf"),
            ":8: spec.containers[0].x: 'inf'",
        ),
        (
            changed(POD, "- name: app", "- name: app\n    x: .nan"),
            ":8: spec.containers[0].x: 'nan'",
        ),
        (changed(POD, "- name: app", "- name: app\n    x: !!set {a}"), "is no JSON (set)"),
        (changed(POD, "- name: app", "- name: app\n    x: !!binary YQ=="), "is no JSON (bytes)"),
        (changed(POD, "- name: app", "- name: app\n    ? [a, b]\n    : c"), "found unhashable key"),
        (changed(POD, "- name: app", "- name: app\n    !!binary YQ==: x"), "is no JSON (bytes)"),
        (changed(DEPLOYMENT, "{labels: {app: web}}", "x"), ":8: spec.template.metadata: a mapping"),
        (
            changed(DEPLOYMENT, "{labels: {app: web}}", "{labels: x}"),
            "spec.template.metadata.labels",
        ),
        (changed(DEPLOYMENT, "- name: app", "- {}"), ":11: spec.template.spec.containers[0]: a"),
        (
            changed(DEPLOYMENT, "spec:\n  sel", "spec:\n  replicas: many\n  sel"),
            ":6: spec.replicas: ",
        ),
        (changed(DEPLOYMENT, "spec:\n  sel", "spec:\n  replicas: -1\n  sel"), "wanted, not -1"),
        (changed(DEPLOYMENT, "spec:\n  sel", "spec:\n  replicas: 1.5\n  sel"), "wanted, not 1.5"),
        (changed(DEPLOYMENT, "spec:\n  sel", "spec:\n  replicas: yes\n  sel"), "wanted, not True"),
        (changed(DEPLOYMENT, "spec:\n  sel", "spec:\n  replicas: [1]\n  sel"), "wanted, not [1]"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_run(
    tmp_path: Path, text: str, told: str
) -> None:
    path = written(tmp_path, text)

    said = refused(path)

    assert said.startswith(f"{path}:")
    assert told in said


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe", b"\x80", b"kind: \xc3\x28\n", bytes(range(128, 256)), POD.encode("utf-16")],
)
def test_bytes_that_are_no_text_are_told(tmp_path: Path, raw: bytes) -> None:
    path = written(tmp_path, raw)

    assert refused(path).startswith(f"{path}: cannot be read: ")


def nothing(path: Path) -> None:
    del path


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def too_large(path: Path) -> None:
    path.write_text(POD + "#" * (1 << 22))


NO_FILES = [
    (nothing, "No such file"),
    (pipe, "a pipe, not a file"),
    (endless, "a device, not a file"),
    (loop, "Too many levels of symbolic links"),
    (huge, "larger than 4 MiB"),
    (too_large, "larger than 4 MiB"),
]


@pytest.mark.parametrize(("make", "why"), NO_FILES)
def test_what_is_no_file_is_named_and_not_waited_for(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "web.yaml"
    make(path)

    assert refused(path).startswith(f"{path}: cannot be read: {why}")


@pytest.mark.parametrize(
    "name", ["a\nb.yaml", "\x1b[2J.yaml", "\u202elmay.yaml", "é.yaml", "\udc80"]
)
def test_a_path_is_told_on_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("kind: Pod\n")

    assert "apiVersion is missing" in refused(tmp_path / name)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "x" * 5000])
def test_a_path_that_cannot_be_one_is_told_on_one_line(tmp_path: Path, name: str) -> None:
    assert "cannot be read" in refused(tmp_path / name)


def test_no_path_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    assert refused().startswith("no file: a workload is wanted")
    folder(tmp_path / "shop")
    (tmp_path / "shop" / "notes.txt").write_text(POD)
    told = f"{tmp_path / 'shop'}: no .json, .yaml, .yml is in that folder"
    assert refused(tmp_path / "shop") == told


def test_one_file_twice_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, POD)

    assert refused(path, path) == f"{path}:1: Pod/web is there already, at {path}:1"


def test_an_object_that_another_file_has_is_told_with_both_places(tmp_path: Path) -> None:
    one, two = written(tmp_path, POD + "---\n" + CONFIG), written(tmp_path, CONFIG, "b.yaml")

    assert refused(one, two) == f"{two}:1: ConfigMap/conf is there already, at {one}:9"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + POD,
        POD.replace("\n", "\r\n"),
        "\ufeff" + DEPLOYMENT.replace("\n", "\r\n"),
        POD + "...\n",
        POD + "---\n---\n# nothing\n",
        POD.replace("  - name: app", "  - &c\n    name: app\n  - {<<: *c, name: other}"),
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}})[:-1]
        + ', "spec": {"containers": [{"name": "app"}]}}',
    ],
)
def test_what_only_looks_odd_is_run(tmp_path: Path, text: str) -> None:
    assert fake().run(manifest(written(tmp_path, text))).name == "web"


PROBES = [
    "3",
    "x",
    "[]",
    "{httpGet: 3}",
    "{httpGet: {path: 3}}",
    "{periodSeconds: soon}",
    "{exec: x}",
]
FIELDS = [
    *(f"- name: app\n    livenessProbe: {probe}" for probe in PROBES),
    "- name: app\n    resources: {limits: {memory: lots}}",
    "- name: app\n    resources: {limits: 3}",
    "- name: app\n    resources: 3",
    "- name: app\n    env: 3",
    "- name: app\n    env: [{name: PATIENT_ORDERS, value: '{'}]",
    "- name: app\n    env: [3]",
    "- name: app\n    volumeMounts: 3",
    "- name: app\n  tolerations: 3",
    "- name: app\n  tolerations: [3]",
    "- name: app\n  terminationGracePeriodSeconds: soon",
    "- name: app\n  nodeSelector: 3",
    "- name: app\n  affinity: .5",
]


@pytest.mark.parametrize("fields", FIELDS)
def test_what_an_api_server_would_refuse_the_fake_refuses_or_runs(
    tmp_path: Path, fields: str
) -> None:
    cluster, path = fake(), written(tmp_path, changed(POD, "- name: app", fields))
    try:
        cluster.run(manifest(path))
    except ChaosError as told:
        must_be_clear(told, path)
        assert cluster.ran == ()


class Server:
    """What KubeCluster needs of a client, to be refused by."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.applied: list[str] = []

    def get(self, path: str) -> Json:
        kinds = {"configmaps": "ConfigMap", "secrets": "Secret"}
        served = [{"name": name, "kind": kinds[name], "namespaced": True} for name in kinds]
        return {"resources": served} if path == "/api/v1" else {}

    def apply(self, path: str, thing: Json, *, trial: bool = False) -> Json:
        if self.answer and thing["kind"] in self.answer:
            raise BadManifest(self.answer)
        if not trial:
            self.applied.append(path)
        return {"metadata": {"uid": "u"}}


class Images:
    """What KubeCluster needs of a provider, to apply something."""

    name, ledger, reachable, hands = "me", Path("ledger"), False, None

    def supply(self, image: str) -> tuple[str, str]:
        return image, "Never"


def run_on(server: Server, spec: Spec) -> None:
    journal = Journal(ManualClock())
    site = Site(cast("Provided", Images()), cast("Client", server))
    cluster = KubeCluster(site, journal, namespace="chaos-1")
    cluster.run(spec)


@pytest.mark.parametrize("name", ["a b", "system:x", "a?b=c", "a#b", "é", "a;b", "a&b", "a\\b"])
def test_a_name_is_one_step_of_the_path_whatever_is_in_it(tmp_path: Path, name: str) -> None:
    beside = CONFIG.replace("name: conf", f"name: {json.dumps(name, ensure_ascii=False)}")
    server = Server()

    with pytest.raises(ChaosError, match="did not become ready"):
        run_on(server, manifest(written(tmp_path, POD + "---\n" + beside)))

    config, pod = server.applied
    assert pod == "/api/v1/namespaces/chaos-1/pods/web"
    way, _, step = config.rpartition("/")
    assert way == "/api/v1/namespaces/chaos-1/configmaps"
    assert step
    assert not set(step) & set("?#&; /\\")


def test_a_complaint_about_what_is_beside_names_its_own_line(tmp_path: Path) -> None:
    path = written(tmp_path, POD + "---\n" + CONFIG + "metadata2: {name: x}\n")
    server = Server('ConfigMap in version "v1": unknown field "metadata2.name"')

    with pytest.raises(BadManifest) as told:
        run_on(server, manifest(path))
    must_be_clear(told.value, f"{path}:13: ConfigMap in version")
    assert server.applied == []


class Gateway(Client):
    """A client whose server has no such path."""

    def __init__(self) -> None: ...

    def request(self, *_: Any, **__: Any) -> bytes:
        raise Refused(404, "", "404 page not found")


def test_a_kind_that_the_api_server_does_not_have_is_named(tmp_path: Path) -> None:
    beside = CONFIG.replace("ConfigMap", "ConfigMop")
    spec = manifest(written(tmp_path, POD + "---\n" + beside))

    with pytest.raises(BadManifest) as told:
        Gateway().apply("/x", spec.beside[0])
    must_be_clear(told.value, "in a namespace there is no ConfigMop of v1")


SCENARIO = """
import pytest
from chaos.workloads.manifests import manifest
@pytest.mark.chaos
def test_it(cluster):
    cluster.run(manifest("web.yaml"))
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", "web.yaml:2: "),
        (POD.replace("name: web", "name: ../x"), "web.yaml:4: metadata.name: '../x' cannot be"),
        (POD.replace("name: web", 'name: "w\\e[2J"'), r"'w\x1b[2J' cannot be a name"),
        (POD.replace("kind: Pod", "kind: Pood"), "Pood/web (web.yaml:1)"),
        (POD.replace("- name: app", "- name: app\n    livenessProbe: 3"), "Pod/web is not sound"),
        (BOMB, "web.yaml:1: more than 100000 fields"),
        (BOMB + "z: *nobody\n", "web.yaml:13: found undefined alias"),
        (BOMB + "z: 1\nz: 2\n", "web.yaml:14: 'z' is there already, at line 13"),
    ],
)
def test_a_scenario_s_bad_manifest_ends_the_run_with_10_and_one_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")
    pytester.makepyfile(test_it=SCENARIO)
    written(pytester.path, text)

    result = pytester.runpytest_inprocess(
        *("-m", "chaos", "--chaos-cluster=fake", "-p", "no:cacheprovider"),
        *("-p", "no:hypothesispytest"),
    )

    assert result.ret == 10
    words = [line for line in result.stdout.lines if line.startswith("E ")]
    (line,) = words
    must_be_clear(line, "BadManifest: ", told)
    assert "Traceback" not in result.stdout.str()
    (kept,) = [
        store.read_scenario(folder)
        for folder in folders.scenario_folders(pytester.path / "reports" / "latest")
    ]
    assert kept.outcome == "error"
    assert told in kept.message


TEXT = st.text(max_size=60) | st.text("{}[]&*!|>'\"%@`,:-?#\n\t abk123", max_size=60)


@settings(max_examples=150, deadline=None)
@given(text=TEXT, at=st.integers(0, len(DEPLOYMENT)))
def test_whatever_is_written_into_it_it_is_run_or_told_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str, at: int
) -> None:
    cluster = fake()
    path = tmp_path_factory.mktemp("any") / "web.yaml"
    whole = DEPLOYMENT[:at] + text + DEPLOYMENT[at:]
    path.write_bytes(whole.encode(errors="surrogatepass"))
    try:
        cluster.run(manifest(path))
    except ChaosError as told:
        must_be_clear(told, path)
        assert cluster.ran == ()


@pytest.mark.parametrize("text", [POD, DEPLOYMENT], ids=["pod", "deployment"])
def test_a_file_cut_anywhere_is_run_or_told_in_one_line(tmp_path: Path, text: str) -> None:
    for cut in range(len(text)):
        path, cluster = written(tmp_path, text[:cut]), fake()
        try:
            cluster.run(manifest(path))
        except ChaosError as told:
            must_be_clear(told, path)
            assert cluster.ran == ()
