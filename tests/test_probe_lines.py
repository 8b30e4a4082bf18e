"""The line of `kubectl describe`: tests/contract/test_describe.py compares it with kubectl's."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.clock import seconds
from chaos.kube.podspec import probe_from
from chaos.workloads import exec_, grpc, http, tcp
from chaos.workloads.containers import Probe
from chaos.workloads.describe import asked, describe_probe
from chaos.workloads.handlers import handler_from

USUAL = "delay=0s timeout=1s period=10s #success=1 #failure=3"


def line(raw: dict[str, Any], kubectl: str = "1.36") -> str:
    probe = probe_from(raw)
    assert probe is not None
    return describe_probe(probe, kubectl=kubectl)


def test_a_probe_without_any_number_is_the_line_of_the_book() -> None:
    assert line(http("/", defaults=True)) == f"http-get http://:8080/ {USUAL}"


@pytest.mark.parametrize(
    ("kubectl", "thresholds"),
    [
        ("v1.36.3", "#success=1 #failure=3"),
        ("1.9", "#success=1 #failure=3"),
        ("v1.37.0-rc.1", "successThreshold=1 failureThreshold=3"),
        ("1.38", "successThreshold=1 failureThreshold=3"),
        ("2.0", "successThreshold=1 failureThreshold=3"),
    ],
)
def test_from_1_37_on_the_thresholds_have_their_names(kubectl: str, thresholds: str) -> None:
    assert line(tcp(defaults=True), kubectl).endswith(f" period=10s {thresholds}")


def test_each_number_has_its_place() -> None:
    probe = tcp(
        every=seconds(2), failures=4, successes=5, timeout=seconds(3), delay=seconds(6), port=1
    )
    assert line(probe) == "tcp-socket :1 delay=6s timeout=3s period=2s #success=5 #failure=4"


def test_a_number_of_many_digits_is_written_out() -> None:
    assert line(tcp(delay=seconds(12345678))).startswith("tcp-socket :8080 delay=12345678s ")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (http("/health"), "http-get http://:8080/health"),
        (http("/", port="web"), "http-get http://:web/"),
        (http("/", host="backend"), "http-get http://backend:8080/"),
        (http("/", host="fd00::1"), "http-get http://[fd00::1]:8080/"),
        ({"httpGet": {"path": "x", "port": 1, "scheme": "HTTPS"}}, "http-get https://:1/x"),
        (
            {"httpGet": {"path": "/a b?c=d#é%", "port": 1}},
            "http-get http://:1/a%20b%3Fc=d%23%C3%A9%25",
        ),
        ({"httpGet": {"port": 1}}, "http-get http://:1"),
        (tcp("web"), "tcp-socket :web"),
        ({"tcpSocket": {"port": 1, "host": "db"}}, "tcp-socket db:1"),
        (exec_("cat", "/x y"), "exec [cat /x y]"),
        (exec_(), "exec []"),
        (grpc(service="orders"), "grpc <pod>:8082 orders"),
        (grpc(), "grpc <pod>:8082 "),
        ({"periodSeconds": 10}, "unknown"),
        ({"exec": {}}, "exec []"),
    ],
)
def test_what_is_asked(raw: dict[str, Any], words: str) -> None:
    assert asked(Probe(asks=handler_from(raw))) == words


def test_a_grpc_probe_of_no_service_has_two_spaces_as_kubectl_has() -> None:
    assert line(grpc(defaults=True)) == f"grpc <pod>:8082  {USUAL}"
