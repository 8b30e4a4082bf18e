"""The wall time of a stored run beside the waits that Kubernetes and the laws impose.

    python benchmarks/waits.py [reports/latest]

What follows a fault cannot be judged before the last recovery has held and the last absence is
over. What is left is ours: the cluster's start and end, and each scenario's pods.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chaos.clock import Seconds
from chaos.report.folders import find_run, scenario_folders
from chaos.report.judge import law_from
from chaos.report.record import Judged, ScenarioRecord
from chaos.report.store import VERDICTS, read_run, read_scenario
from chaos.windows import hold

GOAL = 1.3


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path, nargs="?", default=Path("reports/latest"))
    run = find_run(options.parse_args().run)
    waits = 0.0
    scenes = 0.0
    for folder in scenario_folders(run):
        if not (folder / VERDICTS).exists():
            continue
        record = read_scenario(folder)
        if record.outcome == "skipped":
            continue
        imposed = imposed_on(record)
        print(f"{imposed:6.1f} s of {record.seconds:6.1f} s  {record.sentence}")
        waits, scenes = waits + imposed, scenes + record.seconds
    whole = read_run(run).seconds
    print(f"{waits:6.1f} s of {scenes:6.1f} s  all scenarios, {scenes / waits:.2f} x")
    print(f"{whole:6.1f} s the whole run, with its cluster's start and end")
    print(f"{whole / waits:6.2f} x the waits that are imposed (goal: at most {GOAL} x)")


def imposed_on(record: ScenarioRecord) -> float:
    """All judgements of one fault, or of one healing, count from the same moment: one wait."""
    waits: dict[tuple[int, str], float] = {}
    for judgement in record.judgements:
        key = judgement.number, judgement.act
        waits[key] = max([waits.get(key, 0.0), *map(due, judgement.verdicts)])
    return sum(waits.values())


def due(judged: Judged) -> float:
    arguments = law_from(judged.law).arguments
    if "through" in arguments:
        return float(arguments["through"])
    if judged.took is None:
        return judged.window.latest if judged.window else 0.0
    return judged.took + held(judged, arguments.get("workload"))


def held(judged: Judged, workload: Any) -> Seconds:
    """A recovery that must last says so in its reason."""
    return hold(workload) if ", held " in judged.because else Seconds(0.0)


if __name__ == "__main__":
    main()
