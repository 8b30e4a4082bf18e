"""Our line of a probe beside that of the real kubectl, on a real API server: oracle L7."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from deadlines import LONG
from project import named

from chaos.clock import seconds
from chaos.images import own
from chaos.kube.podspec import probe_from
from chaos.providers.embedded import assets
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.releases import KUBERNETES
from chaos.workloads import bare_pod, exec_, grpc, http, tcp
from chaos.workloads.describe import describe_probe

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]
GATED = {"schedulingGates": [{"name": "pytest-chaos/never"}]}  # it is described, not run
PROBES: dict[str, dict[str, Any]] = {
    "no-number": http("/", defaults=True),
    "every-number": http(every=seconds(2), failures=4, timeout=seconds(3), delay=seconds(61)),
    "successes": tcp(successes=3),
    "named-port": http("/", port="main"),
    "host": http("/a/b", host="backend.example"),
    "ipv6": http("/", host="fd00::1"),
    "https": {"httpGet": {"path": "/x", "port": 8443, "scheme": "HTTPS"}},
    "no-path": {"httpGet": {"port": 8080}},
    "relative": {"httpGet": {"path": "health", "port": 8080}},
    "odd-path": http("/a b?c=d&e#f%20!'()*,;:@[é]~"),
    "headers": http("/", headers={"Authorization": "Basic eDp5"}),
    "tcp": tcp(),
    "tcp-named": tcp("main"),
    "tcp-host": {"tcpSocket": {"port": 5432, "host": "db"}},
    "tcp-ipv6": {"tcpSocket": {"port": 5432, "host": "fd00::1"}},
    "exec": exec_("cat", "/x"),
    "exec-words": exec_("sh", "-c", "cat '/a b' && exit 0"),
    "exec-defaults": exec_("true", defaults=True),
    "grpc": grpc(),
    "grpc-service": grpc(port=9, service="orders"),
}
PLACES = {"readiness": "Readiness", "liveness": "Liveness", "startup": "Startup"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedCluster]:
    programs, pictures = assets.find(print), [own.pause(), own.patient()]
    made = EmbeddedCluster.up(
        named("described"), nodes=1, assets=programs, images=pictures, say=print
    )
    yield made
    made.down()


@pytest.fixture(scope="module")
def described(cluster: EmbeddedCluster) -> dict[str, str]:
    """What kubectl says of each pod, by the pod's name."""
    pods = [pod(name, "readiness", probe) for name, probe in PROBES.items()]
    pods += [pod(f"as-{place}", place, tcp()) for place in PLACES]
    kubectl(cluster, "apply", "-f", "-", text=json.dumps(listed(pods)))
    texts = kubectl(cluster, "describe", "pods").split("\n\n\n")
    return {text.split()[1]: text for text in texts}


@pytest.fixture(scope="module")
def live(cluster: EmbeddedCluster, described: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The first container of each pod, as the API server has it."""
    assert described
    items = json.loads(kubectl(cluster, "get", "pods", "-o", "json"))["items"]
    return {item["metadata"]["name"]: item["spec"]["containers"][0] for item in items}


def pod(name: str, place: str, probe: dict[str, Any]) -> dict[str, Any]:
    manifest = bare_pod(name, image="none").manifest
    manifest["spec"] |= GATED
    manifest["spec"]["containers"][0][f"{place}Probe"] = probe
    return manifest


def listed(pods: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": pods}


def kubectl(cluster: EmbeddedCluster, *words: str, text: str = "") -> str:
    command = [str(cluster.plan.assets / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", *words]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=LONG, check=False
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def told(text: str, word: str) -> str:
    (line,) = re.findall(rf"^ +{word}: +(.*)$", text, re.MULTILINE)
    return str(line)


def ours(container: dict[str, Any], place: str) -> str:
    probe = probe_from(container[f"{place}Probe"])
    assert probe is not None
    return describe_probe(probe, kubectl=KUBERNETES)


@pytest.mark.parametrize("name", PROBES)
def test_our_line_is_kubectls(
    described: dict[str, str], live: dict[str, dict[str, Any]], name: str
) -> None:
    assert ours(live[name], "readiness") == told(described[name], "Readiness")


@pytest.mark.parametrize("place", PLACES)
def test_a_probe_is_described_alike_in_each_place(
    described: dict[str, str], live: dict[str, dict[str, Any]], place: str
) -> None:
    name = f"as-{place}"
    assert ours(live[name], place) == told(described[name], PLACES[place])


def test_the_book_s_line_is_what_no_number_at_all_becomes(described: dict[str, str]) -> None:
    words = "http-get http://:8080/ delay=0s timeout=1s period=10s"
    spelt_out = f"{words} successThreshold=1 failureThreshold=3"  # "#success=1 #failure=3" to 1.36
    assert told(described["no-number"], "Readiness") == spelt_out
