"""Making a scenario's objects: all are tried first, and what is somebody else's stays his."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chaos.errors import BadManifest, NotSteady
from chaos.kube import applying
from chaos.kube.applying import Applying, in_order
from chaos.kube.client import Client
from chaos.kube.kinds import Kinds, Resource
from chaos.recording.ports import Refused
from chaos.values import Json
from chaos.workloads import Spec, deployment

CRDS = "apiextensions.k8s.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"
GONE = Refused(404, "NotFound", "it is not there")
THERE = Refused(409, "AlreadyExists", "it is there already")


class Api:
    """An API server that keeps what it is given; `refuses` says what it thinks of a kind."""

    def __init__(self) -> None:
        self.refuses: dict[str, Exception] = {}
        self.kinds = {"ConfigMap": ("configmaps", True), "PriorityClass": ("classes", False)}
        self.kinds |= {"CustomResourceDefinition": ("crds", False), "RoleBinding": ("rb", True)}
        self.kept: dict[str, Json] = {}
        self.tried: list[str] = []
        self.deleted: list[tuple[str, Json | None]] = []

    def get(self, path: str) -> Json:
        if path == "/api/v1/namespaces?fieldSelector=metadata.name%3Dns":
            return {"items": [{"metadata": {"uid": "ns-uid"}}]}
        if path.count("/") <= 3 and path not in self.kept:
            pairs = self.kinds.items()
            listed = [{"kind": k, "name": n, "namespaced": own} for k, (n, own) in pairs]
            return {"resources": listed}
        if path not in self.kept:
            raise GONE
        return self.kept[path]

    def apply(self, path: str, thing: Json, *, trial: bool = False) -> Json:
        if why := self.refuses.get(thing["kind"]):
            raise why
        return self._keep(path, thing, trial=trial)

    def make(self, path: str, thing: Json, *, trial: bool = False) -> Json:
        place = f"{path}/{thing['metadata']['name']}"
        if place in self.kept:
            raise THERE
        if thing["kind"] == "CustomResourceDefinition" and not trial:
            names = thing["spec"]["names"]
            self.kinds[names["kind"]] = (names["plural"], True)
        return self.apply(place, thing, trial=trial)

    def request(self, method: str, path: str, body: Json | None = None) -> bytes:
        assert method == "DELETE"
        self.deleted.append((path, body))
        if path not in self.kept:
            raise GONE
        del self.kept[path]
        return b"{}"

    def _keep(self, path: str, thing: Json, *, trial: bool) -> Json:
        if trial:
            self.tried.append(thing["kind"])
            return {}
        made = thing | {"metadata": thing["metadata"] | {"uid": f"uid-{len(self.kept)}"}}
        self.kept[path] = made
        return made


class Unwilling(Api):
    """It deletes nothing."""

    def __init__(self, why: Refused) -> None:
        super().__init__()
        self.why = why

    def request(self, method: str, path: str, body: Json | None = None) -> bytes:
        raise self.why


def thing(kind: str, name: str = "one", version: str = "v1", **more: Any) -> Json:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}} | more


PRIORITY = thing("PriorityClass", "high", "scheduling.k8s.io/v1", value=1)
CONFIG = thing("ConfigMap", "conf")
SHEEP = thing("Sheep", "dolly", "example.com/v1")
CRD = thing(
    "CustomResourceDefinition",
    "sheep.example.com",
    CRDS,
    spec={
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "sheep", "kind": "Sheep"},
        "versions": [{"name": "v1"}],
    },
)
SPEC = deployment("web")


def scene(api: Api) -> Applying:
    client = cast("Client", api)
    return Applying(client, "ns", "me", Kinds(client))


def test_all_are_tried_before_any_is_made() -> None:
    api = Api()
    api.refuses["Deployment"] = BadManifest("it is wrong")
    with pytest.raises(BadManifest, match=r"^it is wrong$"):
        scene(api).must_be_taken([(SPEC, CONFIG), (SPEC, PRIORITY), (SPEC, SPEC.manifest)])
    assert (api.tried, api.kept) == (["ConfigMap", "PriorityClass"], {})


def test_one_alone_is_not_tried_but_must_be_of_a_kind_that_there_is() -> None:
    api = Api()
    scene(api).must_be_taken([(SPEC, CONFIG)])
    assert api.tried == []
    with pytest.raises(BadManifest, match=r"this cluster has no 'Sheep' of example\.com/v1"):
        scene(api).must_be_taken([(SPEC, SHEEP)])


@pytest.mark.parametrize(
    "words",
    [
        'error looking up service account ns/a: serviceaccount "a" not found',
        'pods "a" is forbidden: no PriorityClass with name high was found',
        "admission webhook does not support dry run",
    ],
)
def test_what_another_of_the_files_brings_may_be_missing_in_a_trial(words: str) -> None:
    api = Api()
    api.refuses["Deployment"] = BadManifest(words)
    scene(api).must_be_taken([(SPEC, CONFIG), (SPEC, SPEC.manifest)])
    with pytest.raises(BadManifest):
        scene(api).apply(SPEC, SPEC.manifest)


def test_an_object_of_a_kind_that_a_crd_beside_it_brings_is_made_after_that() -> None:
    api = Api()
    made = scene(api)
    spec = Spec("web", "Deployment", SPEC.manifest, beside=(CONFIG, SHEEP, CRD))
    assert in_order(spec) == [CRD, CONFIG, SHEEP]
    made.must_be_taken([(spec, one) for one in in_order(spec)])
    assert api.tried == ["CustomResourceDefinition", "ConfigMap"]
    for one in in_order(spec):
        made.apply(spec, one)
    assert "/apis/example.com/v1/namespaces/ns/sheep/dolly" in api.kept


def test_a_crd_whose_kind_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    monkeypatch.setattr(applying, "ESTABLISHED", 0)
    monkeypatch.setattr(Kinds, "served", lambda *_, **__: {})
    monkeypatch.setattr(Kinds, "of", lambda *_: Resource("crds", namespaced=False))
    with pytest.raises(NotSteady, match="its kinds are not served 0 s later"):
        scene(api).apply(SPEC, CRD)


def test_what_has_no_namespace_is_the_scenario_s_and_goes_with_it() -> None:
    api = Api()
    made = scene(api)
    said = made.apply(SPEC, PRIORITY | {"metadata": {"name": "high", "labels": {"team": "a"}}})
    ((path, kept),) = api.kept.items()
    assert said == kept
    assert path == "/apis/scheduling.k8s.io/v1/classes/high"
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": "ns", "uid": "ns-uid"}
    assert kept["metadata"]["ownerReferences"] == [owner]
    assert kept["metadata"]["labels"] == {"team": "a", "pytest-chaos/owner": "me"}
    made.leave()
    made.leave()
    assert api.deleted == [(path, {"preconditions": {"uid": "uid-0"}})]
    assert api.kept == {}


@pytest.mark.parametrize("why", [GONE, Refused(409, "Conflict", "another uid")])
def test_what_is_gone_or_another_s_by_now_is_left_alone(why: Refused) -> None:
    api = Unwilling(why)
    made = scene(api)
    made.apply(SPEC, PRIORITY)
    made.leave()
    assert made.made == []


def test_what_could_not_be_deleted_is_not_forgotten() -> None:
    made = scene(Unwilling(Refused(500, "InternalError", "etcd is away")))
    made.apply(SPEC, PRIORITY)
    with pytest.raises(Refused):
        made.leave()
    assert [path for path, _ in made.made] == ["/apis/scheduling.k8s.io/v1/classes/high"]


def test_an_object_of_somebody_else_is_not_touched() -> None:
    api = Api()
    api.kept["/apis/scheduling.k8s.io/v1/classes/high"] = PRIORITY
    why = "PriorityClass/high is on the cluster already, and a scenario changes nothing that it has"
    with pytest.raises(BadManifest, match=why):
        scene(api).apply(SPEC, PRIORITY)
    with pytest.raises(BadManifest, match=why):
        scene(api).must_be_taken([(SPEC, CONFIG), (SPEC, PRIORITY)])
    assert list(api.kept.values()) == [PRIORITY]
    assert api.deleted == []


def test_one_that_was_on_its_way_out_in_a_trial_and_is_gone_at_the_next_look_is_nobody_s() -> None:
    class Fleeting(Api):
        """What it says is there is gone when it is looked at."""

        def make(self, path: str, thing: Json, *, trial: bool = False) -> Json:
            raise THERE

    scene(Fleeting()).must_be_taken([(SPEC, CONFIG), (SPEC, PRIORITY)])
    with pytest.raises(BadManifest, match="PriorityClass/high is on the cluster already"):
        scene(Fleeting()).apply(SPEC, PRIORITY)


def test_that_of_another_scenario_of_ours_is_refused_while_it_stands() -> None:
    """It may have gone when this one is made, so a trial takes it."""
    api, labels = Api(), {"pytest-chaos/owner": "me"}
    kept = PRIORITY | {"metadata": {"name": "high", "labels": labels}}
    api.kept["/apis/scheduling.k8s.io/v1/classes/high"] = kept
    scene(api).must_be_taken([(SPEC, CONFIG), (SPEC, PRIORITY)])
    with pytest.raises(BadManifest, match="PriorityClass/high is on the cluster already"):
        scene(api).apply(SPEC, PRIORITY)


def test_that_of_an_earlier_scenario_of_ours_is_waited_for() -> None:
    path, labels = "/apis/scheduling.k8s.io/v1/classes/high", {"pytest-chaos/owner": "me"}

    class Slow(Api):
        """What it deletes is there for two looks more."""

        looks = 0

        def get(self, path: str) -> Json:
            self.looks += path.endswith("/high")
            if self.looks == 3:
                self.kept.pop(path, None)
            return super().get(path)

    api = Slow()
    api.kept[path] = PRIORITY | {"metadata": {"labels": labels, "deletionTimestamp": "now"}}
    made = scene(api)
    made.must_be_taken([(SPEC, CONFIG), (SPEC, PRIORITY)])
    made.apply(SPEC, PRIORITY)
    assert "deletionTimestamp" not in api.kept[path]["metadata"]


def test_a_complaint_is_about_the_object_s_own_line() -> None:
    api = Api()
    causes = (("data.a", "Required value"), ("data.b", "Invalid value: 3"))
    api.refuses["ConfigMap"] = BadManifest("it is wrong", causes)
    beside = Spec("conf", "ConfigMap", CONFIG, origin="a.yaml:1", lines={"data": 4, "data.b": 5})
    spec = Spec(
        "web", "Deployment", SPEC.manifest, (CONFIG,), "b.yaml:1", {"data": 9}, written=(beside,)
    )
    with pytest.raises(BadManifest) as told:
        scene(api).apply(spec, CONFIG)
    first, second = "a.yaml:4: data.a: Required value", "a.yaml:5: data.b: Invalid value: 3"
    assert str(told.value) == f"{first}; {second}"


def test_the_accounts_of_a_binding_move_with_the_namespace_that_they_are_written_for() -> None:
    api = Api()
    others = [{"kind": "ServiceAccount", "name": "b", "namespace": "other"}, {"kind": "User"}, "x"]
    own = {"kind": "ServiceAccount", "name": "a", "namespace": "shop"}
    binding = thing("RoleBinding", "one", RBAC, subjects=[own, *others])
    spec = Spec("web", "Deployment", SPEC.manifest, (binding,), namespace="shop")
    scene(api).apply(spec, binding)
    scene(api).apply(SPEC, binding | {"metadata": {"name": "two"}})
    moved, left = api.kept.values()
    assert moved["subjects"] == [own | {"namespace": "ns"}, *others]
    assert left["subjects"] == [own, *others]
    assert binding["subjects"][0] == own


@pytest.mark.parametrize("subjects", [None, 3, "a", {"a": "b"}])
def test_subjects_that_are_no_list_are_left_to_the_api_server(subjects: Any) -> None:
    api = Api()
    binding = thing("RoleBinding", "one", RBAC, subjects=subjects)
    spec = Spec("web", "Deployment", SPEC.manifest, (binding,), namespace="shop")
    assert scene(api).apply(spec, binding)["subjects"] == subjects
