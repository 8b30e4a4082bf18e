"""What a pytest run leaves in `reports/`: the bridge from its items to the report's records."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import filelock

from chaos.clock import Seconds, SystemClock, wall
from chaos.errors import NotHealed
from chaos.history.facts import Entry
from chaos.judging.judgement import Judgement
from chaos.report import folders, grading, outputs, provenance, retelling, store, terminal
from chaos.report.marks import again
from chaos.report.outcomes import outcome_of
from chaos.report.record import Outcome, RunRecord, ScenarioRecord, sentence_of
from chaos.visible import visible

if TYPE_CHECKING:
    import pytest


class Told(Protocol):
    """What a scenario's session has to tell when a phase of it is over."""

    @property
    def judgements(self) -> Sequence[Judgement]:
        """What was judged so far."""

    @property
    def mended(self) -> Sequence[str]:
        """What became of open faults since the run was told to end."""


@dataclass
class RunReport:
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
    planned: tuple[str, ...] = ()
    sentences: dict[str, str] = field(default_factory=dict)
    app: str = ""  # as --chaos-app names it
    allure: Path | None = None  # the folder of its results, if it has any
    battery: tuple[str, ...] = ()  # the node ids of all trials of an app, chosen or not
    said: tuple[str, ...] = ()  # what closing it came to, where a terminal is to be told
    going: filelock.BaseFileLock | None = None  # held while the run goes on

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
        return cls(run, command, commit, clean, _now())

    def note(self, versions: Mapping[str, str]) -> None:
        """Remember which cluster it was, and with what it was made."""
        self.versions = {**versions, **provenance.versions()}
        if self.planned:
            store.write_run(self.run, self._record())

    def plan(self, docs: Mapping[str, str | None]) -> None:
        """Keep which scenarios are to be run: whatever ends the run, the others are counted."""
        self.planned = tuple(docs)
        self.sentences = {nodeid: sentence_of(doc, nodeid) for nodeid, doc in docs.items()}
        store.write_run(self.run, self._record())

    def open(self, nodeid: str) -> Callable[[Entry], None]:
        """A scenario begins: where its entries go."""
        file = store.HistoryFile(folders.scenario_folder(self.run, nodeid))
        self.histories[nodeid] = file
        self.begun[nodeid] = (_now(), self.clock.now())
        return file.write

    def take(
        self,
        report: pytest.TestReport,
        session: Told | None,
        error: BaseException | None,
    ) -> str:
        """Keep what a phase of a scenario came to; the ending's word if this phase decided it."""
        nodeid = report.nodeid
        ending = outcome_of(report, error)
        if ending is None:
            if self._was_interrupted(nodeid) and report.when == "teardown":
                self._keep(nodeid, "interrupted", "", session)  # with what was healed since
            return ""
        message = "" if error is None or ending == "kept" else str(error)
        return self._keep(nodeid, ending, message, session)

    def _was_interrupted(self, nodeid: str) -> bool:
        return nodeid in self.records and self.records[nodeid].outcome == "interrupted"

    def cut(
        self,
        nodeid: str,
        why: str | NotHealed,
        session: Told | None = None,
    ) -> None:
        """A scenario was in its middle when the run ended; what it had open may not be healed."""
        ending: Outcome = "not healed" if isinstance(why, NotHealed) else "interrupted"
        self._keep(nodeid, ending, str(why), session)

    def cut_short(self, nodeid: str, why: str) -> bool:
        """Whether this was a scenario of a worker that has died: nobody kept its ending but us."""
        left = (self.run / folders.safe_name(nodeid)).is_dir() and nodeid not in self.records
        if left:
            self.cut(nodeid, why)
        return left

    def _keep(
        self,
        nodeid: str,
        ending: Outcome,
        message: str,
        session: Told | None,
    ) -> Outcome:
        """Keep an ending; the first that was no success stays."""
        if (file := self.histories.get(nodeid)) and file.trouble:
            ending = "error" if ending == "kept" else ending
            message = f"its history could not be kept: {file.trouble}\n{message}".strip()
        before = self.records.get(nodeid)
        if before is not None and before.outcome != "kept":  # a teardown that fails as well
            message = f"{before.message}\n{message}".strip()
        started, since = self.begun.get(nodeid, (_now(), self.clock.now()))
        outcome = before.outcome if before and before.outcome != "kept" else ending
        record = ScenarioRecord(
            scenario=nodeid,
            sentence=self.sentences.get(nodeid) or sentence_of(None, nodeid),
            outcome=outcome,
            message=message,
            judgements=tuple(map(store.judgement_record, session.judgements if session else ())),
            started=started,
            seconds=before.seconds if before else self.clock.now() - since,
            repeat=f"pytest -m chaos {again(nodeid, self.app)}",
            healed=tuple(session.mended) if session and outcome == "interrupted" else (),
        )
        self.records[nodeid] = record
        store.write_scenario(folders.scenario_folder(self.run, nodeid), record)
        return ending

    def words(self, nodeid: str) -> str:
        """What a scenario came to, in a few words, for where pytest would say PASSED."""
        return visible(terminal.came(self.records[nodeid]))

    def attach(self, nodeid: str, claims: Sequence[int]) -> None:
        """Hand a scenario's pieces to Allure, which the user has asked for."""
        from chaos.report import allure  # noqa: PLC0415  only those who use it pay for it

        if nodeid in self.records:
            folder = folders.scenario_folder(self.run, nodeid)
            allure.attach(self.records[nodeid], folder, claims)

    def close(self, stored: RunRecord | None = None) -> None:
        """Write what the run was, and its page; `stored` is what a run was that has ended."""
        self.end_histories()
        self.said = outputs.write(
            self.run,
            stored or self._record(),
            self.records.values(),
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
            sentences=self.sentences,
        )

    def end_histories(self) -> None:
        """All that a worker does at its end."""
        for file in self.histories.values():
            file.close()
        if self.going:
            folders.let_go(self.going)

    def gather(self) -> bool:
        """Read the scenarios that the workers have kept; False if there was none to be run."""
        if not self.run.is_dir():
            return False
        if (self.run / store.RUN).exists():
            begun = store.read_run(self.run)
            self.planned, self.sentences = begun.planned, begun.sentences
        for folder in folders.scenario_folders(self.run):
            if (folder / store.VERDICTS).exists():
                record = store.read_scenario(folder)
                self.records[record.scenario] = record
        return True

    def lines(self) -> Iterator[str]:
        """What the terminal says at the end."""
        yield from map(visible, self._lines())

    def _lines(self) -> Iterator[str]:
        if "cluster" in self.versions:
            yield f"cluster: {self.versions['cluster']}"
        graded = list(grading.lines(self.run))
        yield from terminal.lines(self.records.values(), self.planned, marked=bool(graded))
        yield from graded
        yield from self.said
        yield f"page: {self.run / 'index.html'}"


def _stamp() -> str:
    return f"{wall():%Y%m%dT%H%M%SZ}"


def _now() -> str:
    return wall().isoformat(timespec="seconds")
