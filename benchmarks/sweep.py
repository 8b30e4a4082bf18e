"""Hundreds of pods drawn by a seed, hurt by every fault that fits: is what was promised kept.

    python benchmarks/sweep.py [--seed 1] [--pods 300] [--batch 16] [--first 1] [--last N]
    python benchmarks/sweep.py --rehearse ...                    # on the fake cluster, in minutes
    python benchmarks/sweep.py --tell FOLDER [--picture FILE]    # of a sweep that was made before

Every pod is written as a manifest, run on an embedded cluster of two nodes, and hurt together with
others; each recovery is compared with its window, and with containerd's own times; its twins, and
what no probe sees, must stay as they are. A row of each verdict is in `rows.jsonl`. The same seed
draws the same pods; --first goes on where a sweep was ended. Status 1 if a promise was not kept, or
none was tried. A rehearsal shows that the fake cluster keeps the same promises; nothing else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import yaml
from harness import ROOT, a_cluster, harness, interruptible
from sweeping import runtime
from sweeping.compared import Row, rows
from sweeping.drawn import Batch, cut, drawn
from sweeping.picture import picture
from sweeping.table import table

from chaos.report.folders import find_run, scenario_folders
from chaos.report.store import read_history, read_scenario

REPORTS = ROOT / "reports" / "sweep"
ROWS = "rows.jsonl"
SCENARIO = "benchmarks/sweeping/batch.py"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--pods", type=int, default=300)
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--first", type=int, default=1)
    options.add_argument("--last", type=int, default=sys.maxsize)
    options.add_argument("--rehearse", action="store_true")
    options.add_argument("--tell", type=Path)
    options.add_argument("--picture", type=Path)
    chosen = options.parse_args()
    interruptible()
    kind = "rehearsed-" if chosen.rehearse else ""
    folder = chosen.tell or REPORTS / f"{kind}{chosen.seed}-{chosen.pods}-{chosen.batch}"
    if not chosen.tell:
        batches = list(cut(drawn(chosen.seed, chosen.pods), chosen.batch))
        print(f"{len(batches)} batches of {chosen.pods} pods; kept in {folder}", flush=True)
        wanted = [b for b in batches if chosen.first <= b.number <= chosen.last]
        try:
            hurt = rehearse if chosen.rehearse else sweep
            hurt(wanted, folder)
        except KeyboardInterrupt:
            print("interrupted: the table so far")
    found = list(read(folder))
    print(table(found))
    if chosen.picture:
        chosen.picture.write_text(picture(found) + "\n")
    return not found or any(row.wrong for row in found)


def sweep(batches: Iterable[Batch], folder: Path) -> None:
    """Batch after batch, each with its rows."""
    with a_cluster("sweep") as cluster:
        for batch in batches:
            there = written(batch, folder)
            with runtime.listening(cluster, there):
                keep(batch, there, run(batch, there, cluster.name))


def rehearse(batches: Iterable[Batch], folder: Path) -> None:
    """The same, on the fake cluster: there is no containerd to compare with."""
    for batch in batches:
        there = written(batch, folder)
        keep(batch, there, (replace(row, rehearsed=True) for row in run(batch, there, "fake")))


def keep(batch: Batch, folder: Path, rows: Iterable[Row]) -> None:
    """Write down a batch's rows, and tell those that are wrong at once."""
    found = list(rows)
    (folder / ROWS).write_text("".join(row.line + "\n" for row in found))
    print(f"batch {batch.number}, {batch.fault}: {len(found)} verdicts", flush=True)
    for row in found:
        if row.wrong:
            print(f"  {row.pod} {row.law}: {row.wrong}", flush=True)


def run(batch: Batch, folder: Path, cluster: str) -> Iterator[Row]:
    """One process of pytest."""
    words = (f"--chaos-cluster={cluster}", f"--chaos-reports={folder / 'reports'}", SCENARIO)
    env = {"SWEEP_BATCH": str(folder), "PYTHONPATH": str(ROOT / "benchmarks")}
    with harness(words, folder / "said", env) as ran:
        pass
    if not (folder / "reports").exists():
        raise SystemExit(f"pytest ended with {ran.returncode}: see {folder / 'said'}")
    for scenario in scenario_folders(find_run(folder / "reports" / "latest")):
        record = read_scenario(scenario)
        if record.outcome not in {"kept", "broken"}:  # nothing was judged: that proves nothing
            why = record.message.strip().rpartition("\n")[2]
            yield Row(batch.number, batch.fault, "all", "", ruling=record.outcome, because=why)
        yield from rows(folder, record, read_history(scenario))


def written(batch: Batch, sweep: Path) -> Path:
    """The batch as files, and nothing of one before: its pods, and what is to be done to them."""
    folder = sweep / f"batch-{batch.number:03}"
    shutil.rmtree(folder, ignore_errors=True)
    pods = folder / "pods"
    pods.mkdir(parents=True)
    for pod in chain(batch.pods, batch.twins):
        (pods / f"{pod.name}.yaml").write_text(yaml.safe_dump_all(pod.manifest, sort_keys=False))
    told = {
        "number": batch.number,
        "fault": batch.fault,
        "hurt": [pod.name for pod in batch.pods],
        "twins": [pod.name for pod in batch.twins],
        "serve": [pod.name for pod in batch.pods if pod.serves],
    }
    (folder / "batch.json").write_text(json.dumps(told, indent=1))
    return folder


def read(folder: Path) -> Iterator[Row]:
    """The rows of all its batches."""
    for file in sorted(folder.glob(f"batch-*/{ROWS}")):
        yield from (Row(**json.loads(line)) for line in file.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
