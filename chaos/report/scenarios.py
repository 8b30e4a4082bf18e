"""What the scenarios of a run come to, as they come to it: their histories and their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from chaos.clock import Clock, Seconds, SystemClock, wall
from chaos.errors import NotHealed
from chaos.history.facts import Entry
from chaos.judging.judgement import Judgement
from chaos.report import folders, store, terminal
from chaos.report.marks import again
from chaos.report.outcomes import outcome_of
from chaos.report.record import PASSED, Outcome, ScenarioRecord, sentence_of
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
class Scenarios:
    """The scenarios of the run in a folder, by node id."""

    run: Path
    sentences: Mapping[str, str] = field(default_factory=dict)
    app: str = ""  # as --chaos-app names it
    clock: Clock = field(default_factory=SystemClock)
    histories: dict[str, store.HistoryFile] = field(default_factory=dict)
    records: dict[str, ScenarioRecord] = field(default_factory=dict)
    begun: dict[str, tuple[str, Seconds]] = field(default_factory=dict)

    def open(self, nodeid: str) -> Callable[[Entry], None]:
        """A scenario begins: where its entries go."""
        file = store.HistoryFile(folders.scenario_folder(self.run, nodeid))
        self.histories[nodeid] = file
        self.begun[nodeid] = (now(), self.clock.now())
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
        if ending == "kept" and not (session and session.judgements):
            ending = "looked"
        message = "" if error is None or ending in PASSED else str(error)
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
            ending = "error" if ending in PASSED else ending
            message = f"its history could not be kept: {file.trouble}\n{message}".strip()
        before = self.records.get(nodeid)
        if before is not None and before.outcome not in PASSED:  # a teardown that fails as well
            message = f"{before.message}\n{message}".strip()
        started, since = self.begun.get(nodeid, (now(), self.clock.now()))
        outcome = before.outcome if before and before.outcome not in PASSED else ending
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

    def read(self) -> None:
        """Those that workers, or a run of before, have kept."""
        for folder in folders.scenario_folders(self.run):
            if (folder / store.VERDICTS).exists():
                record = store.read_scenario(folder)
                self.records[record.scenario] = record

    def close(self) -> None:
        """Close their histories."""
        for file in self.histories.values():
            file.close()


def now() -> str:
    """The time of day, for whoever reads the page."""
    return wall().isoformat(timespec="seconds")
