"""A user's project in a folder of its own, and runs of pytest and `chaos` in it, from outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deadlines import LONG, OFTEN

from chaos.clock import Seconds, SystemClock, poll
from chaos.history.facts import Entry
from chaos.report import folders, store
from chaos.report.record import ScenarioRecord

HEAD = """
from dataclasses import dataclass
import pytest
from chaos import minutes, seconds, windows
from chaos.faults import *
from chaos.laws import *
from chaos.laws.nodes import goes_unready
from chaos.workloads.manifests import manifest
from chaos.workloads import *

pytestmark = pytest.mark.chaos
"""


# A shell's background job, as CI may start us, ignores Ctrl-C, and so would all its children.
FROM_A_TERMINAL = (shutil.which("env") or "env", "--default-signal=INT,TERM,HUP")


def named(part: str) -> str:
    """The name of a cluster that no other run of the tests has, in another checkout either."""
    return f"contract-{part}-{os.getpid()}"


@dataclass
class Run:
    """One process of ours: what it says goes to a file."""

    process: subprocess.Popen[bytes]
    said: Path
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def words(self) -> str:
        """All that it has said so far, on both of its outputs."""
        return self.said.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """A signal to the process alone, as from outside."""
        self.process.send_signal(number)

    def status(self, *, within: Seconds = LONG) -> int:
        """Its exit status; it is killed when it does not end in time, and the test fails."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end within {within:g} s:\n{self.words}") from None


STARTED: list[Run] = []


def switches(cluster: str) -> list[int]:
    """The switches behind runs on this cluster."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = os.fsdecode((process / "cmdline").read_bytes())  # anybody's
            if "chaos.running.switch" in words and f"/{cluster}/" in words:
                found.append(int(process.name))
    return found


def end_all() -> None:
    """End what a test that failed has left running: it would hold the cluster of the next one."""
    while STARTED:
        run = STARTED.pop()
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


@dataclass
class Project:
    """The folder; `cluster` is what `--chaos-cluster` names."""

    folder: Path
    cluster: str = ""

    @property
    def latest(self) -> Path:
        """The folder of the last run."""
        return folders.find_run(self.folder / "reports" / "latest")

    def write(self, *scenarios: str, name: str = "test_scenarios.py") -> None:
        """The project's only scenarios."""
        (self.folder / name).write_text(HEAD + "".join(scenarios))

    def pytest(self, *options: str, env: Mapping[str, str] | None = None) -> Run:
        """Start `pytest -m chaos`."""
        chosen = [f"--chaos-cluster={self.cluster}"] if self.cluster else []
        words = ["-m", "pytest", "-m", "chaos", "-p", "no:cacheprovider", *chosen, *options]
        return self.start([sys.executable, *words], env=env)

    def chaos(self, *words: str, env: Mapping[str, str] | None = None) -> Run:
        """Start the command `chaos`."""
        call = "from chaos.cli.program import main; main()"
        return self.start([sys.executable, "-c", call, *words], env=env)

    def start(self, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Run:
        """Start any program in the folder."""
        number = len(list(self.folder.glob("*.said")))
        said = self.folder / f"{number}.said"
        with said.open("wb") as out:
            process = subprocess.Popen(
                [*FROM_A_TERMINAL, *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
            )
        STARTED.append(Run(process, said))
        return STARTED[-1]

    def history(self, scenario: str) -> tuple[Entry, ...]:
        """A scenario's record in the last run, as far as it is written."""
        found = [f for f in folders.scenario_folders(self.latest) if scenario in f.name]
        return store.read_history(found[0]) if found else ()

    def record(self, scenario: str) -> ScenarioRecord:
        """What became of a scenario in the last run."""
        for folder in folders.scenario_folders(self.latest):
            if re.search(rf"-{scenario}-[0-9a-f]{{10}}$", folder.name):
                return store.read_scenario(folder)
        raise AssertionError(f"{self.latest} has no record of {scenario}")

    def await_entry(self, run: Run, scenario: str, kind: str, *, within: Seconds = LONG) -> None:
        """Return when a running scenario's record has an entry of a kind."""
        started = run.said.stat().st_mtime_ns

        def seen() -> bool:
            assert run.process.poll() is None, f"it ended too early:\n{run.words}"
            if not (self.folder / "reports" / "latest").exists():
                return False
            return any(entry.kind == kind for entry in self._fresh(scenario, started))

        assert poll(seen, within=within, every=OFTEN), f"no {kind!r} in time:\n{run.words}"

    def _fresh(self, scenario: str, started: int) -> tuple[Entry, ...]:
        """The record, unless it is an earlier run's."""
        for folder in folders.scenario_folders(self.latest):
            file = folder / store.HISTORY
            if scenario in folder.name and file.exists() and file.stat().st_mtime_ns >= started:
                return store.read_history(folder)
        return ()
