"""What older versions stored of a workload is read as what it is now."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from chaos.clock import seconds
from chaos.workloads.admitted import Stand, Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Exec, Grpc, Handler, HttpGet, TcpSocket
from chaos.workloads.stored import upgraded

STAND = {"uid": "u", "name": "web-1", "node": "worker1", "namespace": "ns"}
OLDEST: dict[str, Any] = {
    "name": "web",
    "kind": "Deployment",
    "uid": "w",
    "stands": [STAND],
    "liveness": {"period": 1.0, "failures": 2, "grace": None},
    "readiness": None,
    "grace": 5.0,
    "memory": 64.0,
}
LATER = OLDEST | {"container": "app", "cpus": 0.5, "port": 8080}


def read(said: Any) -> Workload:
    return TypeAdapter(Workload).validate_python(upgraded(said))


def expected(container: ContainerSpec) -> Workload:
    stand = Stand(Uid("u"), "web-1", "worker1", "ns")  # type: ignore[arg-type]
    return Workload("web", "Deployment", Uid("w"), (stand,), (container,), grace=seconds(5))


def test_a_workload_was_its_first_container() -> None:
    probe = Probe(period=seconds(1), failures=2)
    assert read(OLDEST) == expected(ContainerSpec(liveness=probe, memory=64))
    assert read(LATER) == expected(
        ContainerSpec("app", liveness=probe, memory=64, cpus=0.5, ports=(("", 8080),))
    )


@pytest.mark.parametrize(
    ("how", "target", "asks"),
    [
        ("http-get", "http://:8080/health", HttpGet("/health", 8080)),
        ("http-get", "https://:web", HttpGet("", "web", "HTTPS")),
        ("http-get", "http://[fd00::1]:80/a%20b", HttpGet("/a b", 80, host="fd00::1")),
        ("tcp-socket", ":8080", TcpSocket(8080)),
        ("tcp-socket", "db:sql", TcpSocket("sql", "db")),
        ("exec", "[cat /x]", Exec(("cat", "/x"))),
        ("grpc", "<pod>:8082 ", Grpc(8082)),
        ("grpc", "<pod>:8082 orders", Grpc(8082, "orders")),
        ("unknown", "", None),
        ("http-get", "nonsense", None),
    ],
)
def test_a_probe_had_what_it_asks_as_it_is_described(
    how: str, target: str, asks: Handler | None
) -> None:
    said = LATER | {"liveness": {"how": how, "target": target}}
    assert read(said) == expected(
        ContainerSpec("app", liveness=Probe(asks=asks), memory=64, cpus=0.5, ports=(("", 8080),))
    )


def test_a_law_named_the_container_itself() -> None:
    said = upgraded({"workload": LATER, "container": "side", "through": 3})
    assert said["through"] == 3
    assert "container" not in said
    assert read(said["workload"]).named == "side"


def test_workloads_are_found_wherever_they_are() -> None:
    (one,) = upgraded({"apps": [LATER]})["apps"]
    assert read(one) == read(LATER)


def test_what_is_of_today_stays() -> None:
    plain = TypeAdapter(Workload).dump_python(read(LATER), mode="json")
    assert upgraded({"apps": [plain], "x": 3}) == {"apps": [plain], "x": 3}
