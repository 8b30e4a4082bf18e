"""The embedded cluster as it really is: needs root, and takes most of a minute."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG, OFTEN
from project import named

from chaos.clock import poll, seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.images import own
from chaos.ports.inventory import Owner
from chaos.providers.embedded import cgroup, cgroup_tree, network
from chaos.providers.embedded.api import Api
from chaos.providers.embedded.blocks import PORT
from chaos.providers.embedded.bootstrap import Bootstrap
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.inventory import running, take_down

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

HOST = Path("/proc/net")
NAMES = [named(part) for part in ("embedded", "two", "killed", "lost", "failed")]
NAME, TWO, KILLED, LOST, FAILED = NAMES
CONTROLLERS = "kube-controller-manager"

LEAK = "kept = []\nwhile True: kept.append(bytearray(1 << 20))"
HARNESS = """
import sys
from pathlib import Path
from chaos.images import own
from chaos.providers.embedded.cluster import EmbeddedCluster
say = lambda words: print(words, flush=True)
pictures = [own.pause(), own.patient()]
name, programs = sys.argv[1:]
EmbeddedCluster.up(name, nodes=1, assets=Path(programs), images=pictures, say=say)
sys.stdin.read()
"""


def leftovers() -> list[str]:
    return [one.name for one in running() if one.owner is Owner.NOBODY]


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    return traces()


@pytest.fixture(scope="module")
def cluster(programs: Path, before: dict[str, Any]) -> Iterator[EmbeddedCluster]:
    made = make(NAME, programs)
    yield made
    made.down()


@pytest.fixture(scope="module")
def pods(cluster: EmbeddedCluster) -> dict[str, str]:
    """A patient on each node, and the service `web` in front of both: node to pod's address."""
    for node in cluster.nodes:
        kubectl(cluster, "apply", "-f", "-", text=json.dumps(patient(node)))
    service = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
    thing = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": service}
    kubectl(cluster, "apply", "-f", "-", text=json.dumps(thing))
    kubectl(
        cluster, "wait", "pod", "-l", "app=web", "--for=condition=Ready", f"--timeout={LONG:g}s"
    )
    listed = json.loads(kubectl(cluster, "get", "pods", "-o", "json"))["items"]
    return {pod["spec"]["nodeName"]: pod["status"]["podIP"] for pod in listed}


def make(name: str, programs: Path, *, nodes: int = 2) -> EmbeddedCluster:
    pictures = [own.pause(), own.patient()]
    return EmbeddedCluster.up(name, nodes=nodes, assets=programs, images=pictures, say=print)


def patient(node: str, *, name: str = "") -> dict[str, Any]:
    container = {
        "name": "patient",
        "image": own.patient().tag,
        "imagePullPolicy": "Never",
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name or f"on-{node}", "labels": {"app": name or "web"}},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [container],
        },
    }


def kubectl(cluster: EmbeddedCluster, *words: str, text: str = "") -> str:
    command = [str(cluster.plan.assets / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", *words]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=LONG, check=False
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def serves(cluster: EmbeddedCluster, node: str, address: str) -> bool:
    """Whether a pod on the node gets an answer from the address yet."""
    try:
        return fetch(cluster, node=node, address=address) == "200"
    except AssertionError:
        return False


def fetch(cluster: EmbeddedCluster, *, node: str, address: str) -> str:
    """The HTTP status that a pod on the node gets from the address."""
    script = (
        "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3); "
        "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(s.recv(99).decode().split()[1])"
    )
    python, (host, port) = interpreter(cluster, f"on-{node}"), address.split(":")
    return kubectl(cluster, "exec", f"on-{node}", "--", python, "-c", script, host, port).strip()


def interpreter(cluster: EmbeddedCluster, pod: str) -> str:
    """Where its image has Python."""
    first = processes(cluster, look(cluster, pod))[0]
    return str(Path(f"/proc/{first}/exe").readlink())


def look(cluster: EmbeddedCluster, pod: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl(cluster, "get", "pod", pod, "-o", "json"))
    return found


def container_status(cluster: EmbeddedCluster, pod: str) -> dict[str, Any]:
    """What the kubelet says of a pod's only container; nothing before it has seen it."""
    said: dict[str, Any] = (look(cluster, pod)["status"].get("containerStatuses") or [{}])[0]
    return said


def processes(cluster: EmbeddedCluster, pod: dict[str, Any]) -> list[int]:
    container = pod["status"]["containerStatuses"][0]["containerID"]
    machine = cluster.machine(pod["spec"]["nodeName"])
    return machine.container_pids(pod["metadata"]["uid"], container)


def mine(text: str) -> bool:
    return any(name in text for name in NAMES)


def traces() -> dict[str, Any]:
    """All that a cluster of ours could leave; a link is a cluster's by its address."""
    links = {link for name in NAMES for link in network.links(name)}
    routes = network.ip("-4", "route", "show", "table", "all").splitlines()
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return {
        "fences": sorted(filter(mine, fences())),
        "links": sorted(links),
        "routes": sorted(route for route in routes if links & {*route.split()}),
        "mounts": sorted(filter(mine, mounts)),
        "groups": sorted(str(top) for top in cgroup_tree.folders(cgroup.ROOT) if mine(top.name)),
        "processes": sorted(ours()),
        "files": sorted(filter(mine, map(str, Home("any").path.parent.glob("contract*")))),
        "host": [Path(path).exists() for path in ("/var/lib/kubelet", "/etc/cni", "/opt/cni")],
        "strays": strays(),
    }


def strays() -> set[str]:
    """Links like ours that are no standing cluster's.

    One of ours that has lost its address would be here; one of another cluster that is half made
    or half undone is, for a moment.
    """
    known = {link for one in running() for link in network.links(one.name)}
    return {path.name for path in Path("/sys/class/net").glob("chaos*")} - known


def assert_only(there: dict[str, Any]) -> None:
    """Nothing is left that was not there, and nothing of ours that was there is gone."""
    assert soon(lambda: is_as(there, traces())), traces()


def is_as(there: dict[str, Any], now: dict[str, Any]) -> bool:
    """The same; but a stray that was there may have gone, with its half undone cluster."""
    return now == {**there, "strays": now["strays"] & there["strays"]}


def fences() -> list[str]:
    """The clusters that have a fence."""
    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
    tables = [line.split()[-1] for line in listed.stdout.splitlines()]
    return [name.removeprefix("chaos_").replace("_", "-") for name in tables if "chaos_" in name]


def ours() -> list[str]:
    """The command lines that could be a cluster's of ours."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = os.fsdecode(file.read_bytes()).replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if mine(line) and ("pytest-chaos/clusters/" in line or "embedded.guard" in line):
            found.append(f"{file.parent.name} {line}")
    return found


def soon(condition: Callable[[], bool]) -> bool:
    return poll(condition, within=LONG, every=OFTEN)


def boot(cluster: EmbeddedCluster) -> str:
    """What worker2 says that it has booted as."""
    return kubectl(cluster, "get", "node", "worker2", "-o", "jsonpath={.status.nodeInfo.bootID}")


def has_gone(name: str) -> bool:
    return name not in {one.name for one in running()} and not network.links(name)


def test_two_worker_nodes_are_ready_when_it_is_up(cluster: EmbeddedCluster) -> None:
    assert cluster.nodes == ["worker1", "worker2"]
    assert Api(cluster.plan).ready_nodes() == {"worker1", "worker2"}
    assert kubectl(cluster, "config", "current-context").strip() == NAME


def test_what_a_first_start_writes_is_there_and_is_the_api_servers_own(
    cluster: EmbeddedCluster,
) -> None:
    """Laid from an earlier start or not: the API server holds it for its own and keeps it so."""
    roles = json.loads(kubectl(cluster, "get", "clusterroles", "-o", "json"))["items"]
    view = next(role for role in roles if role["metadata"]["name"] == "view")
    assert view["metadata"]["annotations"]["rbac.authorization.kubernetes.io/autoupdate"] == "true"
    assert "pods" in {kind for rule in view["rules"] for kind in rule.get("resources", ())}
    first = json.loads(Bootstrap(cluster.plan).file.read_text())
    assert len([*first]) >= len(roles)


def test_strangers_are_refused(cluster: EmbeddedCluster) -> None:
    trust = ssl.create_default_context(cafile=str(cluster.plan.pki / "ca.crt"))
    block = cluster.plan.block
    wire = http.client.HTTPSConnection(str(block.gateway), PORT, context=trust, timeout=LONG)

    wire.request("GET", "/api/v1/namespaces")
    status = wire.getresponse().status
    wire.close()

    assert status == 401


def test_only_the_api_listens_and_only_on_the_switch(cluster: EmbeddedCluster) -> None:
    mine = cgroup.members(cluster.plan.group.child("control-plane"))
    files = [file for pid in mine for file in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {str(file.readlink()) for file in files if file.is_symlink()}
    own = Path(f"/proc/{mine[0]}/net")
    tables = "".join((net / table).read_text() for net in (own, HOST) for table in ("tcp", "tcp6"))
    rows = [line.split() for line in tables.splitlines() if ":" in line]
    listeners = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]

    packed = cluster.plan.block.gateway.packed[::-1].hex().upper()
    assert listeners == [f"{packed}:{PORT:04X}"]


def test_pods_reach_each_other_and_the_service_from_every_node(
    cluster: EmbeddedCluster, pods: dict[str, str]
) -> None:
    service = kubectl(cluster, "get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")

    for node in cluster.nodes:
        answers = [fetch(cluster, node=node, address=f"{ip}:8080") for ip in pods.values()]
        assert answers == ["200", "200"]
        # kube-proxy learns of endpoints from a watch and writes rules once a second at most
        assert poll(
            partial(serves, cluster, node, f"{service}:80"), within=LONG, every=seconds(0.2)
        )


def test_the_host_calls_in_and_no_pod_calls_out(
    cluster: EmbeddedCluster, pods: dict[str, str]
) -> None:
    here = str(cluster.plan.block.host)
    with socketserver.TCPServer((here, 0), socketserver.BaseRequestHandler) as server:
        port = server.server_address[1]
        socket.create_connection((here, port), timeout=LONG).close()  # somebody is there

        for node, address in pods.items():
            socket.create_connection((address, 8080), timeout=LONG).close()
            with pytest.raises(AssertionError, match="Connection refused"):
                fetch(cluster, node=node, address=f"{here}:{port}")


def test_logs_and_port_forward_work(
    cluster: EmbeddedCluster, pods: dict[str, str], tmp_path: Path
) -> None:
    kubectl(cluster, "logs", "on-worker1")
    command = [str(cluster.plan.assets / "kubectl"), f"--kubeconfig={cluster.kubeconfig}"]
    said = tmp_path / "said"
    with (
        said.open("w") as out,
        subprocess.Popen(
            [*command, "port-forward", "pod/on-worker1", ":8080"], stdout=out
        ) as forward,
    ):
        hear(said, "127.0.0.1:")
        port = int(said.read_text().split("127.0.0.1:")[1].split()[0])
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
        wire.request("GET", "/")
        wire.getresponse().read()
        wire.close()
        forward.terminate()


def test_a_containers_processes_are_found_from_the_api_object(
    cluster: EmbeddedCluster, pods: dict[str, str]
) -> None:
    pod = look(cluster, "on-worker1")
    container = pod["status"]["containerStatuses"][0]["containerID"]

    pids = processes(cluster, pod)

    assert cgroup.namespaced(pids[0])[-1] == 1
    assert "python" in str(Path(f"/proc/{pids[0]}/exe").readlink())
    assert not cluster.machine("worker2").container_pids(pod["metadata"]["uid"], container)


def test_a_container_that_was_killed_is_run_again(
    cluster: EmbeddedCluster, pods: dict[str, str]
) -> None:
    os.kill(processes(cluster, look(cluster, "on-worker1"))[0], signal.SIGKILL)

    assert soon(lambda: container_status(cluster, "on-worker1")["restartCount"] == 1)
    assert soon(lambda: container_status(cluster, "on-worker1")["ready"])
    ended = container_status(cluster, "on-worker1")["lastState"]["terminated"]
    assert ended["exitCode"] == 128 + signal.SIGKILL


def test_a_leak_is_ended_by_its_limit(cluster: EmbeddedCluster, pods: dict[str, str]) -> None:
    leak = patient("worker1", name="leak")
    container = leak["spec"]["containers"][0]
    container["command"] = [interpreter(cluster, "on-worker1"), "-c", LEAK]
    container["resources"] = {"limits": {"memory": "64Mi"}}
    kubectl(cluster, "apply", "-f", "-", text=json.dumps(leak))

    assert soon(lambda: container_status(cluster, "leak").get("restartCount", 0) > 0)
    ended = container_status(cluster, "leak")["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 128 + signal.SIGKILL)
    kubectl(cluster, "delete", "pod", "leak", "--wait=false")


def test_power_off_is_noticed_and_power_on_brings_the_same_machine_back(
    cluster: EmbeddedCluster, pods: dict[str, str]
) -> None:
    machine, api = cluster.machine("worker2"), Api(cluster.plan)
    uid = kubectl(cluster, "get", "node", "worker2", "-o", "jsonpath={.metadata.uid}")
    before = boot(cluster)
    (machine.disk / "lib" / "kubelet" / "mark").touch()

    machine.power_off()
    machine.power_off()

    assert not machine.is_on
    assert soon(lambda: api.ready_nodes() == {"worker1"})

    machine.power_on()
    machine.power_on()

    assert machine.is_on
    assert soon(lambda: api.ready_nodes() == {"worker1", "worker2"})
    again = kubectl(cluster, "get", "node", "worker2", "-o", "json")
    node = json.loads(again)
    assert node["metadata"]["uid"] == uid
    assert node["status"]["nodeInfo"]["bootID"] != before
    assert (machine.disk / "lib" / "kubelet" / "mark").exists()


@pytest.mark.parametrize("wait", [1, 2, 3])
def test_a_boot_cut_short_is_done_anew(
    cluster: EmbeddedCluster, monkeypatch: pytest.MonkeyPatch, wait: int
) -> None:
    machine, api = cluster.machine("worker2"), Api(cluster.plan)
    machine.power_off()
    assert soon(lambda: api.ready_nodes() == {"worker1"})
    waits = iter(range(1, wait + 1))

    def impatient(condition: Callable[[], bool], **times: Any) -> bool:
        if next(waits) == wait:
            raise KeyboardInterrupt
        return poll(condition, **times)

    with monkeypatch.context() as patch:
        patch.setattr("chaos.providers.embedded.node_programs.poll", impatient)
        with pytest.raises(KeyboardInterrupt):
            machine.power_on()
    machine.power_on()

    assert soon(lambda: api.ready_nodes() == {"worker1", "worker2"})


@pytest.mark.parametrize("step", ["os.kill", "Switch.unplug"])
def test_a_plug_that_was_pulled_half_way_is_put_back(
    cluster: EmbeddedCluster, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whoever dies in the middle leaves a machine that is cut off, and may run: `heal` mends it."""
    machine, api = cluster.machine("worker2"), Api(cluster.plan)
    before = boot(cluster)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"chaos.providers.embedded.machine.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            machine.power_off()
    machine.power_on()

    assert soon(lambda: boot(cluster) != before)
    assert soon(lambda: api.ready_nodes() == {"worker1", "worker2"})


def test_nodes_come_and_go(cluster: EmbeddedCluster) -> None:
    machine = cluster.add_node()
    assert cluster.nodes == ["worker1", "worker2", "worker3"]
    assert machine.name in Api(cluster.plan).ready_nodes()

    cluster.remove_node(machine.name)

    assert cluster.nodes == ["worker1", "worker2"]
    with pytest.raises(NoSuchTarget, match="worker1, worker2"):
        cluster.machine("worker3")
    assert "worker3" not in kubectl(cluster, "get", "nodes", "-o", "name")


def test_a_program_of_the_control_plane_dies_and_comes_back(cluster: EmbeddedCluster) -> None:
    plane = cluster.control_plane

    plane.kill("kube-scheduler")
    assert not plane.is_running("kube-scheduler")

    plane.start("kube-scheduler")
    assert plane.is_running("kube-scheduler")


def test_the_controllers_come_back_with_the_api_server_that_they_would_end_without(
    cluster: EmbeddedCluster,
) -> None:
    plane = cluster.control_plane
    controllers, api = plane.service(CONTROLLERS), plane.service("kube-apiserver")
    controllers.stop()
    api.freeze()
    with pytest.raises(NoSuchTarget, match=f"{CONTROLLERS} is started later: of kube-apiserver, "):
        controllers.start()
    assert not plane.is_running(CONTROLLERS)

    api.thaw()
    assert plane.is_running(CONTROLLERS)


def test_controllers_that_are_ended_again_do_not_come_back_with_the_api_server(
    cluster: EmbeddedCluster,
) -> None:
    plane = cluster.control_plane
    controllers, store = plane.service(CONTROLLERS), plane.service("etcd")
    controllers.stop()
    store.stop()
    with pytest.raises(NoSuchTarget, match=f"{CONTROLLERS} is started later: etcd is down"):
        controllers.start()

    controllers.stop()
    store.start()
    assert not plane.is_running(CONTROLLERS)

    controllers.start()
    assert plane.is_running(CONTROLLERS)


def test_a_kubelet_that_is_ended_again_does_not_come_back_with_its_runtime(
    cluster: EmbeddedCluster,
) -> None:
    machine = cluster.machine("worker1")
    kubelet, runtime = machine.program("kubelet"), machine.program("containerd")
    kubelet.stop()
    runtime.freeze()
    with pytest.raises(NoSuchTarget, match="kubelet of worker1 is started later"):
        kubelet.start()

    kubelet.stop()
    runtime.thaw()
    assert kubelet.trouble() == "its process is gone"

    kubelet.start()
    assert kubelet.trouble() == ""


def test_a_cluster_in_use_is_neither_made_again_nor_taken_down(
    cluster: EmbeddedCluster, programs: Path
) -> None:
    with pytest.raises(NoCluster, match="harness that is running"):
        make(NAME, programs)
    with pytest.raises(NoCluster, match="harness that is running"):
        take_down(NAME, patience=seconds(0.1))

    assert [one.owner for one in running() if one.name == NAME] == [Owner.HARNESS]


def test_a_cluster_of_another_cache_is_let_alone(
    cluster: EmbeddedCluster, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert [one.owner for one in running() if one.name == cluster.name] == [Owner.ELSEWHERE]
    assert cluster.name not in leftovers()
    with pytest.raises(NoCluster, match="runs here"):
        EmbeddedCluster.up(cluster.name, assets=programs, images=[])


def test_two_clusters_do_not_meet_and_one_is_kept_until_taken_down_by_name(
    cluster: EmbeddedCluster, programs: Path
) -> None:
    there = traces()
    other = make(TWO, programs, nodes=1)
    try:
        assert other.plan.block != cluster.plan.block
        assert Api(other.plan).ready_nodes() == {"worker1"}
        assert Api(cluster.plan).ready_nodes() == {"worker1", "worker2"}
        other.keep()
        assert [one.owner for one in running() if one.name == other.name] == [Owner.KEPT]
        assert other.name not in leftovers()
        assert EmbeddedCluster.find(other.name).nodes == ["worker1"]
    finally:
        take_down(other.name)

    assert_only(there)


def start_harness(name: str, programs: Path, said: Path) -> subprocess.Popen[bytes]:
    with said.open("wb") as out:
        command = [sys.executable, "-c", HARNESS, name, str(programs)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)


def hear(said: Path, word: str) -> None:
    assert soon(lambda: word in said.read_text()), f"never {word!r}:\n{said.read_text()}"


@pytest.mark.parametrize("moment", ["API server started", "ready"])
def test_the_guard_clears_up_after_a_harness_that_was_killed(
    programs: Path, moment: str, tmp_path: Path
) -> None:
    there = traces()
    with start_harness(KILLED, programs, tmp_path / "said") as harness:
        hear(tmp_path / "said", moment)
        harness.kill()

    assert soon(lambda: has_gone(KILLED))
    assert_only(there)


def test_what_harness_and_guard_left_is_found_and_taken_down_by_name(
    programs: Path, tmp_path: Path
) -> None:
    there = traces()
    with start_harness(LOST, programs, tmp_path / "said") as harness:
        hear(tmp_path / "said", "ready")
        [guard] = [line for line in ours() if f"guard {LOST}" in line]
        os.kill(int(guard.split()[0]), signal.SIGKILL)
        harness.kill()

    assert LOST in leftovers()

    take_down(LOST)

    assert LOST not in leftovers()
    assert_only(there)


def test_nothing_is_left_of_a_start_that_fails(programs: Path, tmp_path: Path) -> None:
    there = traces()
    for program in programs.iterdir():
        (tmp_path / program.name).symlink_to(program.resolve())
    (tmp_path / "kube-apiserver").unlink()
    (tmp_path / "kube-apiserver").write_text("#!/bin/sh\necho no such luck\nexit 1\n")
    (tmp_path / "kube-apiserver").chmod(0o755)

    with pytest.raises(NoCluster, match=r"kube-apiserver ended(?s:.*)no such luck") as caught:
        make(FAILED, tmp_path)

    logs = Path(str(caught.value).split("are in ")[1].rstrip(")"))
    assert "no such luck" in (logs / "kube-apiserver.log").read_text()

    assert_only(there)


def test_down_leaves_nothing(cluster: EmbeddedCluster, before: dict[str, Any]) -> None:
    """Last in the file: the cluster of all the others goes."""
    cluster.down()
    cluster.down()

    assert_only(before)
