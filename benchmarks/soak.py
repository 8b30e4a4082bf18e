"""The catalogue over and over on one cluster, in an order drawn by a seed: what grows, what fails.

    python benchmarks/soak.py --minutes 60 [--seed 7 [--first 3]] [--cluster NAME] [--batch 30]

A batch is one process of pytest, which is weighed every second; the cluster is weighed when the
batch is over and its namespaces are gone. The same seed draws the same order; --first leaves the
batches before that one out. Without --cluster it makes a cluster of two nodes (root) and takes it
down; with `--cluster fake` only the harness is weighed. Ctrl-C ends it after the healing, with the
table so far. Reports are kept on purpose, and grow: everything else should not.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shlex
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import weight
from harness import PYTEST, ROOT, a_cluster, harness, interruptible

from chaos.clock import SystemClock, minutes, poll, seconds
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.report.folders import find_run, scenario_folders
from chaos.report.record import ScenarioRecord
from chaos.report.store import VERDICTS, read_scenario

REPORTS = ROOT / "reports" / "soak"
WELL = {"kept", "skipped"}
EVERY, OFTEN = seconds(1), seconds(0.1)


@dataclass
class Soak:
    """What has been measured so far: for each figure its values, with their moments."""

    clock: SystemClock = field(default_factory=SystemClock)
    figures: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    fresh: dict[str, float] = field(default_factory=dict)
    failed: list[tuple[int, ScenarioRecord]] = field(default_factory=list)
    ran: int = 0
    batch: int = 0

    def note(self, figures: dict[str, float]) -> None:
        """One more value of each figure."""
        for name, value in figures.items():
            self.figures.setdefault(name, []).append((self.clock.now(), value))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options.add_argument("--first", type=int, default=1)
    options.add_argument("--cluster", default="")
    options.add_argument("--batch", type=int, default=30)
    chosen = options.parse_args()
    interruptible()
    again = f"python benchmarks/soak.py --seed {chosen.seed} --batch {chosen.batch}"
    print(f"seed {chosen.seed}; the same order again: {again} [--first N]", flush=True)
    soak = Soak()
    try:
        with ground(chosen.cluster) as cluster:
            soak.clock = SystemClock()
            go_on(soak, cluster, chosen)
    except KeyboardInterrupt:
        print("interrupted: the table so far")
    tell(soak)


@contextmanager
def ground(name: str) -> Iterator[EmbeddedCluster | None]:
    """The cluster that is there, or one for now; nothing in a rehearsal."""
    if name == "fake":
        yield None
    elif name:
        yield EmbeddedCluster.find(name)
    else:
        with a_cluster("soak") as cluster:
            yield cluster


def go_on(soak: Soak, cluster: EmbeddedCluster | None, chosen: argparse.Namespace) -> None:
    """Batch after batch until the time is over."""
    if cluster:
        soak.fresh = weight.of_cluster(cluster)
    drawn = batches(catalogue(), random.Random(chosen.seed), chosen.batch)
    for soak.batch, batch in islice(enumerate(drawn, 1), chosen.first - 1, None):
        if soak.clock.now() >= minutes(chosen.minutes):
            return
        weighed = run_batch(soak, batch, cluster.name if cluster else "fake")
        soak.note(weighed | {"disk, MiB: reports": weight.size(REPORTS)})
        if cluster:
            soak.note(weight.of_cluster(cluster))
        so_far = f"{soak.ran} ran, {len(soak.failed)} not kept"
        print(f"{soak.clock.now() / 60:6.1f} min  batch {soak.batch}: {so_far}", flush=True)


def catalogue() -> list[str]:
    """The node ids of all scenarios that do not take minutes."""
    words = [*PYTEST, "--collect-only", "-m", "chaos and not slow", "scenarios"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if line.startswith("scenarios/") and "::" in line]


def batches(ids: list[str], chance: random.Random, size: int) -> Iterator[list[str]]:
    """Each scenario once, in an order by chance, and then all of them again."""
    while True:
        deck = chance.sample(ids, len(ids))
        yield from (deck[start : start + size] for start in range(0, len(deck), size))


def run_batch(soak: Soak, ids: list[str], cluster: str) -> dict[str, float]:
    """One process of pytest; what it weighed in the first and in the last quarter of its life."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    words = [f"--chaos-cluster={cluster}", f"--chaos-reports={REPORTS}", *ids]
    weights: list[weight.Process] = []
    with harness(words, REPORTS / "last.said") as ran:
        while not poll(lambda: ran.poll() is not None, within=EVERY, every=OFTEN):
            weights += filter(None, [weight.process(ran.pid)])
    if ran.returncode not in {0, 1, 10}:  # 1: a law was broken, 10: see the README
        raise SystemExit(f"pytest ended with {ran.returncode}: see {REPORTS / 'last.said'}")
    collect(soak, ids)
    return quarters(weights)


def collect(soak: Soak, ids: list[str]) -> None:
    """What became of each scenario; say at once which were not kept."""
    folders = scenario_folders(find_run(REPORTS / "latest"))
    records = [read_scenario(folder) for folder in folders if (folder / VERDICTS).exists()]
    failed = [record for record in records if record.outcome not in WELL]
    for record in failed:
        print(f"  {record.outcome}: {record.scenario}\n    {record.message.partition(chr(10))[0]}")
    if len(records) < len(ids):
        print(f"  {len(ids) - len(records)} of {len(ids)} were not run: see {REPORTS / 'latest'}")
    soak.ran += len(records)
    soak.failed += [(soak.batch, record) for record in failed]


def quarters(weights: list[weight.Process]) -> dict[str, float]:
    """The medians of a process' first and last quarter: the same process, early and late."""
    if not weights:
        return {}
    part = max(1, len(weights) // 4)
    found = {}
    for when, some in (("early", weights[:part]), ("late", weights[-part:])):
        found[f"harness, {when}: MiB"] = statistics.median(w.mib for w in some)
        found[f"harness, {when}: descriptors"] = statistics.median(w.descriptors for w in some)
        found[f"harness, {when}: threads"] = statistics.median(w.threads for w in some)
    return found


def tell(soak: Soak) -> None:
    """The table: the first quarter of all batches beside the last one."""
    print(f"\n{'':36}{'fresh':>10}{'first 1/4':>11}{'last 1/4':>11}{'per hour':>11}")
    for name, series in sorted(soak.figures.items()):
        values = [value for _, value in series]
        part = max(1, len(values) // 4)
        first, last = statistics.mean(values[:part]), statistics.mean(values[-part:])
        fresh = f"{soak.fresh[name]:10.1f}" if name in soak.fresh else f"{'':10}"
        print(f"{name:36}{fresh}{first:11.1f}{last:11.1f}{per_hour(series):>11}")
    print(f"\n{soak.ran} scenarios ran, {len(soak.failed)} were not kept")
    for batch, record in soak.failed:
        again = record.repeat or f"pytest -m chaos {shlex.quote(record.scenario)}"
        print(f"{record.outcome} in batch {batch}: {record.scenario}\n  again: {again}")


def per_hour(series: list[tuple[float, float]]) -> str:
    """The slope of the line of least squares; nothing from fewer than four batches."""
    if len(series) < 4:
        return "-"
    moments, values = zip(*series, strict=True)
    return f"{3600 * statistics.linear_regression(moments, values).slope:+.1f}"


if __name__ == "__main__":
    main()
