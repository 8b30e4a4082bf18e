"""What a pytest run leaves in `reports/`: the bridge from its items to the report's records."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from chaos.clock import SystemClock, wall
from chaos.report import folders, grading, outputs, provenance, retelling, store, terminal
from chaos.report.record import RunRecord, sentence_of
from chaos.report.scenarios import Scenarios, now
from chaos.visible import visible


@dataclass
class RunReport:
    """One run's folder, and what is known of the run."""

    run: Path
    command: str
    commit: str
    clean: bool | None
    started: str
    versions: dict[str, str] = field(default_factory=dict)
    planned: tuple[str, ...] = ()
    clock: SystemClock = field(default_factory=SystemClock)
    allure: Path | None = None  # the folder of its results, if it has any
    battery: tuple[str, ...] = ()  # the node ids of all trials of an app, chosen or not
    said: tuple[str, ...] = ()  # what closing it came to, where a terminal is to be told
    going: filelock.BaseFileLock | None = None  # held while the run goes on

    def __post_init__(self) -> None:
        self.scenarios = Scenarios(self.run)

    @classmethod
    def begin(cls, reports: Path, root: Path, args: Sequence[str]) -> RunReport:
        """Make the run's folder."""
        made = cls._of(folders.begin(reports, _stamp()), root, args)
        made.going = folders.hold(made.run)
        return made

    @classmethod
    def lead(cls, reports: Path, root: Path, args: Sequence[str]) -> RunReport:
        """Name a folder for the workers of xdist, which make it when they have scenarios."""
        folders.must_take(reports)
        name = f"{_stamp()}-{secrets.token_hex(3)}"
        return cls._of(reports.absolute() / name, root, args)

    @classmethod
    def join(cls, run: Path) -> RunReport:
        """A worker's part of a run: scenarios' folders; the controller writes the page."""
        folders.join(run)
        return cls(run, "", "", None, "", going=folders.hold(run))

    @classmethod
    def _of(cls, run: Path, root: Path, args: Sequence[str]) -> RunReport:
        commit, clean = provenance.commit(root)
        command = retelling.command(args, folder=Path.cwd())
        return cls(run, command, commit, clean, now())

    def note(self, versions: Mapping[str, str]) -> None:
        """Remember which cluster it was, and with what it was made."""
        self.versions = {**versions, **provenance.versions()}
        if self.planned:
            store.write_run(self.run, self._record())

    def plan(self, docs: Mapping[str, str | None]) -> None:
        """Keep which scenarios are to be run: whatever ends the run, the others are counted."""
        self.planned = tuple(docs)
        self.scenarios.sentences = {
            nodeid: sentence_of(doc, nodeid) for nodeid, doc in docs.items()
        }
        store.write_run(self.run, self._record())

    def close(self, stored: RunRecord | None = None) -> None:
        """Write what the run was, and its page; `stored` is what a run was that has ended."""
        self.end_histories()
        self.said = outputs.write(
            self.run,
            stored or self._record(),
            self.scenarios.records.values(),
            battery=self.battery,
            allure=self.allure,
        )

    def _record(self) -> RunRecord:
        return RunRecord(
            name=self.run.name,
            started=self.started,
            seconds=self.clock.now(),
            command=self.command,
            versions=self.versions,
            commit=self.commit,
            clean=self.clean,
            planned=self.planned,
            sentences=dict(self.scenarios.sentences),
        )

    def end_histories(self) -> None:
        """All that a worker does at its end."""
        self.scenarios.close()
        if self.going:
            folders.let_go(self.going)

    def gather(self) -> bool:
        """Read the scenarios that the workers have kept; False if there was none to be run."""
        if not self.run.is_dir():
            return False
        if (self.run / store.RUN).exists():
            begun = store.read_run(self.run)
            self.planned, self.scenarios.sentences = begun.planned, begun.sentences
        self.scenarios.read()
        return True

    def lines(self) -> Iterator[str]:
        """What the terminal says at the end."""
        yield from map(visible, self._lines())

    def _lines(self) -> Iterator[str]:
        if "cluster" in self.versions:
            yield f"cluster: {self.versions['cluster']}"
        graded = list(grading.lines(self.run))
        yield from terminal.lines(
            self.scenarios.records.values(), self.planned, marked=bool(graded)
        )
        yield from graded
        yield from self.said
        yield f"page: {self.run / 'index.html'}"


def _stamp() -> str:
    return f"{wall():%Y%m%dT%H%M%SZ}"
