"""Another user of this machine gets nowhere, and what a run is told in confidence stays there.

Each question is asked twice: by nobody (uid 65534), who must not be let in, and by root, who must,
so that a door which is not there at all is no proof.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from deadlines import LONG, OFTEN
from project import Project, named
from strangers import answers

from chaos.clock import poll
from chaos.kube.client import Client, configuration
from chaos.providers.embedded import assets, cgroup
from chaos.providers.embedded.blocks import PORT
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.machine import EmbeddedMachine
from chaos.providers.embedded.switch import Switch
from chaos.proxies.loopback import serving
from chaos.report import folders

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("others")
SECRET = "hunter2-" + "fedcba9876543210"
REFUSED, DENIED = "ConnectionRefusedError", "PermissionError"

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "app", "namespace": "default"},
    "spec": {
        "automountServiceAccountToken": False,
        "containers": [
            {
                "name": "app",
                "image": "localhost/chaos/patient:1",
                "imagePullPolicy": "Never",
                "env": [{"name": "DB_PASSWORD", "value": f"{SECRET}-pod"}],
            }
        ],
    },
}

SCENARIOS = """
import os

SECRET = os.environ["CHAOS_TEST_SECRET"]


def confidential(make, name, **more):
    orders = [{"do": "depends_on", "url": f"http://me:{SECRET}-order@127.0.0.1/", "path": "/x"}]
    probe = http("/health", headers={"Authorization": SECRET + "-header"}, every=seconds(1))
    return make(name, env={"DB_PASSWORD": SECRET + "-env"}, orders=orders, liveness=probe, **more)


def test_kept(cluster, chaos):
    app = cluster.run(confidential(deployment, "public-kept"))
    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app))


def test_broken(cluster, chaos):
    app = cluster.run(confidential(deployment, "public-broken"))
    with chaos.inject(Hang(app)):
        chaos.expect(restarted(app), never_restarted(app, through=seconds(20)))


def test_no_image(cluster, chaos):
    cluster.run(confidential(bare_pod, "public-image", image="127.0.0.1:1/no/such:1"))


@pytest.mark.parametrize("value", ["text", "object"])
def test_bad_manifest(cluster, chaos, value):
    spec = confidential(bare_pod, "public-manifest")
    variable = spec.manifest["spec"]["containers"][0]["env"][0]
    variable |= {"val": SECRET} if value == "text" else {"value": {"secret": SECRET}}
    cluster.run(spec)


def test_refused_order(cluster, chaos):
    app = cluster.run(confidential(deployment, "public-order"))
    with chaos.inject(Hang(app)):
        cluster.tell(app.pod, "depends_on", url=f"https://{SECRET}/")
"""


@pytest.fixture(scope="module")
def client(kept: EmbeddedCluster) -> Iterator[Client]:
    made = Client(configuration(kept.kubeconfig, kept.name))
    yield made
    made.close()


@pytest.fixture(scope="module")
def pod(client: Client) -> tuple[str, str, str]:
    """The address of a patient that takes orders; its uid, and its container's id."""
    path = "/api/v1/namespaces/default/pods/app"
    client.apply(path, POD)

    def status() -> dict[str, object]:
        found: dict[str, object] = client.get(path)["status"]
        return found

    def is_ready() -> bool:
        address = status().get("podIP")
        return bool(address) and answers(("tcp", f"{address}:8081"), user=0) == ["open"]

    assert poll(is_ready, within=LONG, every=OFTEN), status()
    told = client.get(path)
    (container,) = told["status"]["containerStatuses"]
    return told["status"]["podIP"], told["metadata"]["uid"], container["containerID"]


def held(*questions: tuple[str, str]) -> None:
    """Root gets in everywhere, nobody nowhere."""
    assert dict(zip(questions, answers(*questions, user=0), strict=True)) == dict.fromkeys(
        questions, "open"
    )
    heard = answers(*questions)
    assert {*heard} <= {REFUSED, DENIED}, dict(zip(questions, heard, strict=True))


API = ("", "api", "apis", "healthz", "livez", "readyz", "version", "metrics", "openapi/v2", "logs")
NODES_PATH = "api/v1/nodes"


@pytest.mark.parametrize(
    "path", [*API, NODES_PATH, "debug/pprof/", ".well-known/openid-configuration"]
)
def test_the_api_server_answers_nobody_without_a_certificate(
    kept: EmbeddedCluster, client: Client, path: str
) -> None:
    assert client.get("/api/v1/nodes")["items"]  # with one it does

    assert answers(("get", f"{kept.plan.api}/{path}")) == [401]
    assert answers(("get", f"{kept.plan.api}/{path}"), user=0) == [401]


def test_the_api_server_is_on_the_clusters_own_address_alone(kept: EmbeddedCluster) -> None:
    there = ("tcp", kept.plan.api.removeprefix("https://"))
    here = ("tcp", f"127.0.0.1:{PORT}"), ("tcp", f"[::1]:{PORT}")

    assert answers(there, *here, user=0) == ["open", REFUSED, REFUSED]


@pytest.mark.parametrize("path", ["pods", "metrics", "healthz", "configz", "logs/", "runningpods/"])
def test_a_kubelet_answers_not_even_root_without_a_certificate(
    kept: EmbeddedCluster, path: str
) -> None:
    for machine in kept.machines:
        assert answers(("get", f"https://{machine.address}:10250/{path}"), user=0) == [401]


def test_nobody_reaches_a_kubelet_or_a_patient(
    kept: EmbeddedCluster, pod: tuple[str, str, str]
) -> None:
    kubelets = [("tcp", f"{machine.address}:10250") for machine in kept.machines]

    held(*kubelets, ("tcp", f"{pod[0]}:8080"), ("tcp", f"{pod[0]}:8081"))


@pytest.mark.parametrize("port", [10248, 10249, 10255, 10256])
def test_the_other_ports_of_a_node_are_open_to_nobody_and_not_to_root(
    kept: EmbeddedCluster, port: int
) -> None:
    """Health, metrics and the read-only port: on the node's own loopback, or not at all."""
    doors = [("tcp", f"{machine.address}:{port}") for machine in kept.machines]

    assert {*answers(*doors, user=0), *answers(*doors)} == {REFUSED}


def test_nobody_reaches_etcd_or_a_containerd(kept: EmbeddedCluster) -> None:
    home = kept.plan.home
    sockets = [home.socket("etcd.sock"), home.socket("peer.sock")]
    for machine in kept.machines:
        root = Path(f"/proc/{init(machine)}/root")
        sockets += [root / "run/containerd/containerd.sock"]
        sockets += [root / "run/containerd/containerd.sock.ttrpc"]

    held(*(("unix", str(socket)) for socket in sockets))


def test_nobody_reads_a_file_of_the_cluster(
    kept: EmbeddedCluster, pod: tuple[str, str, str]
) -> None:
    files = [file for file in kept.plan.home.path.rglob("*") if file.is_file()][:5000]
    (patient, *_) = [
        pid for machine in kept.machines for pid in machine.container_pids(pod[1], pod[2])
    ]

    secret = [file for file in files if file.suffix in {".key", ".kubeconfig"}]
    assert len(secret) > 5
    held(*(("read", str(file)) for file in [*secret, kept.kubeconfig]))
    held(("read", f"/proc/{patient}/environ"))
    assert {*answers(*(("read", str(file)) for file in files))} == {DENIED}


def test_every_key_is_its_owners_alone(kept: EmbeddedCluster) -> None:
    keys = [kept.kubeconfig, *kept.plan.pki.iterdir()]

    assert kept.plan.home.path.stat().st_mode & 0o777 == 0o700
    assert {str(key): oct(key.stat().st_mode & 0o777) for key in keys} == {
        str(key): oct(0o600) for key in keys
    }


def init(machine: EmbeddedMachine) -> str:
    """The host's number of a node's first process."""
    return str(machine.enter()[2])


LINE = re.compile(r"^(\S+)\s+\S+\s+\d+\s+\d+\s+(\S+)\s.*?users:\(\((.*)\)\)")
USER = re.compile(r'"([^"]+)",pid=(\d+)')


def listeners(
    pids: Sequence[int], *, within: Sequence[str | Path] = ()
) -> set[tuple[str, str, str]]:
    """The sockets that these processes listen on: program, kind and address."""
    found = set()
    for options in ("-Hltunp", "-Hlxp"):
        said = subprocess.run(
            [*within, "ss", options], capture_output=True, text=True, check=True
        ).stdout
        for line in said.splitlines():
            if match := LINE.match(line):
                owners = {name for name, pid in USER.findall(match[3]) if int(pid) in pids}
                found |= {(name, match[1], match[2]) for name in owners}
    return found


def strangers(
    found: set[tuple[str, str, str]], allowed: Sequence[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    """Those that no entry of the list allows: program and kind, and the address as a pattern."""
    return sorted(
        one
        for one in found
        if not any(one[:2] == known[:2] and re.fullmatch(known[2], one[2]) for known in allowed)
    )


def beside_the_api_server(cluster: EmbeddedCluster) -> list[tuple[str, str, str]]:
    home, block = re.escape(str(cluster.plan.home.path)), cluster.plan.block
    return [
        ("kube-apiserver", "tcp", re.escape(f"{block.gateway}:{PORT}")),
        ("etcd", "u_str", f"{home}/etcd\\.sock"),
        ("etcd", "u_str", r"peer\.sock"),  # in the same folder, where etcd was started
    ]


def on_a_node(machine: EmbeddedMachine) -> list[tuple[str, str, str]]:
    """What is on the node's own loopback, or a file of its own, is reached from inside it only."""
    return [
        ("kubelet", "tcp", re.escape(f"{machine.address}:10250")),  # asks for a certificate
        ("kubelet", "tcp", r"127\.0\.0\.1:10248"),  # health
        ("kubelet", "u_str", r"/var/lib/kubelet/(device-plugins|pod-resources|pods-api)/[\w.]+"),
        ("kube-proxy", "tcp", r"127\.0\.0\.1:(10249|10256)"),  # metrics and health
        ("containerd", "tcp", r"127\.0\.0\.1:\d+"),  # what `exec` and `attach` stream through
        ("containerd", "u_str", r"/run/containerd/containerd\.sock(\.ttrpc)?"),
        ("containerd-shim", "u_str", r"/run/containerd/s/[0-9a-f]+"),
    ]


IN_A_POD = [(f"python{sys.version_info[0]}.{sys.version_info[1]}", "tcp", r".*:(8080|8081)")]


def test_each_listener_is_on_the_list(kept: EmbeddedCluster, pod: tuple[str, str, str]) -> None:
    pids = cgroup.members(kept.plan.group)

    here = listeners(pids, within=Switch(kept.name).enter())
    assert strangers(here, beside_the_api_server(kept)) == []
    assert len(here) == 3  # all that the list has; controllers and scheduler have no door at all
    assert listeners(pids) == set()  # and nothing of it listens on this host

    for machine in kept.machines:
        there = listeners(pids, within=["nsenter", "-t", init(machine), "-n"])
        assert strangers(there, on_a_node(machine)) == []
        assert {name for name, _, _ in there} >= {"kubelet", "kube-proxy", "containerd"}
        for pid in machine.container_pids(pod[1], pod[2])[:1]:
            inside = listeners(pids, within=["nsenter", "-t", str(pid), "-n"])
            assert strangers(inside, IN_A_POD) == []
            assert len(inside) == 2


@pytest.mark.parametrize(
    "new",
    [
        ("kube-apiserver", "tcp", "0.0.0.0:6443"),
        ("kube-controller-manager", "tcp", "127.0.0.1:10257"),
        ("etcd", "tcp", "127.0.0.1:2379"),
        ("etcd", "u_str", "@etcd"),
        ("etcd", "u_str", "/tmp/etcd.sock"),
    ],
)
def test_a_listener_that_is_not_on_the_list_is_noticed(
    kept: EmbeddedCluster, new: tuple[str, str, str]
) -> None:
    assert strangers({new}, beside_the_api_server(kept)) == [new]


@pytest.fixture(scope="module")
def keys(kept: EmbeddedCluster) -> list[bytes]:
    """A line from the middle of each private key, as it is and as a kubeconfig has it."""
    found = [file.read_text().split("\n")[1].encode() for file in kept.plan.pki.glob("*.key")]
    data = kept.kubeconfig.read_text().partition("client-key-data: ")[2].split()[0]
    return [*found, data[40:120].encode()]


# The API server quotes what it refuses, in a folder that only root enters, as its store is: etcd
# holds every pod's `env`. Both go with the cluster.
OWN_WORDS = "kube-apiserver.log"


def command_lines() -> dict[str, bytes]:
    """What anybody can read of every process of this machine."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found[str(file)] = file.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_no_key_is_in_the_arguments_of_a_process(kept: EmbeddedCluster, keys: list[bytes]) -> None:
    lines = command_lines()

    assert len(keys) > 5
    assert any(b"apiserver.key" in line for line in lines.values())  # where it lies is no secret
    assert [name for name, line in lines.items() if any(key in line for key in keys)] == []


def test_nothing_that_was_told_in_confidence_is_in_anything_that_a_run_leaves(
    kept: EmbeddedCluster, keys: list[bytes], tmp_path: Path
) -> None:
    project = Project(tmp_path, kept.name)
    project.write(SCENARIOS)
    words = ("--alluredir=allure", "--junitxml=junit.xml", "-v")

    run = project.pytest(*words, env={"CHAOS_TEST_SECRET": SECRET})
    project.await_entry(run, "test_kept", "injected")
    arguments = command_lines()
    assert run.status() == 1, run.words

    outcomes = [record(folder) for folder in folders.scenario_folders(project.latest)]
    assert len(outcomes) == 6
    assert {"broken", "error", "not steady"} <= {*outcomes}
    assert [name for name, line in arguments.items() if SECRET.encode() in line] == []
    left = {
        str(file): file.read_bytes()
        for folder in (tmp_path, kept.plan.home.log)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.name != OWN_WORDS
    }
    told = [name for name, text in left.items() if SECRET.encode() in text]
    assert told == [], run.words
    assert [name for name, text in left.items() if any(key in text for key in keys)] == []
    seen = {Path(name).suffix for name, text in left.items() if b"public-broken" in text}
    assert {".jsonl", ".json", ".html", ".xml", ".said", ".svg"} <= seen  # it looks everywhere


def record(folder: Path) -> str:
    from chaos.report.store import read_scenario  # noqa: PLC0415

    return read_scenario(folder).outcome


def test_nobody_reaches_toxiproxy_or_goes_through_it(kept: EmbeddedCluster) -> None:
    with serving(assets.toxiproxy(print)) as server:
        wire = server.wire("api", upstream=kept.plan.api.removeprefix("https://"))

        held(("tcp", f"127.0.0.1:{server.port}"), ("tcp", wire.listen))
        assert answers(("get", f"http://127.0.0.1:{server.port}/proxies"), user=0) == [200]
        assert server.doors.ports() == {server.port, int(wire.listen.rpartition(":")[2])}
        name = server.doors.name

    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
    assert name not in listed.stdout
