from __future__ import annotations

from typing import Any

import pytest

from chaos.workloads import deployment
from chaos.workloads.builders import Spec
from chaos.workloads.services import Front, fronts

LABELS = {"app": "web", "tier": "front"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app"}]}}


def web(*beside: dict[str, Any]) -> Spec:
    spec = {"replicas": 1, "template": TEMPLATE}
    manifest = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    return Spec("web", "Deployment", manifest, beside)


def service(name: str = "public", **spec: Any) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize(
    ("beside", "named"),
    [
        pytest.param(service(selector={"app": "web"}), True, id="one-label-of-two"),
        pytest.param(service(selector=LABELS), True, id="both"),
        pytest.param(service("web", selector={"app": "api"}), False, id="named-alike-and-no-more"),
        pytest.param(service(selector=LABELS | {"x": "y"}), False, id="one-label-too-many"),
        pytest.param(service(selector={}), False, id="an-empty-selector"),
        pytest.param(service(), False, id="no-selector"),
        pytest.param(service(selector=None), False, id="null"),
        pytest.param(service(selector=["app"]), False, id="a-list"),
        pytest.param(
            service(selector=LABELS) | {"kind": "ConfigMap"}, False, id="another-kind-of-thing"
        ),
        pytest.param({"kind": "Service", "metadata": {"name": "x"}}, False, id="without-a-spec"),
    ],
)
def test_a_service_is_a_workload_s_by_its_selector(beside: dict[str, Any], named: bool) -> None:  # noqa: FBT001  a row
    assert bool(fronts(web(beside))) is named


def test_there_may_be_several_and_each_says_whether_it_waits_for_readiness() -> None:
    own = service("own", selector=LABELS, clusterIP="None", publishNotReadyAddresses=True)
    shy = service("shy", selector=LABELS, publishNotReadyAddresses=False)

    found = fronts(web(service(selector=LABELS), own, shy))

    assert found == (Front("public"), Front("own", publishes=True), Front("shy"))
    assert [front.publishes for front in found] == [False, True, False]


def test_of_pods_without_labels_no_service_knows() -> None:
    bare = Spec(
        "x",
        "Pod",
        {"kind": "Pod", "metadata": {"name": "x"}, "spec": {}},
        (service(selector=LABELS),),
    )
    assert fronts(bare) == ()


def test_a_builder_s_service_stands_before_its_pods() -> None:
    assert fronts(deployment("web", service=True)) == (Front("web"),)
    assert fronts(deployment("web")) == ()
