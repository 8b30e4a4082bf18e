from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaos.clusters.embedded import forwarding


@dataclass
class Host:
    """A switch, the links, and our note of how it was, all in one folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.links.mkdir()

    @property
    def switch(self) -> Path:
        return self.folder / "ip_forward"

    @property
    def links(self) -> Path:
        return self.folder / "net"

    @property
    def before(self) -> Path:
        return self.folder / "before"

    def up(self, number: int) -> None:
        forwarding.turn_on(self.before, switch=self.switch, links=self.links)
        (self.links / f"chaos{number}").touch()

    def down(self, number: int) -> None:
        (self.links / f"chaos{number}").unlink()
        forwarding.put_back(self.before, switch=self.switch, links=self.links)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize("was", ["0", "1"])
def test_the_last_cluster_puts_back_what_the_first_one_found(host: Host, was: str) -> None:
    host.switch.write_text(f"{was}\n")

    for step, number, forwards in [
        (host.up, 0, "1"),
        (host.up, 1, "1"),
        (host.down, 0, "1"),
        (host.down, 1, was),
    ]:
        step(number)
        assert host.switch.read_text().strip() == forwards

    assert not host.before.exists()


def test_twice_down_does_not_take_back_what_the_user_has_turned_on_since(host: Host) -> None:
    host.switch.write_text("0\n")
    host.up(0)
    host.down(0)
    host.switch.write_text("1\n")

    forwarding.put_back(host.before, switch=host.switch, links=host.links)

    assert host.switch.read_text() == "1\n"


def test_a_note_from_before_a_reboot_is_not_believed(host: Host) -> None:
    host.before.write_text("0")
    host.switch.write_text("1\n")

    host.up(0)
    host.down(0)

    assert host.switch.read_text() == "1\n"


def test_a_cable_is_no_cluster(host: Host) -> None:
    host.switch.write_text("0\n")
    host.up(0)
    (host.links / "chaos1w1").touch()
    (host.links / "chaosmonkey").touch()

    host.down(0)

    assert host.switch.read_text().strip() == "0"


ALONE = """
from pathlib import Path
from chaos.clusters.embedded import forwarding, network
switch = forwarding.SWITCH
switch.write_text("0")
network.claim("one")
network.claim("two")
print(switch.read_text().strip())
network.remove("one")
print(switch.read_text().strip())
network.remove("two")
print(switch.read_text().strip())
"""


@pytest.mark.cluster
@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
)
def test_a_host_of_its_own_forwards_only_while_a_cluster_has_a_network(tmp_path: Path) -> None:
    (tmp_path / "pytest-chaos").mkdir()
    mounted = 'mount -t sysfs none /sys && exec "$0" -c "$1"'  # the links of this namespace
    said = subprocess.run(
        ["unshare", "-n", "-m", "sh", "-ec", mounted, sys.executable, ALONE],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout.split() == ["1", "1", "0"], said.stderr
    assert not (tmp_path / "pytest-chaos" / "ip_forward").exists()
