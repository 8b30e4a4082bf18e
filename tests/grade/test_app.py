"""A user's manifests as an app: what is found, what leads to it, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from shop import app_of, laid, service, workload

from chaos.errors import BadManifest
from chaos.grade.app import app
from chaos.grade.services import service_of
from chaos.workloads import LABEL, meta_of

DB = workload("StatefulSet", "db", replicas=1)


def test_its_workloads_are_found_in_their_order_and_marked(tmp_path: Path) -> None:
    file = laid(tmp_path, service(), workload(), DB)

    shop = app([str(file)], [], io.BytesIO())

    assert shop.name == "shop.yaml"
    assert [(spec.kind, spec.name) for spec in shop.workloads] == [
        ("Deployment", "web"),
        ("StatefulSet", "db"),
    ]
    assert [meta_of(s.manifest)["labels"][LABEL] for s in shop.workloads] == ["web", "db"]


def test_a_folder_is_one_app_and_gives_it_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    laid(folder, workload())
    (folder / "db.yaml").write_bytes(laid(tmp_path, DB).read_bytes())

    shop = app([str(folder)], [], io.BytesIO())

    assert (shop.name, {spec.name for spec in shop.workloads}) == ("shop", {"web", "db"})


def test_what_was_written_for_a_namespace_moves_and_is_found_by_its_old_names() -> None:
    there = {"namespace": "prod"}
    web, named = workload(), service("backend")
    web["metadata"] |= there
    named["metadata"] |= there
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}

    (spec,) = app_of(space, web, named).workloads

    assert "namespace" not in spec.manifest["metadata"]
    assert {thing["kind"] for thing in spec.beside} == {"Service"}
    assert spec.calls == {
        "backend": (
            "backend",
            "backend.prod",
            "backend.prod.svc",
            "backend.prod.svc.cluster.local",
        )
    }


def test_a_list_is_as_many_objects() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [workload(), service()]}

    (spec,) = app_of(listed).workloads

    assert service_of(spec) is not None


def test_a_service_of_another_name_has_a_twin_that_leads_to_the_same_pods() -> None:
    named = service("frontend", type="NodePort", ports=[{"port": 80, "nodePort": 30080}])

    (spec,) = app_of(workload(), named).workloads

    found = service_of(spec)
    assert found is not None
    assert found["spec"] == {"selector": {"shop": "web"}, "ports": [{"port": 80}]}
    assert {thing["metadata"]["name"] for thing in spec.beside} == {"frontend", "web"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(service(of="db"), id="another-s-service"),
        pytest.param(service(selector={}), id="one-without-a-selector"),
        pytest.param(service(selector={"shop": "web", "tier": "x"}), id="one-that-wants-more"),
    ],
)
def test_what_does_not_lead_to_it_is_not_its_service(other: dict[str, object]) -> None:
    (spec,) = app_of(workload(), other).workloads

    assert service_of(spec) is None


def test_every_service_comes_before_the_first_pod_and_each_is_known_to_its_own() -> None:
    web, db = app_of(workload(), DB, service("db", of="db"), service()).workloads

    assert {thing["metadata"]["name"] for thing in web.beside} == {"db", "web"}
    assert [thing["metadata"]["name"] for thing in db.beside] == ["db"]
    assert db.calls == web.calls


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        pytest.param([service()], "no workload is in there: CronJob,", id="no-workload"),
        pytest.param(
            [workload(), workload("StatefulSet")], "StatefulSet web: another name", id="one-name"
        ),
        pytest.param([workload(), workload()], "Deployment/web is there already", id="twice"),
    ],
)
def test_what_is_no_app_is_refused_in_one_line(objects: list[dict[str, object]], told: str) -> None:
    with pytest.raises(BadManifest, match=told) as refused:
        app_of(*objects)

    assert "\n" not in str(refused.value)
