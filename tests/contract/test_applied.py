"""A user's own files, applied: any kind that the cluster serves, all of them or none."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG
from providers import EMBEDDED
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster
from chaos.clock import poll, seconds
from chaos.errors import BadManifest
from chaos.faults import Crash
from chaos.kube import namespaces
from chaos.kube.client import Client
from chaos.laws import never_restarted, restarted
from chaos.recording.ports import Refused
from chaos.workloads import bare_pod, manifest, specs

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's
SHOP = Path(__file__).parents[1] / "cases" / "shop"
RBAC, CRDS = "/apis/rbac.authorization.k8s.io/v1", "/apis/apiextensions.k8s.io/v1"
WIDE = (
    "/apis/scheduling.k8s.io/v1/priorityclasses/shop-high",
    f"{CRDS}/customresourcedefinitions/crontabs.stable.example.com",
    f"{RBAC}/clusterroles/shop-reader",
    f"{RBAC}/clusterrolebindings/shop-reader",
)
OLD = "---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n"
NODE = "---\napiVersion: v1\nkind: Node\nmetadata: {name: worker1}\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: side
      - name: app
"""
CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata:\n  a: b\n"
PROBE = "        livenessProbe: {httpGet: {port: 8080},\n          periodSeconds: -1}\n"
PORT = "        ports:\n        - containerPort: 99999\n"


def is_there(client: Client, path: str) -> bool:
    try:
        client.get(path)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_shop_runs_as_it_is_written_and_leaves_nothing(room: tuple[Any, Any], turn: str) -> None:
    """The second time all that the first has made is gone, or waited for."""
    wiring, ground = room
    with wiring.staged(ground, lambda _: None, lambda _: None) as scene:
        web, db = scene.cluster.run(*specs(SHOP, namespace="shop"))
        assert (len(web.stands), len(db.stands)) == (2, 1), turn
        assert all(is_there(ground.client, path) for path in WIDE)
        path = f"/api/v1/namespaces/{scene.cluster.namespace}"
        tab = f"/apis/stable.example.com/v1/namespaces/{scene.cluster.namespace}/crontabs/tab"
        assert is_there(ground.client, tab)
        assert is_there(ground.client, f"{path}/configmaps/conf")
        binding = ground.client.get(WIDE[-1])
        assert binding["subjects"][0]["namespace"] == scene.cluster.namespace
        pod = ground.client.get(f"{path}/pods/{web.stands[0].name}")["spec"]
        names = ["backend", "backend.shop", "backend.shop.svc", "backend.shop.svc.cluster.local"]
        assert [alias["hostnames"] for alias in pod["hostAliases"]] == [names]
        with scene.chaos.inject(Crash(db)):
            scene.chaos.expect(restarted(db), never_restarted(web, through=seconds(2)))
    gone = [path for path in WIDE if "customresource" not in path]
    assert not any(is_there(ground.client, path) for path in gone)


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
def test_what_has_no_namespace_goes_though_whoever_made_it_is_dead(room: tuple[Any, Any]) -> None:
    """The next run deletes the namespace that was left: the cluster itself does the rest."""
    wiring, ground = room
    with wiring.staged(ground, lambda _: None, lambda _: None) as scene:
        scene.cluster.run(*specs(SHOP, namespace="shop"))
        namespaces.delete(ground.client, scene.cluster.namespace)

        def gone() -> bool:
            return not any(is_there(ground.client, path) for path in WIDE)

        assert poll(gone, within=LONG, every=seconds(0.2))


def test_the_same_files_run_in_a_rehearsal(cluster: Cluster, chaos: Chaos) -> None:
    web, db = cluster.run(*specs(SHOP, namespace="shop"), within=seconds(LONG))
    assert (web.kind, len(web.stands), db.kind) == ("Deployment", 2, "Pod")
    with chaos.inject(Crash(db)):
        chaos.expect(restarted(db))


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{WEB}        imag: x\n{CONFIG}", '12: spec.template.spec.containers[name="app"].imag: '),
        (f"{WEB}        ports: 3\n{CONFIG}", "12: spec.template.spec.containers["),
        (f"{WEB}        resources: {{limits: {{memory: lots}}}}\n{CONFIG}", "1: failed to conv"),
        (f"{WEB}{CONFIG}  n: 3\n", "16: data.false: expected string"),
        (f"{WEB}{CONFIG}extra: 3\n", "18: extra: field not declared in schema"),
        (f"{WEB.replace('{app: web}}', '{app: other}}', 1)}{CONFIG}", "7: spec.template.metadata."),
        (
            f"{WEB}{CONFIG}{OLD}",
            "20: kind: this cluster has no 'Ingress' of extensions/v1beta1: it",
        ),
        (f"{WEB}{CONFIG}{NODE}", "21: metadata.name: Node/worker1 is on the cluster already"),
    ],
)
def test_one_that_is_refused_keeps_all_from_being_made(
    room: tuple[Any, Any], scene: Any, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(text)
    with pytest.raises(BadManifest) as error:
        scene.cluster.run(bare_pod("other"), manifest(path))
    assert str(error.value).startswith(f"{path}:{told}")
    _, ground = room
    pods = ground.client.get(f"/api/v1/namespaces/{scene.cluster.namespace}/pods")
    assert pods["items"] == []


@pytest.mark.parametrize("room", [EMBEDDED], indirect=True)
def test_each_field_that_is_wrong_is_told_with_its_line(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(f"{WEB}{PROBE}{PORT}{CONFIG}")
    with pytest.raises(BadManifest) as error:
        scene.cluster.run(manifest(path))
    lines = [
        told.removeprefix(f"{path}:").partition(":")[0] for told in str(error.value).split("; ")
    ]
    assert lines == ["15", "13"]
