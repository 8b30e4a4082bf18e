"""The records a run leaves behind: plain values, read back as they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from chaos.clock import Seconds
from chaos.history.facts import Entry
from chaos.history.journal import Act
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window

Outcome = Literal[
    "kept",
    "broken",
    "unprotected",
    "undecided",
    "not injected",
    "not steady",
    "not healed",
    "interrupted",
    "error",
    "looked",
    "skipped",
]
PASSED: tuple[Outcome, ...] = ("kept", "looked")
IDLE: tuple[Outcome, ...] = ("looked", "skipped")  # these hurt nothing, and show nothing


@dataclass(frozen=True, slots=True)
class Stated:
    """A law as it is stored. `call` is for people, `arguments` are plain JSON for the next judge.

    `about` are the names and uids of its subjects.
    """

    name: str
    sentence: str
    call: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A law and what was ruled on it."""

    law: Stated
    ruling: Ruling
    because: str
    took: Seconds | None = None
    window: Window | None = None
    evidence: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, law: Stated, verdict: Verdict) -> Judged:
        """A stored law and its verdict, as one record."""
        v = verdict
        return cls(law, v.ruling, v.because, v.took, v.window, v.evidence)

    def agrees(self, fresh: Verdict) -> bool:
        """Whether a fresh verdict says the same: the ruling and the reason."""
        return (self.ruling, self.because) == (fresh.ruling, fresh.because)


@dataclass(frozen=True, slots=True)
class JudgementRecord:
    """All verdicts about what followed one fault, or its healing, reached at `frontier`."""

    fault: str
    number: int
    frontier: Seconds
    verdicts: tuple[Judged, ...] = ()
    act: Act = "injected"
    proof: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioRecord:
    """One scenario: `scenario` is its node id, `repeat` the command that runs it again.

    `healed` says, when it was interrupted, what became of the faults that were open then.
    """

    scenario: str
    sentence: str
    outcome: Outcome
    message: str = ""
    judgements: tuple[JudgementRecord, ...] = ()
    started: str = ""
    seconds: float = 0.0
    repeat: str = ""
    healed: tuple[str, ...] = ()
    version: Literal[1] = 1

    @property
    def rulings(self) -> tuple[Judged, ...]:
        """Every verdict of every judgement."""
        return tuple(judged for judgement in self.judgements for judged in judgement.verdicts)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run was: `versions` by the name of the program, `command` to run it again.

    `planned` are the node ids of all its scenarios: those without a record were not reached.
    `sentences` are theirs, by the node id: who was killed in a scenario kept no record with it.
    """

    name: str
    started: str = ""
    seconds: float = 0.0
    command: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    commit: str = ""
    clean: bool | None = None
    notes: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    sentences: dict[str, str] = field(default_factory=dict)
    version: Literal[1] = 1


def law_of(law: Law, arguments: dict[str, Any]) -> Stated:
    """A law as it is stored; `arguments` are its arguments as plain JSON."""
    return Stated(law.name, law.sentence, str(law), arguments, tuple(sorted(law.subject.names)))


def sentence_of(doc: str | None, name: str) -> str:
    """A scenario's sentence: its docstring's first line, or its name as words."""
    lines = (doc or "").strip().splitlines()
    if lines:
        return lines[0].strip()
    base, bracket, case = name.rpartition("::")[2].partition("[")
    words = base.removeprefix("test_").replace("_", " ").strip() or name
    return words[0].upper() + words[1:] + (f" [{case}" if bracket else "")
