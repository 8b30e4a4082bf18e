"""A user's YAML: what it becomes, and where its errors are."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import BadManifest
from chaos.workloads import Spec
from chaos.workloads.complaints import complaint
from chaos.workloads.manifests import manifest, specs
from chaos.workloads.services import Front, fronts

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


PATHS = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 80
  - port: 81
    name: admin
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - image: x
        name: side
      - name: app
        env:
        - name: "a]b"
          value: 3
        resources:
          limits: {example.com/gpu: 1}
data:
  a.b/c: x
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ('.spec.template.spec.containers[name="app"].imag', 20),
        ('.spec.template.spec.containers[name="side"].name', 19),
        ('.spec.template.spec.containers[name="nobody"].image', 17),
        ('.spec.template.spec.containers[name="app"].env[name="a]b"].value', 23),
        ("spec.template.spec.containers[1].env[0].value", 23),
        ("spec.template.spec.containers[7].image", 17),
        ("spec.template.spec.containers[1].resources.limits[example.com/gpu]", 25),
        ("spec.template.spec.containers[1].resources.limits.example.com/gpu", 25),
        ("data[a.b/c]", 27),
        ("spec.replica", 14),
    ],
)
def test_a_field_is_found_however_the_api_server_writes_it(
    tmp_path: Path, path: str, line: int
) -> None:
    file = written(tmp_path, PATHS)
    main = manifest(file)

    assert complaint(main, f"it is wrong: {path}: so it is") == (
        f"{file}:{line}: it is wrong: {path}: so it is"
    )
    assert complaint(main, "all is wrong", [(path, "why")]) == f"{file}:{line}: {path}: why"


def test_an_item_is_known_by_the_keys_that_it_has(tmp_path: Path) -> None:
    """The API server says with what it has filled in itself."""
    file = written(tmp_path, PATHS)
    (service,) = manifest(file).written

    said = '.spec.ports[port=81,protocol="TCP"].name'
    assert complaint(service, "it is wrong", [(said, "why")]) == f"{file}:9: {said}: why"


def test_two_things_that_are_wrong_are_told_with_their_lines_and_none_is_left_out(
    tmp_path: Path,
) -> None:
    file = written(tmp_path, PATHS)
    one, other = ("spec.template", "why"), ("data", "too")

    both = f"{file}:15: spec.template: why; {file}:26: data: too"
    assert complaint(manifest(file), "all is wrong", [one, other]) == both
    message = f"{file}:11: all is wrong"
    assert complaint(manifest(file), "all is wrong", [one, ("status", "unknown")]) == message


def test_what_was_not_written_has_no_line() -> None:
    assert complaint(Spec("a", "Pod", {}), "spec: why", [("spec", "why")]) == "spec: why"


LISTED = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: conf}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
  spec:
    template:
      spec:
        containers: [{name: app}]
"""


def test_a_list_is_the_objects_in_it_each_with_its_lines(tmp_path: Path) -> None:
    path = written(tmp_path, LISTED)
    web = manifest(path)

    assert (web.name, [one["kind"] for one in web.beside]) == ("web", ["ConfigMap"])
    assert (web.origin, web.written[0].origin) == (f"{path}:7", f"{path}:4")
    assert complaint(web, "spec.template: why") == f"{path}:12: spec.template: why"


def test_the_items_of_a_list_of_one_kind_need_not_say_what_they_are(tmp_path: Path) -> None:
    pod = "{metadata: {name: a}, spec: {containers: [{name: app}]}}"
    text = f"apiVersion: v1\nkind: PodList\nitems: [{pod}]\n"

    assert manifest(written(tmp_path, text)).kind == "Pod"


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ("[3]", ":3: an object is wanted, this is int"),
        ("[{kind: Pod}]", ":3: apiVersion is missing"),
        ("3", ":1: metadata.name is missing"),
        ("[]", ": a workload is wanted, of .*: none$"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_with_its_line(
    tmp_path: Path, items: str, told: str
) -> None:
    path = written(tmp_path, f"apiVersion: v1\nkind: List\nitems: {items}\n")
    with pytest.raises(BadManifest, match=told):
        manifest(path)


def pod(name: str, **labels: str) -> str:
    said = "".join(f"{key}: {value}, " for key, value in labels.items())
    meta = f"{{name: {name}, labels: {{{said}}}}}"
    spec = "{containers: [{name: app}]}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {meta}\nspec: {spec}\n"


def service(name: str, app: str, namespace: str = "") -> str:
    meta = f"{{name: {name}, namespace: {namespace}}}" if namespace else f"{{name: {name}}}"
    spec = f"{{selector: {{app: {app}}}, ports: [{{port: 80}}]}}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {meta}\nspec: {spec}\n"


def test_a_folder_is_the_files_in_it_and_in_those_in_it(tmp_path: Path) -> None:
    for name, text in {
        "b.yml": pod("web", app="web"),
        "a/c.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}}',
        "notes.txt": "nothing",
        ".hidden/d.yaml": "a: [",
        ".e.yaml": "a: [",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    web = manifest(tmp_path)
    assert web.origin == f"{tmp_path}/b.yml:1"
    assert [one.origin for one in web.written] == [f"{tmp_path}/a/c.json:1"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("values.yaml", "replicas: 3\n", "values.yaml:1: apiVersion is missing"),
        ("kustomization.yaml", "resources: []\n", "kustomization.yaml: a kustomization is built"),
    ],
)
def test_what_is_no_object_in_a_folder_is_not_passed_over(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / "web.yaml").write_text(pod("web"))
    (tmp_path / name).write_text(text)
    with pytest.raises(BadManifest, match=told):
        manifest(tmp_path)


def test_several_workloads_are_given_with_the_services_that_choose_them(tmp_path: Path) -> None:
    parts = (service("db", "db"), pod("web", app="web"), service("front", "web"))
    path = written(tmp_path, "---\n".join((*parts, pod("db", app="db"))))
    web, db = specs(path)

    assert (web.name, db.name) == ("web", "db")
    assert [one["metadata"]["name"] for one in web.beside] == ["db", "front"]
    assert [one["metadata"]["name"] for one in db.beside] == ["db"]
    assert [one.name for one in db.written] == ["db"]
    assert (fronts(web), fronts(db)) == ((Front("front"),), (Front("db"),))
    assert (web.calls, db.calls) == ({"db": ("db",)}, {"front": ("front",)})
    with pytest.raises(BadManifest, match=r"one workload is wanted, there are Pod/web .*specs"):
        manifest(path)


def test_a_kind_of_another_group_is_no_workload(tmp_path: Path) -> None:
    """Volcano has a Job, Knative a Service, and OpenKruise a StatefulSet."""
    job = "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: web}\n"
    knative = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web}\n"
    path = written(tmp_path, "---\n".join((job, knative, service("web", "web"), pod("web"))))

    assert [one["kind"] for one in manifest(path).beside] == ["Job", "Service", "Service"]


SHOP = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"


def test_a_namespace_is_taken_over_when_it_is_named(tmp_path: Path) -> None:
    parts = (SHOP, service("db", "db", "shop"), pod("web", app="web"), pod("db", app="db"))
    web, db = specs(written(tmp_path, "---\n".join(parts)), namespace="shop")

    (beside,) = web.beside
    assert beside["metadata"] == {"name": "db"}
    assert (web.namespace, db.namespace, web.written[0].namespace) == ("shop",) * 3
    names = ("db", "db.shop", "db.shop.svc", "db.shop.svc.cluster.local")
    assert (web.calls, db.calls) == ({"db": names}, {})


@pytest.mark.parametrize(
    ("text", "namespace", "told"),
    [
        (
            service("db", "db", "shop"),
            "",
            r":3: metadata.namespace: leave 'shop' out, or have it taken over by name",
        ),
        (service("db", "db", "other"), "shop", r":3: metadata.namespace: leave 'other' out, or"),
        (SHOP, "", r":4: metadata.name: leave 'shop' out, or have it taken over by namespace='sho"),
        (SHOP, "other", r":4: metadata.name: leave 'shop' out"),
        (service("db", "db", "''"), "", r":3: metadata.namespace: leave '' out"),
    ],
)
def test_another_namespace_is_refused_with_its_line_and_what_to_say(
    tmp_path: Path, text: str, namespace: str, told: str
) -> None:
    path = written(tmp_path, f"{text}---\n{pod('web')}")
    with pytest.raises(BadManifest, match=told):
        manifest(path, namespace=namespace)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", r"web.yaml:2: "),
        ("- 1\n", r"web.yaml:1: an object is wanted, this is list"),
        ("kind: Pod\n", r"web.yaml:1: apiVersion is missing"),
        ("apiVersion: v1\nkind: Pod\nmetadata: 3\n", r"metadata.name is missing"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", r"a workload is wanted.*none"),
        ("---\n", r"a workload is wanted"),
        (GOOD + "---\n" + GOOD, r"web.yaml:19: Service/web is there already, at .*:1$"),
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
