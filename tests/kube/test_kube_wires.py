"""Toxics put on and taken off by the port of a real cluster, and what is applied for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from chaos.clock import ManualClock, Seconds, seconds
from chaos.errors import CannotHere, ChaosError, NoSuchTarget
from chaos.history.facts import Observed, Pod
from chaos.history.journal import Journal
from chaos.history.looked import Sounding
from chaos.images.own import PATIENT
from chaos.kube.client import Client
from chaos.kube.completed import completed
from chaos.kube.patients import Patients
from chaos.kube.site import Site
from chaos.kube.wires import Wires
from chaos.providers.existing import Existing
from chaos.recording.ports import Lost, Refused
from chaos.testing.toxiproxy import FakeToxiproxy
from chaos.values import Json
from chaos.workloads import POSTGRES, deployment, meta_of, pod_of
from chaos.workloads.admitted import NodeName, Stand, Uid
from chaos.workloads.wires import IMAGE, Toxic, wires_of

STAND = Stand(Uid("u1"), "web-1", NodeName("worker1"), "ns")
READY = {
    "metadata": {"uid": "u1", "name": "web-1", "namespace": "ns"},
    "spec": {"nodeName": "worker1"},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


@dataclass
class Api:
    """An API server in front of one pod's toxiproxy, and of the far end of its wires."""

    toxiproxy: FakeToxiproxy
    answer: Any = (200, b"well")
    pod: Any = field(default_factory=lambda: READY)
    silent: bool = False

    def proxy(
        self, pod: str, method: str, path: str, body: Any = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        del within
        if self.silent:
            raise Lost("no answer")
        if pod == "ns/web-1:8474":
            return self.toxiproxy.send(method, path, body)
        if isinstance(self.answer, Exception):
            raise self.answer
        said: tuple[int, bytes] = self.answer
        return said

    def get(self, path: str) -> Json:
        assert path == "/api/v1/namespaces/ns/pods/web-1"
        if isinstance(self.pod, Exception):
            raise self.pod
        return cast(Json, self.pod)


@pytest.fixture
def there() -> FakeToxiproxy:
    return FakeToxiproxy().has("db", "10.0.0.1:5432")


@pytest.fixture
def api(there: FakeToxiproxy) -> Api:
    return Api(there)


@pytest.fixture
def wires(api: Api) -> Wires:
    patients = Patients(cast(Client, api), Journal(ManualClock()))
    return Wires(patients, lambda _: "web")


def on(there: FakeToxiproxy) -> list[tuple[str, str]]:
    return [(toxic["type"], toxic["stream"]) for toxic in there.proxies["db"]["toxics"]]


@pytest.mark.parametrize(
    ("toxic", "streams"),
    [
        ("latency", ["downstream"]),
        ("slicer", ["downstream"]),
        ("timeout", ["downstream", "upstream"]),
        ("bandwidth", ["downstream", "upstream"]),
        ("reset_peer", ["upstream"]),
    ],
)
def test_a_toxic_is_put_where_it_works_and_taken_off_from_there(
    wires: Wires, there: FakeToxiproxy, toxic: Toxic, streams: list[str]
) -> None:
    wires.poison(STAND, "db", toxic, {})
    assert on(there) == [(toxic, stream) for stream in streams]

    wires.cure("db", toxic, STAND)
    wires.cure("db", toxic, STAND)
    assert on(there) == []


def test_a_pod_without_the_wire_or_without_toxiproxy_says_how_to_have_one(
    wires: Wires, api: Api
) -> None:
    with pytest.raises(NoSuchTarget, match=r"web-1 has no wire 'api' .*there are: db.*through="):
        wires.poison(STAND, "api", "down", {})
    api.silent = True
    with pytest.raises(NoSuchTarget, match=r"web-1 has no wire 'db' .*probes_through_proxy=True"):
        wires.poison(STAND, "db", "down", {})


def test_a_toxiproxy_that_falls_silent_was_not_poisoned(
    wires: Wires, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = api.toxiproxy.send

    def send(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        if method == "POST":
            raise Lost("no answer")
        return asked(method, path, body)

    monkeypatch.setattr(api.toxiproxy, "send", send)
    with pytest.raises(ChaosError, match="latency could not be put on db of web-1: no answer"):
        wires.poison(STAND, "db", "latency", {})


def test_another_pod_of_the_same_name_is_not_poisoned(wires: Wires, there: FakeToxiproxy) -> None:
    other = Pod(Uid("u2"), "web-1", "web", NodeName("worker1"), namespace="ns")
    wires.patients.journal.write(Observed(seconds(0), other))

    with pytest.raises(NoSuchTarget, match="uid u1, is gone"):
        wires.poison(STAND, "db", "latency", {})
    assert on(there) == []


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param({"pod": Refused(404, "NotFound", "no such pod"), "silent": True}, id="gone"),
        pytest.param({"pod": READY | {"status": {"phase": "Failed"}}, "silent": True}, id="ended"),
        pytest.param({"toxiproxy": FakeToxiproxy()}, id="no-such-wire"),
    ],
)
def test_what_is_gone_needs_no_cure(wires: Wires, api: Api, gone: dict[str, Any]) -> None:
    for name, value in gone.items():
        setattr(api, name, value)

    wires.cure("db", "latency", STAND)


def test_a_toxiproxy_that_keeps_its_toxic_is_no_cure(wires: Wires, there: FakeToxiproxy) -> None:
    wires.poison(STAND, "db", "latency", {})
    there.deaf = True

    with pytest.raises(ChaosError, match=r"web-1 still has latency on db: .*keeps"):
        wires.cure("db", "latency", STAND)


@pytest.mark.parametrize("status", [{}, READY["status"]], ids=["unready", "ready"])
def test_a_pod_that_does_not_answer_may_still_be_poisoned(
    wires: Wires, api: Api, status: Json
) -> None:
    api.silent, api.pod = True, READY | {"status": status}

    with pytest.raises(ChaosError, match="web-1 still has latency on db: "):
        wires.cure("db", "latency", STAND)


@pytest.mark.parametrize(
    ("answer", "end", "count"),
    [
        ((200, b"well"), "closed", 4),
        (Refused(503, "", "dial tcp 10.0.0.3:20001: connection refused"), "refused", 0),
        (Refused(502, "", "read: connection reset by peer"), "reset", 0),
        (Refused(502, "", "error trying to reach service: EOF"), "closed", 0),
        (Refused(503, "", 'malformed MIME header: missing colon: "Con"'), "closed", 0),
        (Refused(403, "Forbidden", "no"), "lost", 0),
        (Lost("no answer"), "open", 0),
    ],
)
def test_through_the_api_server_its_words_say_how_a_request_ended(
    wires: Wires, api: Api, answer: Any, end: str, count: int
) -> None:
    wires.poison(STAND, "db", "latency", {})
    api.answer = answer

    (heard,) = wires.sound(Sounding(STAND, "db", "", seconds(2)))

    assert (heard.end, heard.count, heard.toxics) == (end, count, ("latency",))
    assert wires.patients.journal.index.entries == [heard]


def test_a_wire_whose_toxiproxy_is_silent_is_lost(wires: Wires, api: Api) -> None:
    api.silent = True

    (heard,) = wires.sound(Sounding(STAND, "db", "", seconds(2)))

    assert (heard.end, heard.toxics) == ("lost", ())


class Ground:
    """As much of a provider as images need."""

    def supply(self, image: str | None) -> tuple[str, str]:
        return ("patient:1", "IfNotPresent") if image is None else (f"there/{image}", "Never")


def made(through: dict[str, str], **services: str) -> Json:
    spec = deployment("web", through=through, image=POSTGRES)
    return completed(spec, Ground(), lambda name: services.get(name, ""))


def test_a_wire_leads_to_the_service_s_address_or_where_it_was_told() -> None:
    names = {
        "e": "db.ns:5432",
        "a": "db:5432",
        "b": "nobody:80",
        "c": "db.example.com:443",
        "d": "10.0.0.7:1",
    }

    found = wires_of(
        meta_of(made(names, **{"db": "10.96.0.9", "db.ns": "10.96.0.1"}))["annotations"]
    )

    assert [wire["upstream"] for wire in found] == [
        *("db.ns:5432", "10.96.0.9:5432", "nobody:80", "db.example.com:443", "10.0.0.7:1"),
    ]


def test_our_images_are_had_from_the_provider_and_the_spec_stays_as_it_was() -> None:
    spec = deployment("web", through={"db": "db:1"}, beside={})
    before = json.dumps(spec.manifest)

    pod = pod_of(completed(spec, Ground(), lambda _: "10.0.0.1"))

    images = [(c["image"], c["imagePullPolicy"]) for c in pod["containers"] + pod["initContainers"]]
    assert images == [("patient:1", "IfNotPresent")] * 2 + [(f"there/{IMAGE}", "Never")]
    assert json.dumps(spec.manifest) == before


def test_a_cluster_that_was_there_pulls_toxiproxy_and_has_no_image_of_ours() -> None:
    there = Existing("ctx")

    assert there.supply(IMAGE) == ("ghcr.io/shopify/toxiproxy:2.12.0", "IfNotPresent")
    with pytest.raises(CannotHere, match=f"the image {POSTGRES}: this cluster was there before us"):
        there.supply(POSTGRES)


def test_a_user_s_own_image_takes_the_patient_s_place() -> None:
    there = Site(Existing("ctx"), cast(Client, None), image="registry/patient:1")

    assert there.supply(None) == ("registry/patient:1", "IfNotPresent")
    assert there.supply(IMAGE) == ("ghcr.io/shopify/toxiproxy:2.12.0", "IfNotPresent")
    with pytest.raises(CannotHere, match=PATIENT):
        Site(Existing("ctx"), cast(Client, None)).supply(None)
