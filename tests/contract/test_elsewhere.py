"""The cluster on other machines than this one, as far as this one can be like them.

What every machine must have is tried on one that has all that is hard at once; `scripts/nightly`
tries each by itself, and with the whole contract.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deadlines import LONG

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

ROOT = Path(__file__).parents[2]
HARD = "ufw,strict,no-ipv6,overlay,no-hosts,no-root"
TESTS = "two_worker or reach_each_other or calls_out or power_off or down_leaves_nothing"


def elsewhere(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["scripts/elsewhere", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=4 * LONG, check=False
    )


def test_a_cluster_comes_up_where_everything_is_hard() -> None:
    pytest_there = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", TESTS)

    said = elsewhere(HARD, *pytest_there, "tests/contract/test_embedded_cluster.py")

    assert said.returncode == 0, said.stdout
    assert "5 passed" in said.stdout


def test_there_it_is_really_as_hard_as_it_says() -> None:
    look = """
    findmnt --noheadings --output FSTYPE --target "$XDG_CACHE_HOME"
    nft list ruleset | grep --count 'policy drop'
    cat /proc/sys/net/ipv4/conf/all/rp_filter
    cat /proc/sys/net/ipv6/conf/all/disable_ipv6 || echo 1
    test ! -e /etc/hosts
    tr -s ' ' </proc/self/uid_map
    """
    said = elsewhere(HARD, "sh", "-ec", look).stdout

    assert said.split() == ["overlay", "2", "1", "1", "0", "0", "65536"]


def test_a_machine_that_nobody_has_is_refused() -> None:
    said = elsewhere("moon", "true")

    assert said.returncode == 2
    assert "no trait moon" in said.stderr
