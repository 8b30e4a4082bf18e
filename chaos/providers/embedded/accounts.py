"""A control group's accounts: the memory that it holds and may hold, the CPU that it may use.

Version 1 has a folder for each controller, version 2 one for all; the files differ in their names
and in how they say "no limit" (kernel: admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst,
scheduler/sched-bwc.rst).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chaos.errors import CannotHere
from chaos.providers.embedded.cgroup import V1, Group

MIB = 2**20
BOUNDLESS = 2**60  # v1 has no word for "no limit": it is the largest number of whole pages
LEAST = 1000  # µs a period: the kernel's min_cfs_quota_period, below it a quota is EINVAL


@dataclass(frozen=True)
class Accounts:
    """Those of one control group."""

    group: Group

    @property
    def door(self) -> Path:
        """The file into which a process writes its id so that its memory goes on this account."""
        return self._folder("memory") / "cgroup.procs"

    @property
    def memory_mib(self) -> float:
        """What is held that is no copy of a file: anonymous and shared memory."""
        names = ("total_rss", "total_shmem") if self._is_v1 else ("anon", "shmem")
        stat = _numbers(self._folder("memory") / "memory.stat")
        return sum(stat.get(name, 0) for name in names) / MIB

    @property
    def limit_mib(self) -> float | None:
        """The most memory that it may hold; None without a limit."""
        file = "memory.limit_in_bytes" if self._is_v1 else "memory.max"
        said = _read(self._folder("memory") / file)
        return None if said in {"", "max"} or int(said) >= BOUNDLESS else int(said) / MIB

    @property
    def cpus(self) -> float | None:
        """How many CPUs it may use; None for all that there are."""
        quota, period = self._share()
        return None if quota in {"-1", "max", ""} else int(quota) / period

    @property
    def throttled(self) -> int:
        """In how many periods it wanted more CPU than it may use."""
        return _numbers(self._folder("cpu") / "cpu.stat").get("nr_throttled", 0)

    def allow(self, cpus: float | None) -> None:
        """Let it use so many CPUs; its period stays. CannotHere where the kernel has no quotas."""
        _, period = self._share()
        quota = None if cpus is None else max(LEAST, round(cpus * period))
        folder = self._folder("cpu")
        try:
            if self._is_v1:
                (folder / "cpu.cfs_quota_us").write_text(str(-1 if quota is None else quota))
            else:
                word = "max" if quota is None else str(quota)
                (folder / "cpu.max").write_text(f"{word} {period}")
        except OSError as error:
            raise CannotHere(f"this host gives no CPU quotas: {folder}: {error}") from error

    @property
    def _is_v1(self) -> bool:
        return isinstance(self.group, V1)

    def _folder(self, controller: str) -> Path:
        if isinstance(self.group, V1):
            return self.group.root / controller / self.group.path.lstrip("/")
        return self.group.folder

    def _share(self) -> tuple[str, int]:
        """The quota as it is written, and the period in µs; 100 ms is the kernel's default."""
        folder = self._folder("cpu")
        if self._is_v1:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        else:
            quota, _, period = _read(folder / "cpu.max").partition(" ")
        return quota, int(period or 100_000)


def _read(file: Path) -> str:
    """A file's words; none when the group has just gone."""
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _numbers(file: Path) -> dict[str, int]:
    pairs = (line.split() for line in _read(file).splitlines())
    return {name: int(value) for name, value in pairs}
