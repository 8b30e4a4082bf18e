"""Memory and CPU of a control group, on trees of plain files: a real version 2 was not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import CannotHere
from chaos.providers.embedded.accounts import Accounts
from chaos.providers.embedded.cgroup import V1, V2

V1_FILES = {
    "memory/pod/one/memory.stat": "rss 1\ntotal_rss 3145728\ntotal_shmem 1048576\ntotal_cache 9\n",
    "memory/pod/one/memory.limit_in_bytes": "67108864\n",
    "cpu/pod/one/cpu.cfs_quota_us": "-1\n",
    "cpu/pod/one/cpu.cfs_period_us": "50000\n",
    "cpu/pod/one/cpu.stat": "nr_periods 9\nnr_throttled 7\n",
}
V2_FILES = {
    "pod/one/memory.stat": "anon 3145728\nfile 9\nshmem 1048576\n",
    "pod/one/memory.max": "67108864\n",
    "pod/one/cpu.max": "max 50000\n",
    "pod/one/cpu.stat": "usage_usec 1\nnr_periods 9\nnr_throttled 7\n",
}
VERSIONS = pytest.mark.parametrize("version", [V1, V2])


def accounts(root: Path, version: type[V1 | V2], **changes: str) -> Accounts:
    """Those of a group whose files are as written above, but for some by their last names."""
    for name, text in (V1_FILES if version is V1 else V2_FILES).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(changes.get(file.name.replace(".", "_"), text))
    return Accounts(version("/pod/one", root))


@VERSIONS
def test_an_account_is_read_in_either_version(tmp_path: Path, version: type[V1 | V2]) -> None:
    one = accounts(tmp_path, version)

    assert (one.memory_mib, one.limit_mib) == (4, 64)
    assert (one.cpus, one.throttled) == (None, 7)
    assert one.door == tmp_path / ("memory/" if version is V1 else "") / "pod/one/cgroup.procs"


@VERSIONS
def test_a_group_without_a_limit_has_none(tmp_path: Path, version: type[V1 | V2]) -> None:
    boundless = {"memory_limit_in_bytes": "9223372036854771712", "memory_max": "max"}

    assert accounts(tmp_path, version, **boundless).limit_mib is None


@VERSIONS
def test_a_share_is_a_part_of_the_group_s_own_period(
    tmp_path: Path, version: type[V1 | V2]
) -> None:
    one = accounts(tmp_path, version)
    file = tmp_path / ("cpu/pod/one/cpu.cfs_quota_us" if version is V1 else "pod/one/cpu.max")
    written = []

    for cpus in (0.5, 2.0, 0.0001, None):
        one.allow(cpus)
        written.append(file.read_text().split()[0])
        assert one.cpus == {0.0001: 0.02}.get(cpus or 1, cpus)

    assert written == ["25000", "100000", "1000", "-1" if version is V1 else "max"]
    assert version is V1 or file.read_text() == "max 50000"


@VERSIONS
def test_a_group_that_has_gone_holds_nothing(tmp_path: Path, version: type[V1 | V2]) -> None:
    gone = Accounts(version("/gone", tmp_path))

    assert (gone.memory_mib, gone.limit_mib, gone.cpus, gone.throttled) == (0, None, None, 0)


@VERSIONS
def test_a_host_without_quotas_says_so(tmp_path: Path, version: type[V1 | V2]) -> None:
    with pytest.raises(CannotHere, match="gives no CPU quotas"):
        Accounts(version("/gone", tmp_path)).allow(0.5)
