"""What a pytest run leaves in `reports/`: the bridge from its items to the report's records."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.clock import SystemClock, seconds, wall
from chaos.entry import Entry
from chaos.errors import LawBroken, NotHealed, NotInjected, NotSteady, Undecided
from chaos.report import folders, store
from chaos.report.page import write_page
from chaos.report.record import Outcome, RunRecord, ScenarioRecord, sentence_of

if TYPE_CHECKING:
    import pytest

    from chaos.stage import Provider, Scene

ENDINGS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (LawBroken, "broken"),
    (NotHealed, "not healed"),
    (NotInjected, "not injected"),
    (NotSteady, "not steady"),
    (Undecided, "undecided"),
    (AssertionError, "broken"),
)


@dataclass
class Chronicle:
    """One run's folder, and what is known of the run."""

    run: Path
    command: str
    commit: str
    clean: bool | None
    started: str
    clock: SystemClock = field(default_factory=SystemClock)
    versions: dict[str, str] = field(default_factory=dict)
    histories: dict[str, store.HistoryFile] = field(default_factory=dict)
    records: dict[str, ScenarioRecord] = field(default_factory=dict)

    @classmethod
    def begin(cls, reports: Path, root: Path, args: Sequence[str]) -> Chronicle:
        """Make the run's folder; the workers of one xdist run share one."""
        stamp = f"{wall():%Y%m%dT%H%M%SZ}"
        shared = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        run = _shared(reports, shared) if shared else folders.begin(reports, stamp)
        commit, clean = _commit(root)
        command = shlex.join(["pytest", *map(str, args)])
        return cls(run, command, commit, clean, wall().isoformat(timespec="seconds"))

    def note(self, provider: Provider) -> None:
        """Remember which cluster it was."""
        self.versions = {**provider.versions, **_versions()}

    def open(self, nodeid: str) -> Callable[[Entry], None]:
        """A scenario begins: where its entries go."""
        file = store.HistoryFile(folders.scenario_folder(self.run, nodeid))
        self.histories[nodeid] = file
        return file.write

    def take(
        self,
        report: pytest.TestReport,
        scene: Scene | None,
        error: BaseException | None,
        doc: str | None,
    ) -> str:
        """Keep what a phase of a scenario came to; the ending's word if this phase decided it."""
        nodeid = report.nodeid
        ending = _ending(report, error)
        if ending is None:
            return ""
        judgements = scene.chaos.judgements if scene else []
        record = ScenarioRecord(
            scenario=nodeid,
            sentence=sentence_of(doc, nodeid),
            outcome=ending,
            message="" if error is None or ending == "kept" else str(error),
            judgements=tuple(store.judgement_record(judgement) for judgement in judgements),
            started=self.started,
            seconds=report.duration,
            repeat=f"pytest -m chaos {shlex.quote(nodeid)}",
        )
        self.records[nodeid] = record
        store.write_scenario(folders.scenario_folder(self.run, nodeid), record)
        return ending

    def attach(self, nodeid: str) -> None:
        """Hand a scenario's pieces to Allure, which the user has asked for."""
        from chaos.report import allure  # noqa: PLC0415  only those who use it pay for it

        if nodeid in self.records:
            folder = folders.scenario_folder(self.run, nodeid)
            allure.attach(self.records[nodeid], folder)

    def close(self) -> None:
        """Write what the run was, and its page."""
        for file in self.histories.values():
            file.close()
        record = RunRecord(
            name=self.run.name,
            started=self.started,
            seconds=self.clock.now(),
            command=self.command,
            versions=self.versions,
            commit=self.commit,
            clean=self.clean,
        )
        store.write_run(self.run, record)
        write_page(self.run)

    def lines(self) -> Iterator[str]:
        """What the terminal says at the end."""
        for record in self.records.values():
            yield f"{record.outcome:<13} {record.sentence}"
        yield f"page: {self.run / 'index.html'}"


def _ending(report: pytest.TestReport, error: BaseException | None) -> Outcome | None:
    """The outcome that this phase decides; None where another phase does."""
    if report.skipped:
        return "skipped"
    if report.passed or error is None:
        return "kept" if report.when == "call" else None
    return next((word for kind, word in ENDINGS if isinstance(error, kind)), "error")


def _shared(reports: Path, uid: str) -> Path:
    run = reports / f"xdist-{uid[:12]}"
    run.mkdir(parents=True, exist_ok=True)
    folders.point_latest(reports, run.name)
    return run


def _versions() -> dict[str, str]:
    return {
        "pytest-chaos": version("pytest-chaos"),
        "Python": platform.python_version(),
        "platform": platform.platform(),
        "kubernetes (Python)": version("kubernetes"),
        "executable": sys.executable,
    }


def _commit(root: Path) -> tuple[str, bool | None]:
    """The commit of the user's project, and whether its tree was clean; empty without one."""
    commit = _git(root, "rev-parse", "HEAD")
    return commit, (not _git(root, "status", "--porcelain") if commit else None)


def _git(root: Path, *words: str) -> str:
    try:
        said = subprocess.run(
            ["git", *words],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds(5),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()
