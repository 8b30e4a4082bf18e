"""How long a cluster takes to come up, step by step, and what it weighs.

    python benchmarks/cluster_start.py [--nodes 2] [--trials 3] [--cold]

Needs root. With --cold the kernel's page cache is dropped before each trial, which slows down
everything else on the machine for a while.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections import Counter
from pathlib import Path

from chaos.clock import SystemClock
from chaos.images import own
from chaos.providers.embedded import assets, inotify
from chaos.providers.embedded.cgroup import members
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.program import called

NAME = "benchmark"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, default=2)
    options.add_argument("--trials", type=int, default=3)
    options.add_argument("--cold", action="store_true")
    chosen = options.parse_args()
    programs = assets.find(print)
    pictures = [own.pause(), own.patient()]
    took = [trial(programs, pictures, chosen) for _ in range(chosen.trials)]
    print(f"start of 1 + {chosen.nodes}: median {statistics.median(took):.2f} s of {len(took)}")


def trial(programs: Path, pictures: list[own.Image], chosen: argparse.Namespace) -> float:
    if chosen.cold:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")
    clock = SystemClock()
    cluster = EmbeddedCluster.up(
        NAME,
        nodes=chosen.nodes,
        assets=programs,
        images=pictures,
        say=lambda step: print(f"{clock.now():6.2f} s  {step}"),
    )
    took = clock.now()
    weigh(cluster)
    down = SystemClock()
    cluster.down()
    print(f"{down.now():6.2f} s  to take it down\n")
    return took


def weigh(cluster: EmbeddedCluster) -> None:
    """Proportional set sizes: what processes share counts once. And their inotify instances."""
    sizes: Counter[str] = Counter()
    watching: Counter[str] = Counter()
    for pid in members(cluster.plan.group):
        sizes[called(pid)] += pss(pid)
        watching[called(pid)] += inotify.open_in(Path(f"/proc/{pid}"))
    print("  ".join(f"{name} {size / 2**20:.0f}" for name, size in sizes.most_common(8)))
    print(f"{sizes.total() / 2**20:.0f} MiB PSS in all")
    print(f"inotify instances: {watching.total()}, {dict(+watching)}")


def pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
