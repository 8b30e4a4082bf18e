"""Each trial on this machine, and beside it on one where it must fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.errors import NoCluster
from chaos.private import cache
from chaos.providers.embedded import trials

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

# A host of its own: no links but lo, and /sys as such a host has it.
HOST = """
set -e
mount --make-rprivate /
mkdir groups
mount --rbind /sys/fs/cgroup groups
mount -t sysfs sysfs /sys
mount --rbind groups /sys/fs/cgroup
ip link set lo up
nft -f - <<'RULES'
{rules}
RULES
exec "$0" -c "$1"
"""
ASK = "from chaos.providers.embedded import trials; print(trials.network())"
NONE = ""
UFW = """
add table ip host
add chain ip host forward { type filter hook forward priority 0; policy drop; }
add chain ip host input { type filter hook input priority 0; policy drop; }
add rule ip host input iif lo accept
add rule ip host input ct state established,related accept
"""
NO_WAY_OUT = """
add table ip host
add chain ip host output { type filter hook output priority 0; policy accept; }
add rule ip host output oifname "chaos*" drop
"""


@pytest.fixture(autouse=True)
def elsewhere(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(short_folder))


def asked_behind(rules: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = HOST.format(rules=rules)
    command = ["unshare", "--net", "--mount", "sh", "-c", script, sys.executable, ASK]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("rules", [NONE, UFW], ids=["no firewall", "one that drops what comes in"])
def test_a_host_that_may_call_out_reaches_its_cluster(rules: str, tmp_path: Path) -> None:
    said = asked_behind(rules, tmp_path)

    assert said.stdout == "198.18.0.0/19 is free, and this host reaches it\n", said.stderr


def test_a_firewall_that_drops_what_goes_into_the_cluster_is_told(tmp_path: Path) -> None:
    said = asked_behind(NO_WAY_OUT, tmp_path)

    assert "NoCluster: calls from this host to 198.18.0.1 come to nothing: let its" in said.stderr


@pytest.mark.loopback
def test_nothing_is_left_of_a_trial() -> None:
    trials.network()
    trials.groups()

    name = f"pytest-chaos-doctor-{os.getpid()}"
    assert not list(Path("/sys/fs/cgroup").glob(f"*/{name}"))
    assert not Path(f"/sys/fs/cgroup/{name}").exists()
    assert list((cache() / "clusters").iterdir()) == []


def test_the_folder_of_clusters_must_run_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "bears" in trials.folder()

    real = os.statvfs(cache())
    flags = [*real[:8], real.f_flag | os.ST_NOEXEC, real.f_namemax]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(flags))
    with pytest.raises(NoCluster, match=r"noexec.*XDG_CACHE_HOME"):
        trials.folder()


def test_the_folder_of_clusters_must_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "ROOM_MIB", 1 << 40)

    with pytest.raises(NoCluster, match=r"MiB free in .*XDG_CACHE_HOME"):
        trials.folder()


def test_the_folder_of_clusters_must_not_lie_too_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ("deep" * 25)))

    with pytest.raises(NoCluster, match="a socket's path may have"):
        trials.folder()
