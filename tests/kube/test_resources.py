"""Where the objects of a kind are: an API server says it, whatever the kind is called."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chaos.errors import BadManifest
from chaos.kube.client import Client
from chaos.kube.kinds import Kinds, Resource, promised, usual
from chaos.recording.ports import Refused
from chaos.values import Json

SERVED: dict[str, Json] = {
    "/api/v1": {
        "resources": [
            {"name": "endpoints", "kind": "Endpoints", "namespaced": True},
            {"name": "nodes", "kind": "Node", "namespaced": False},
            {"name": "pods/eviction", "kind": "Eviction", "namespaced": True},
        ]
    },
    "/apis/scheduling.k8s.io/v1": {
        "resources": [{"name": "priorityclasses", "kind": "PriorityClass", "namespaced": False}]
    },
    "/apis": {"groups": [{"versions": [{"groupVersion": "scheduling.k8s.io/v1"}]}]},
}
CRD: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "sheep.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "sheep", "kind": "Sheep"},
        "versions": [{"name": "v1"}, {"name": "v0", "served": False}],
    },
}


class Api:
    """Knows these paths, and how often it was asked for each."""

    def __init__(self, no: int = 404) -> None:
        self.asked: list[str] = []
        self.no = no

    def get(self, path: str) -> Any:
        self.asked.append(path)
        if path not in SERVED:
            raise Refused(self.no, "", "no such path")
        return SERVED[path]


def thing(version: str, kind: str, name: str = "a b") -> Json:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def kinds(api: Api) -> Kinds:
    return Kinds(cast("Client", api))


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("v1", "Pod", "/api/v1/namespaces/ns/pods/a%20b"),
        ("v1", "Service", "/api/v1/namespaces/ns/services/a%20b"),
        ("batch/v1", "CronJob", "/apis/batch/v1/namespaces/ns/cronjobs/a%20b"),
        ("v1", "Endpoints", "/api/v1/namespaces/ns/endpoints/a%20b"),
        ("v1", "Node", "/api/v1/nodes/a%20b"),
        (
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "/apis/scheduling.k8s.io/v1/priorityclasses/a%20b",
        ),
    ],
)
def test_where_an_object_is(version: str, kind: str, path: str) -> None:
    one = thing(version, kind)

    assert kinds(Api()).of(one).place(one, "ns") == path


def test_a_version_is_asked_about_once_and_a_workload_s_not_at_all() -> None:
    api = Api()
    known = kinds(api)
    for one in (thing("v1", "Node"), thing("v1", "Endpoints"), thing("apps/v1", "Deployment")):
        known.of(one)

    assert api.asked == ["/api/v1"]
    known.served("v1", anew=True)
    assert api.asked == ["/api/v1", "/api/v1"]


@pytest.mark.parametrize(
    ("version", "kind", "told"),
    [
        ("v1", "Eviction", "none of its CRDs is for such a kind"),  # a part of another kind
        ("scheduling.k8s.io/v2", "PriorityClass", "it is in scheduling.k8s.io/v1"),
        ("example.com/v1", "Sheep", "none of its CRDs is for such a kind"),
        ("apps/v1", "Node", "it is in v1"),
        ("example.com/v1", "Deployment", "none of its CRDs is for such a kind"),
    ],
)
def test_a_kind_that_is_not_served_is_told_with_where_it_is(
    version: str, kind: str, told: str
) -> None:
    with pytest.raises(BadManifest) as error:
        kinds(Api()).of(thing(version, kind))
    assert str(error.value) == f"kind: this cluster has no '{kind}' of {version}: {told}"


def test_an_api_server_that_refuses_to_tell_is_not_one_that_has_no_such_kind() -> None:
    with pytest.raises(Refused):
        kinds(Api(no=403)).of(thing("example.com/v1", "Sheep"))


def test_a_crd_promises_the_versions_that_it_serves() -> None:
    assert promised([thing("v1", "Pod"), CRD]) == {("example.com/v1", "Sheep"): Resource("sheep")}
    wide = CRD | {"spec": CRD["spec"] | {"scope": "Cluster"}}
    assert not promised([wide])["example.com/v1", "Sheep"].namespaced


@pytest.mark.parametrize(
    "spec",
    [
        3,
        None,
        *(CRD["spec"] | {name: 3} for name in ("group", "names", "versions")),
        CRD["spec"] | {"names": {"plural": "sheep"}},
        CRD["spec"] | {"versions": [3, {}, {"name": 3}]},
    ],
)
def test_a_crd_that_is_not_sound_promises_nothing(spec: Any) -> None:
    assert promised([CRD | {"spec": spec}]) == {}


@pytest.mark.parametrize(
    ("kind", "plural"), [("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies")]
)
def test_what_a_kind_is_usually_called_in_a_path(kind: str, plural: str) -> None:
    assert usual(thing("v1", kind)) == Resource(plural)
