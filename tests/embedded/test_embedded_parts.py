"""What can be said about the embedded cluster without one."""

from __future__ import annotations

import json
import os
import ssl
import stat
import sys
import tomllib
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaos.clock import seconds
from chaos.errors import NoCluster
from chaos.options import MOST_NODES
from chaos.providers.embedded import cgroup, cluster, node_files
from chaos.providers.embedded.blocks import Block, Taken, blocks, choose
from chaos.providers.embedded.control_plane import PROGRAMS, command
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.network import listening, mac
from chaos.providers.embedded.pki import Identity, Pki
from chaos.providers.embedded.plan import Plan, load
from chaos.providers.embedded.profile import DEFAULT, FAST

NOTHING = Taken(networks=frozenset(), links=frozenset())


@pytest.fixture
def cache(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(short_folder))
    return short_folder


@pytest.fixture
def plan(cache: Path) -> Plan:
    return Plan("blue", Block(3), Path("/programs"), Path("/seed"))


def taken(*, network: str = "", link: str = "") -> Taken:
    return Taken(
        networks=frozenset([IPv4Network(network)] if network else []),
        links=frozenset([link]),
    )


def test_the_first_block_is_taken_when_nothing_is_in_the_way() -> None:
    assert choose(NOTHING) == Block(0)


@pytest.mark.parametrize(
    "in_the_way",
    [
        pytest.param(taken(network="198.18.5.0/24"), id="a-route-inside-the-block"),
        pytest.param(taken(network="198.18.0.0/19"), id="a-route-that-is-the-block"),
        pytest.param(taken(network="198.18.31.255/32"), id="one-address-of-the-block"),
        pytest.param(taken(link="chaos0"), id="a-link-of-the-name"),
    ],
)
def test_a_block_is_skipped_when_something_is_in_its_way(in_the_way: Taken) -> None:
    assert choose(in_the_way) == Block(1)


def test_a_neighbour_is_not_in_the_way() -> None:
    assert choose(taken(network="198.18.32.0/19", link="chaos1")) == Block(0)


def test_when_every_block_is_taken_the_error_names_each_with_its_reason() -> None:
    with pytest.raises(NoCluster) as caught:
        choose(taken(network="198.0.0.0/8"))

    assert all(block.uplink in str(caught.value) for block in blocks())
    assert "198.18.224.0/19 overlaps 198.0.0.0/8" in str(caught.value)


def test_blocks_do_not_overlap_and_their_parts_do_not_either() -> None:
    parts = [
        part
        for block in blocks()
        for part in (
            block.nodes,
            block.services,
            *(block.pods(n) for n in range(1, MOST_NODES + 1)),
        )
    ]

    assert len(parts) == len(set(parts)) == 16 * 32
    assert not any(block.host in part for block in blocks() for part in parts)
    assert all(block.host in block.subnet for block in blocks())
    assert all(block.node(MOST_NODES) in block.nodes for block in blocks())


def test_only_listeners_are_listening() -> None:
    table = """  sl  local_address rem_address   st tx_queue
   0: 00000000:192B 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000
"""

    assert listening(table) == {6443}


def test_addresses_tell_clusters_and_nodes_apart() -> None:
    assert len({mac("red", 0), mac("red", 1), mac("blue", 0), mac("blue", 1)}) == 4
    assert mac("red", 0)[:-3] == mac("red", 9)[:-3]


def test_fast_notices_a_dead_node_and_moves_its_pods_within_16_s() -> None:
    renewal = FAST.lease / 4
    assert FAST.monitor_grace >= 4 * renewal

    latest = FAST.monitor_grace + 2 * FAST.monitor_period + FAST.toleration

    assert latest + 3 <= 16  # 3 s for the new pod to start


def test_default_is_what_kubernetes_has() -> None:
    assert [DEFAULT.lease, DEFAULT.monitor_grace, DEFAULT.toleration] == list(
        map(seconds, (40, 50, 300))
    )


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_keys_are_private_from_the_first_moment(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        pki = Pki(tmp_path / "pki")
        pki.create()
        pki.issue("admin", Identity("admin", ["system:masters"], ["127.0.0.1", "here"]))
        who = Identity("me")
        pki.kubeconfig(tmp_path / "config", who, cluster="blue", api="https://198.18.0.1:6443")
    finally:
        os.umask(old)

    assert stat.S_IMODE(pki.folder.stat().st_mode) == 0o700
    files = [*pki.folder.iterdir(), tmp_path / "config"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_kubeconfigs_context_is_named_as_the_cluster(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "pki")
    pki.create()

    pki.kubeconfig(tmp_path / "config", Identity("me"), cluster="blue", api="https://x:1")

    config = yaml.safe_load((tmp_path / "config").read_text())
    assert config["current-context"] == config["contexts"][0]["name"] == "blue"
    assert config["clusters"][0]["cluster"]["server"] == "https://x:1"


def shake_hands(client: ssl.SSLObject, server: ssl.SSLObject, wires: tuple[Any, ...]) -> None:
    """A handshake without a network: what one says is laid before the other, in turns."""
    to_client, from_client, to_server, from_server = wires
    for _ in range(10):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
        to_server.write(from_client.read())
        to_client.write(from_server.read())


def test_a_client_that_reads_certificates_strictly_trusts_the_cluster(tmp_path: Path) -> None:
    """As every client of Python 3.13 and later does."""
    pki = Pki(tmp_path)
    pki.create()
    pki.issue("apiserver", Identity("kube-apiserver", reached_as=["198.18.0.1"]))
    pki.issue("me", Identity("me"))
    strict = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    strict.load_cert_chain(tmp_path / "me.crt", tmp_path / "me.key")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.crt"))
    serving.verify_flags |= ssl.VERIFY_X509_STRICT
    serving.verify_mode = ssl.CERT_REQUIRED
    serving.load_cert_chain(tmp_path / "apiserver.crt", tmp_path / "apiserver.key")
    wires = tuple(ssl.MemoryBIO() for _ in range(4))
    client = strict.wrap_bio(wires[0], wires[1], server_hostname="198.18.0.1")
    server = serving.wrap_bio(wires[2], wires[3], server_side=True)

    shake_hands(client, server, wires)

    assert client.getpeercert()
    assert server.getpeercert()


def test_strangers_are_not_let_in(plan: Plan) -> None:
    flags = [str(word) for word in command(plan, "kube-apiserver")]

    assert "--anonymous-auth=false" in flags
    assert f"--bind-address={plan.block.gateway}" in flags
    assert [flag for flag in flags if "authorization-mode" in flag] == [
        "--authorization-mode=Node,RBAC"
    ]


def test_etcd_is_reached_by_socket_files_only(plan: Plan) -> None:
    flags = [str(word) for word in command(plan, "etcd")]

    urls = [flag for flag in flags if "-urls=" in flag or "initial-cluster=" in flag]
    clients = [url for url in urls if url.endswith(f"unix://{plan.home.path}/etcd.sock")]
    # etcd drops the path of an address for peers, and a socket without a name is everybody's.
    peers = [url for url in urls if url.endswith("unix://peer.sock")]
    assert len(clients) == 2
    assert len(peers) == 3
    assert {*urls} == {*clients, *peers}
    assert not any("http" in flag for flag in flags)


@pytest.mark.parametrize("program", ["kube-controller-manager", "kube-scheduler"])
def test_controllers_and_scheduler_listen_on_nothing(plan: Plan, program: str) -> None:
    assert "--secure-port=0" in command(plan, program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_called_by_its_name(plan: Plan, program: str) -> None:
    assert command(plan, program)[0] == Path("/programs") / program


def test_the_kubelet_lets_nobody_in_without_a_certificate(plan: Plan) -> None:
    entry = node_files.kubelet(plan, node="worker1", disk=Path("/disk"))["authentication"]

    assert json.loads(json.dumps(entry)) == {
        "anonymous": {"enabled": False},
        "webhook": {"enabled": False},
        "x509": {"clientCAFile": f"{plan.pki}/ca.crt"},
    }


def test_what_kube_proxy_says_of_itself_is_said_on_the_nodes_own_loopback(plan: Plan) -> None:
    entry = node_files.proxy(plan, number=1, node="worker1")

    assert entry["metricsBindAddress"] == "127.0.0.1:10249"
    assert entry["healthzBindAddress"] == "127.0.0.1:10256"  # empty is 0.0.0.0:10256


def test_containerd_opens_no_door_that_nobody_needs(plan: Plan) -> None:
    told = tomllib.loads(node_files.containerd(plan, disk=Path("/disk")))

    assert told["plugins"]["io.containerd.nri.v1.nri"] == {"disable": True}
    assert told["grpc"] == {"address": node_files.SOCKET}
    assert "debug" not in told
    assert "metrics" not in told


def test_the_kubelet_looks_for_static_pods_on_its_own_disk(plan: Plan) -> None:
    settings = node_files.kubelet(plan, node="worker1", disk=Path("/disk"))

    assert settings["staticPodPath"] == f"/disk/{node_files.STATIC}"


def test_a_node_has_a_route_to_the_pods_of_every_other(plan: Plan) -> None:
    lines = node_files.routes(plan, number=2)

    assert not any(line.startswith(f"route add {plan.block.pods(2)}") for line in lines)
    assert f"route add {plan.block.pods(1)} via {plan.block.node(1)}" in lines
    assert len(lines) == 2 + MOST_NODES - 1


def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    plan.home.create()

    plan.save()

    assert load(plan.home) == plan


@pytest.mark.parametrize("content", ["", "[]", '{"name": "blue"}', "no json"])
def test_a_broken_plan_is_no_cluster(plan: Plan, content: str) -> None:
    plan.home.create()
    (plan.home.path / "plan.json").write_text(content)

    with pytest.raises(NoCluster, match=r"plan\.json"):
        load(plan.home)


def test_a_clusters_folder_is_private(plan: Plan) -> None:
    plan.home.create()

    assert stat.S_IMODE(plan.home.path.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["", "Blue", "a/b", "..", "-a", "a-", "a" * 31])
def test_a_name_that_would_not_do_everywhere_is_refused(name: str) -> None:
    with pytest.raises(NoCluster, match="cannot be named"):
        Home(name)


def test_a_socket_path_beyond_the_kernels_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ("x" * 90)))

    with pytest.raises(NoCluster, match="XDG_CACHE_HOME"):
        Home("blue").socket("etcd.sock")


def test_without_root_the_error_names_ways(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(NoCluster, match=r"root: sudo, or `chaos rootless pytest \.\.\.`"):
        cluster.EmbeddedCluster.up("blue", assets=Path("/programs"), images=[])

    assert not list(cache.iterdir())


def test_on_another_system_it_says_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert cluster.why_not() == "it is made of Linux namespaces, and this is darwin"


def test_v2_hands_the_controllers_down_and_keeps_processes_in_leaves(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "c"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.controllers").write_text("cpu cpuset memory pids rdma")
        (folder / "cgroup.subtree_control").write_text("")

    group = cgroup.V2("/c", tmp_path)
    group.branch()

    handed = (tmp_path / "c" / "cgroup.subtree_control").read_text()
    assert handed == "+cpu +cpuset +memory +pids"
    assert group.child("system").doors() == [tmp_path / "c" / "system" / "cgroup.procs"]


def test_containers_are_found_by_pod_and_container(tmp_path: Path) -> None:
    group = cgroup.V2("/c/worker1", tmp_path)
    inside = group.folder / "kubepods" / "besteffort" / "podU" / "C"
    for folder in (inside, inside.parent / "pause", inside.parents[1] / "podV" / "C"):
        folder.mkdir(parents=True)
        (folder / "cgroup.procs").write_text("")
    (inside / "cgroup.procs").write_text(f"{os.getpid()}\n")

    assert cgroup.container_processes(group, "U", "C") == [os.getpid()]
    assert cgroup.container_processes(group, "V", "C") == []
    assert cgroup.container_processes(group, "U", "D") == []
