"""What a pytest run leaves in `reports/`: the bridge from its items to the report's records."""

from __future__ import annotations

import platform
import secrets
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.clock import Seconds, SystemClock, seconds, wall
from chaos.entry import Entry
from chaos.errors import ChaosError, LawBroken, NotHealed, NotInjected, NotSteady, Undecided
from chaos.report import folders, store
from chaos.report.page import write_page
from chaos.report.record import Outcome, RunRecord, ScenarioRecord, sentence_of

if TYPE_CHECKING:
    import pytest

    from chaos.stage import Provider, Scene
    from chaos.testing import rehearsal

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
    begun: dict[str, tuple[str, Seconds]] = field(default_factory=dict)

    @classmethod
    def begin(cls, reports: Path, root: Path, args: Sequence[str]) -> Chronicle:
        """Make the run's folder."""
        return cls._of(folders.begin(reports, _stamp()), root, args)

    @classmethod
    def lead(cls, reports: Path, root: Path, args: Sequence[str]) -> Chronicle:
        """Name a folder for the workers of xdist, which make it when they have scenarios."""
        name = f"{_stamp()}-{secrets.token_hex(3)}"
        return cls._of(reports.absolute() / name, root, args)

    @classmethod
    def join(cls, run: Path) -> Chronicle:
        """A worker's part of a run: scenarios' folders; the controller writes the page."""
        run.mkdir(parents=True, exist_ok=True)
        folders.point_latest(run.parent, run.name)
        return cls(run, "", "", None, "")

    @classmethod
    def _of(cls, run: Path, root: Path, args: Sequence[str]) -> Chronicle:
        commit, clean = _commit(root)
        command = shlex.join(["pytest", *map(str, args)])
        return cls(run, command, commit, clean, _now())

    def note(self, provider: Provider | rehearsal.Rehearsal) -> None:
        """Remember which cluster it was."""
        self.versions = {**provider.versions, **_versions()}

    def open(self, nodeid: str) -> Callable[[Entry], None]:
        """A scenario begins: where its entries go."""
        file = store.HistoryFile(folders.scenario_folder(self.run, nodeid))
        self.histories[nodeid] = file
        self.begun[nodeid] = (_now(), self.clock.now())
        return file.write

    def take(
        self,
        report: pytest.TestReport,
        scene: Scene | rehearsal.Scene | None,
        error: BaseException | None,
        doc: str | None,
    ) -> str:
        """Keep what a phase of a scenario came to; the ending's word if this phase decided it."""
        nodeid = report.nodeid
        ending = _ending(report, error)
        if ending is None:
            return ""
        judgements = scene.chaos.judgements if scene else []
        message = "" if error is None or ending == "kept" else str(error)
        before = self.records.get(nodeid)
        if before is not None and before.outcome != "kept":  # a teardown that fails as well
            message = f"{before.message}\n{message}"
        started, since = self.begun.get(nodeid, (_now(), self.clock.now()))
        record = ScenarioRecord(
            scenario=nodeid,
            sentence=sentence_of(doc, nodeid),
            outcome=before.outcome if before and before.outcome != "kept" else ending,
            message=message,
            judgements=tuple(store.judgement_record(judgement) for judgement in judgements),
            started=started,
            seconds=before.seconds if before else self.clock.now() - since,
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
        self.end_histories()
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

    def end_histories(self) -> None:
        """All that a worker does at its end."""
        for file in self.histories.values():
            file.close()

    def gather(self) -> bool:
        """Read the scenarios that the workers have kept; False if there was none to be run."""
        if not self.run.is_dir():
            return False
        for folder in folders.scenario_folders(self.run):
            if (folder / store.VERDICTS).exists():
                record = store.read_scenario(folder)
                self.records[record.scenario] = record
        return True

    def lines(self) -> Iterator[str]:
        """What the terminal says at the end."""
        if "cluster" in self.versions:
            yield f"cluster: {self.versions['cluster']}"
        for record in self.records.values():
            yield f"{record.outcome:<13} {record.sentence}"
        yield f"page: {self.run / 'index.html'}"


def _ending(report: pytest.TestReport, error: BaseException | None) -> Outcome | None:
    """The outcome that this phase decides; None where another phase does."""
    if report.skipped:
        return "skipped"
    if report.passed or error is None:
        return "kept" if report.when == "call" else None
    if report.when != "call" and not isinstance(error, LawBroken | ChaosError):
        return "error"  # an assertion around the scenario accuses nobody
    return next((word for kind, word in ENDINGS if isinstance(error, kind)), "error")


def _stamp() -> str:
    return f"{wall():%Y%m%dT%H%M%SZ}"


def _now() -> str:
    return wall().isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    return {
        "pytest-chaos": version("pytest-chaos"),
        "Python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "kubernetes (Python)": version("kubernetes"),
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
