"""How often scenarios and cluster tests are kept: half of the runs beside two busy loops.

    scripts/flakes 20 scenarios/test_crash.py tests/contract/test_promises.py::test_...

A row for each, and status 1 unless all of them were kept each time: what is to enter the gate.
Tests run as they do there, several files at once; a scenario's repetitions all on one cluster.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree as ET

from chaos.report import folders
from chaos.report.result import read_result

ROOT = Path(__file__).resolve().parents[1]
AS_IN_THE_GATE = tuple(  # its options: what is before the first file
    takewhile(lambda word: "/" not in word, (ROOT / ".ci/cluster-tests").read_text().split())
)
WELL = ("kept", "passed")
COLUMNS = ("kept", "passed", "broken", "undecided", "not injected")
LOOPS = 2  # as many as the machines that the gate is made for have cores
LOOP = "while True: pass"
REPETITION = re.compile(r"\[\d+ of \d+\]|-\d+ of \d+(?=\])")

Came = tuple[str, str, float]  # name, outcome, seconds


@dataclass
class Row:
    """What one name came to."""

    outcomes: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether it was kept each time."""
        return all(outcome in WELL for outcome in self.outcomes)

    def cells(self) -> list[str]:
        """How often each outcome came, all others, and how long it took."""
        counts = [self.outcomes.count(column) for column in COLUMNS]
        others = len(self.outcomes) - sum(counts)
        spread = f"{min(self.seconds):.1f} to {max(self.seconds):.1f}"
        return [*map(str, [*counts, others]), spread]


@contextlib.contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep so many cores busy."""
    running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
            loop.wait()


def tried(names: Sequence[str], times: int) -> Iterator[Came]:
    """Run all of them so many times; what each run of each came to."""
    ours = [name for name in names if Path(name).parts[0] == "scenarios"]
    rest = [name for name in names if name not in ours]
    with tempfile.TemporaryDirectory() as folder:
        for name in ours:
            yield from scenarios(name, times, Path(folder))
        for number in range(times if rest else 0):
            yield from tests(rest, Path(folder) / f"{number}.xml")


def scenarios(name: str, times: int, folder: Path) -> Iterator[Came]:
    """All repetitions on one cluster, in one run."""
    options = [f"--chaos-repeat={times}", f"--chaos-reports={folder}", "--chaos-slow"]
    pytest("-m", "chaos", *options, name)
    for one in read_result(folders.find_run(folder / "latest")).scenarios:
        yield REPETITION.sub("", one.scenario), one.outcome, one.seconds


def tests(names: Sequence[str], report: Path) -> Iterator[Came]:
    """One run of tests, from its JUnit report."""
    pytest(*AS_IN_THE_GATE, f"--junitxml={report}", *names)
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        failed = case.find("failure") is not None or case.find("error") is not None
        outcome = (
            "failed" if failed else "skipped" if case.find("skipped") is not None else "passed"
        )
        test = f"{case.get('classname')}::{case.get('name')}"
        yield test, outcome, float(case.get("time", "0"))


def pytest(*words: str) -> None:
    """Run it; what fails is told as it comes."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    subprocess.run(command, cwd=ROOT, check=False)


def table(rows: dict[str, Row]) -> Iterator[str]:
    """One line a row."""
    yield f"| | {' | '.join([*COLUMNS, 'others', 'seconds'])} |"
    yield "| --- " * (len(COLUMNS) + 3) + "|"
    for name, row in rows.items():
        yield f"| {name} | {' | '.join(row.cells())} |"


def main(times: int, names: Sequence[str]) -> int:
    """Run all of it; 0 when everything was kept each time."""
    well = True
    for loops, count in ((0, times - times // 2), (LOOPS, times // 2)):
        rows: dict[str, Row] = defaultdict(Row)
        try:
            with busy(loops):
                for test, outcome, seconds in tried(names, count):
                    rows[test].outcomes.append(outcome)
                    rows[test].seconds.append(seconds)
        finally:  # who ends it wants to know of what there was
            head = f"of {count} times beside {loops} busy loops"
            print(f"\n{head}\n", *table(rows), sep="\n", flush=True)
        well = well and all(row.well for row in rows.values())
    return 0 if well else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case [times, *names] if names and times.isdecimal():
            sys.exit(main(int(times), names))
        case _:
            sys.exit("usage: scripts/flakes TIMES NAME...: names as pytest has them")
