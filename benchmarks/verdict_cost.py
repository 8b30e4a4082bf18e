"""What one verdict costs beside a watch script of 25 lines, in turns, on the same cluster.

    python benchmarks/verdict_cost.py [--trials 5]

Needs root. Both make a pod, crash it by the patient's own order, see its container come back and
go on watching for 3 s. Whole processes are measured. `lag` is from the end of these 3 s to the
verdict, `end` to the end of the process. A request that makes or changes something is an act; the
others are looks.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from chaos.clock import SystemClock
from chaos.images import own
from chaos.providers.embedded import assets
from chaos.providers.embedded.cluster import EmbeddedCluster

NAME = "benchmark-verdict"
HOLD = 3  # seconds: chaos.windows.hold of the peers' pods
PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Cost:
    """What one process took, from its start to its end."""

    looks: float
    acts: float
    cpu: float
    mib: float
    lag: float
    end: float

    def __str__(self) -> str:
        return (
            f"{self.looks:5.0f} looks {self.acts:3.0f} acts {self.cpu:6.2f} CPU s"
            f" {self.mib:6.1f} MiB   lag {self.lag:6.3f} s  end {self.end:6.3f} s"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trials", type=int, default=5)
    options.add_argument("--requests", action="store_true", help="list the requests of one trial")
    chosen = options.parse_args()
    cluster = EmbeddedCluster.up(
        NAME, nodes=1, assets=assets.find(print), images=[own.pause(), own.patient()]
    )
    try:
        compare(cluster, chosen.trials, show=chosen.requests)
    finally:
        cluster.down()


def compare(cluster: EmbeddedCluster, trials: int, *, show: bool) -> None:
    way = [str(cluster.kubeconfig), cluster.name, own.PATIENT]
    costs: dict[str, list[Cost]] = {"script": [], "ours": []}
    for number in range(trials):
        words = {"script": [*way, f"pod-{number}", str(HOLD)], "ours": [NAME]}
        for peer, kept in costs.items():
            kept.append(measure(PEERS / f"{peer}.py", words[peer], show=show and not number))
            print(f"{peer:<7}{kept[-1]}")
    script, ours = (median(kept) for kept in costs.values())
    print(f"\nmedians of {trials}\nscript {script}\nours   {ours}")
    print(
        f"ours / script: looks {ours.looks / script.looks:.2f}, CPU {ours.cpu / script.cpu:.2f},"
        f" memory {ours.mib / script.mib:.2f} (goal: at most 1.20; end at most 0.2 s)"
    )


def measure(program: Path, words: list[str], *, show: bool) -> Cost:
    command = [sys.executable, str(PEERS / "counted.py"), str(program), *words]
    with TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        said = [(line, SystemClock()) for line in process.stdout]
        _, status, usage = os.wait4(process.pid, 0)
        errors.seek(0)
        told = errors.read()
    held = [(float(line.split()[1]), clock) for line, clock in said if line.startswith("held ")]
    if status or not held:
        raise SystemExit(f"{program.name} failed:\n{told}")
    lag, since = held[0]
    counts = json.loads(told.splitlines()[-1])
    looks = sum(method == "GET" for method, _ in counts["requests"])
    if show:
        print_requests(counts["requests"])
    return Cost(
        looks=looks,
        acts=len(counts["requests"]) - looks,
        cpu=usage.ru_utime + usage.ru_stime,
        mib=counts["peak"] / 2**20,
        lag=lag,
        end=lag + since.now(),
    )


def print_requests(requests: list[list[str]]) -> None:
    plain = Counter(f"{method:<6} {url.partition('?')[0]}" for method, url in requests)
    for request, count in plain.items():
        print(f"    {count} x {request}")


def median(costs: list[Cost]) -> Cost:
    names = Cost.__dataclass_fields__
    return Cost(**{n: statistics.median(getattr(cost, n) for cost in costs) for n in names})


if __name__ == "__main__":
    main()
