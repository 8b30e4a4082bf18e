"""What keeps other users out, in the kernel itself: in a network namespace that is thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deadlines import LONG
from strangers import NOBODY, answers

from chaos.clock import poll, seconds
from chaos.providers.embedded import fence
from chaos.providers.embedded.blocks import PORT, Block
from chaos.proxies.doors import NotShut, shutting

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip"),
        reason="needs root, nft and ip",
    ),
]

NAME, BLOCK = "a-cluster", Block(15)
API, POD = str(BLOCK.gateway), str(BLOCK.nodes[3])
REFUSED = "ConnectionRefusedError"
FORWARD = "net.ipv4.ip_forward=1"
SERVE = "import socketserver as s; s.TCPServer((%r, %d), s.BaseRequestHandler).serve_forever(0.05)"
OFTEN = seconds(0.05)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def host() -> Iterator[str]:
    """A machine of its own, as far as networks go."""
    name = f"chaos-test-{uuid.uuid4().hex[:8]}"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@contextmanager
def serving(name: str, address: str, port: int) -> Iterator[None]:
    command = [*inside(name), sys.executable, "-c", SERVE % (address, port)]
    with subprocess.Popen(command) as server:
        try:
            here = ("tcp", f"{address}:{port}")
            up = poll(
                lambda: answers(here, user=0, within=inside(name)) == ["open"],
                within=LONG,
                every=OFTEN,
            )
            assert up
            yield
        finally:
            server.kill()


def inside(name: str) -> list[str]:
    return ["ip", "netns", "exec", name]


def work_in(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness' own `nft` works in this machine's network."""
    nft = shutil.which("nft")
    (folder / "nft").write_text(f'#!/bin/sh\nexec ip netns exec {name} {nft} "$@"\n')
    (folder / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def cable(near: str, name: str, far: str) -> None:
    """A link `name` to another machine's eth0, both ends up."""
    ip("-n", near, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", far)
    ip("-n", near, "link", "set", name, "up")
    ip("-n", far, "link", "set", "eth0", "up")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A host whose pods, behind its link into a cluster, obey everybody."""
    with host() as name, host() as inside, host() as elsewhere:
        work_in(name, tmp_path, monkeypatch)
        cable(name, BLOCK.uplink, inside)
        cable(name, "lan", elsewhere)
        ip("-n", inside, "addr", "add", f"{BLOCK.gateway}/25", "dev", "eth0")
        ip("-n", inside, "addr", "add", f"{POD}/25", "dev", "eth0")
        ip("-n", inside, "route", "add", "default", "via", str(BLOCK.nodes[2]))
        ip("-n", name, "addr", "add", f"{BLOCK.nodes[2]}/25", "dev", BLOCK.uplink)
        ip("-n", name, "addr", "add", "192.0.2.1/24", "dev", "lan")
        ip("-n", elsewhere, "addr", "add", "192.0.2.2/24", "dev", "eth0")
        ip("-n", elsewhere, "route", "add", "default", "via", "192.0.2.1")
        subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw", FORWARD], check=True)
        with (
            serving(inside, POD, 8080),
            serving(inside, API, PORT),
            serving(inside, API, 10250),
            serving(elsewhere, "192.0.2.2", 80),
        ):
            yield f"{name} {elsewhere}"


def reach(where: str, *, frm: str, user: int) -> object:
    (answer,) = answers(("tcp", where), user=user, within=inside(frm))
    return answer


def test_without_the_fence_everybody_reaches_the_pods(machine: str) -> None:
    name, elsewhere = machine.split()

    assert reach(f"{POD}:8080", frm=name, user=NOBODY) == "open"
    assert reach(f"{POD}:8080", frm=elsewhere, user=0) == "open"


def test_with_the_fence_only_root_of_this_machine_does(machine: str) -> None:
    name, elsewhere = machine.split()

    fence.put_up(NAME, BLOCK)

    assert reach(f"{POD}:8080", frm=name, user=0) == "open"
    assert reach(f"{POD}:8080", frm=name, user=NOBODY) == REFUSED
    assert reach(f"{POD}:8080", frm=elsewhere, user=0) == REFUSED
    assert reach("192.0.2.2:80", frm=name, user=NOBODY) == "open"  # no business of ours


def test_the_api_server_alone_is_not_behind_the_fence_for_this_machine(machine: str) -> None:
    name, elsewhere = machine.split()
    fence.put_up(NAME, BLOCK)

    assert reach(f"{API}:{PORT}", frm=name, user=NOBODY) == "open"
    assert reach(f"{API}:10250", frm=name, user=NOBODY) == REFUSED
    assert reach(f"{POD}:8080", frm=name, user=NOBODY) == REFUSED
    assert reach(f"{API}:{PORT}", frm=elsewhere, user=0) == REFUSED


def test_a_fence_is_put_up_twice_and_taken_down_twice_and_nothing_is_left(machine: str) -> None:
    name, _ = machine.split()

    fence.put_up(NAME, BLOCK)
    fence.put_up(NAME, BLOCK)
    assert reach(f"{POD}:8080", frm=name, user=NOBODY) == REFUSED
    fence.take_down(NAME)
    fence.take_down(NAME)

    assert tables(name) == ""
    assert reach(f"{POD}:8080", frm=name, user=NOBODY) == "open"


KILLED = """
import subprocess
from chaos.clock import poll, seconds
from chaos.providers.embedded import network
with subprocess.Popen(["unshare", "--net", "sleep", "60"]) as switch:
    poll(lambda: open(f"/proc/{switch.pid}/comm").read() == "sleep\\n",
         within=seconds(60), every=seconds(0.01))
    network.claim("a-cluster", switch.pid)
    print(len(network.links("a-cluster")), subprocess.getoutput("nft list tables"))
    switch.kill()
poll(lambda: not network.links("a-cluster"), within=seconds(60), every=seconds(0.01))
print(len(network.links("a-cluster")))
network.remove("a-cluster")
print(subprocess.getoutput("nft list tables") or "nothing")
"""


def test_a_fence_goes_whose_link_went_with_the_clusters_network(tmp_path: Path) -> None:
    (tmp_path / "pytest-chaos").mkdir()
    mounted = 'mount -t sysfs none /sys && exec "$0" -c "$1"'  # the links of this namespace
    said = subprocess.run(
        ["unshare", "-n", "-m", "sh", "-ec", mounted, sys.executable, KILLED],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.splitlines() == ["1 table inet chaos_a_cluster", "0", "nothing"]


def tables(name: str) -> str:
    listed = [*inside(name), "nft", "list", "tables"]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout


def test_a_shut_door_is_ours_alone_and_its_neighbour_is_everybodys(
    machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = machine.split()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with shutting("chaos-test") as doors:
        doors.shut(7001)
        doors.shut(7002)

        with serving(name, "127.0.0.1", 7001), serving(name, "127.0.0.1", 7003):
            assert reach("127.0.0.1:7001", frm=name, user=0) == "open"
            assert reach("127.0.0.1:7001", frm=name, user=NOBODY) == REFUSED
            assert reach("127.0.0.1:7003", frm=name, user=NOBODY) == "open"
        assert doors.ports() == {7001, 7002}

    assert poll(lambda: tables(name) == "", within=LONG, every=OFTEN)
    assert list((tmp_path / "home").iterdir()) == []


HOLDER = """
import sys
from chaos.proxies.doors import shutting
with shutting("chaos-test") as doors:
    doors.shut(7001)
    print("shut", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_no_rule_behind(
    machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = machine.split()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "shut\n"
        assert "chaos-test" in tables(name)

        holder.send_signal(signal.SIGKILL)
        holder.wait()

    assert poll(lambda: tables(name) == "", within=LONG, every=OFTEN)
    assert list((tmp_path / "home").iterdir()) == []


def test_without_nft_no_door_is_said_to_be_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(NotShut, match="apt-get install nftables"), shutting("chaos-test"):
        pass


def test_an_nft_that_does_nothing_shuts_no_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nft").write_text("#!/bin/sh\nexec cat\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("chaos.proxies.doors.IN_FORCE", seconds(0.1))

    with pytest.raises(NotShut, match="port 7001 is not shut"), shutting("chaos-test") as doors:
        doors.shut(7001)
