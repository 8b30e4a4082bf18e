"""Judging again: a stored run, its laws asked once more, without a cluster."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from chaos.clock import ManualClock
from chaos.errors import BAD, Unreadable, one_line
from chaos.history.facts import Entry, Healing, Injecting
from chaos.history.history import History
from chaos.history.journal import replay
from chaos.history.names import place_of
from chaos.judging.judgement import judge
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling, Verdict
from chaos.report.folders import find_run, scenario_folders
from chaos.report.record import Judged, JudgementRecord, Stated
from chaos.report.store import VERDICTS, read_history, read_scenario, typed
from chaos.workloads.stored import upgraded


@dataclass(frozen=True, slots=True)
class Again:
    """One law of one scenario, as it was ruled on then and as it is now."""

    scenario: str
    fault: str
    stored: Judged
    fresh: Verdict

    @property
    def same(self) -> bool:
        """Whether the ruling and its reason are the same."""
        return self.stored.agrees(self.fresh)

    def __str__(self) -> str:
        """One line for the terminal."""
        then, now = self.stored.ruling.value, self.fresh.ruling.value
        change = then if then == now else f"{then} -> {now}"
        said = "" if self.same else f" (then: {self.stored.because})"
        return f"{change:<7} {self.stored.law.call}: {self.fresh.because}{said}"


def judge_again(path: Path) -> tuple[Again, ...]:
    """Ask every stored law again about its stored history. Same verdicts: `all(a.same ...)`."""
    run = find_run(path)
    if not run.is_dir():
        raise Unreadable(f"{one_line(run)}: no such run. Name a run's folder, as in reports/latest")
    return tuple(again for folder in scenario_folders(run) for again in _scenario(folder))


def law_from(stated: Stated) -> Law:
    """The law that a stored judgement names; Unreadable when it is not to be had."""
    make = _maker(stated.name)
    try:
        hints = get_type_hints(make)
        said = upgraded(stated.arguments)
        filled = {k: typed(hints.get(k, Any), value) for k, value in said.items()}
        law = make(**filled)
    except BAD as error:
        said = f"{one_line(stated.call)}: the law takes other arguments now: {one_line(error)}"
        raise Unreadable(said) from error
    if not isinstance(law, Law):
        raise Unreadable(f"{one_line(stated.name)}: it makes no law: was it renamed?")
    return law


def _scenario(folder: Path) -> Iterator[Again]:
    if not (folder / VERDICTS).exists():
        return  # the run was killed: there is a history, and no verdict to compare with
    record = read_scenario(folder)
    entries = read_history(folder) if record.judgements else ()
    for judgement in record.judgements:
        history = _history(folder, entries, judgement)
        for stored in judgement.verdicts:
            yield Again(record.scenario, judgement.fault, stored, _fresh(stored.law, history))


def _history(folder: Path, entries: tuple[Entry, ...], judgement: JudgementRecord) -> History:
    begun = Injecting if judgement.act == "injected" else Healing
    if judgement.number not in {entry.number for entry in entries if isinstance(entry, begun)}:
        raise Unreadable(
            f"{one_line(folder)}: verdicts about fault {judgement.number}, which the history"
            f" beside them does not have: the two files are not of one run"
        )
    journal = replay(entries, ManualClock(), frontier=judgement.frontier)
    return journal.since(judgement.number, judgement.act)


def _fresh(stated: Stated, history: History) -> Verdict:
    try:
        law = law_from(stated)
    except Unreadable as error:
        return Verdict(Ruling.UNKNOWN, str(error))
    return judge(law, history)


def _maker(name: str) -> Callable[..., object]:
    """The function that @law made, by its stored name, as in "chaos.laws:restarted"."""
    module, function = place_of(name)
    try:
        found: object = getattr(importlib.import_module(module), function, None)
    except (*BAD, SystemExit) as error:
        raise Unreadable(
            f"{one_line(name)}: the law's module cannot be imported ({one_line(error)}): judge"
            f" from the folder that the scenarios were run in"
        ) from error
    if callable(found) and _is_law(found):
        return found
    raise Unreadable(f"{one_line(name)}: there is no such law any more: was it renamed?")


def _is_law(found: Callable[..., object]) -> bool:
    """Whether @law made it: it wraps a function whose first argument is a history."""
    inner = getattr(found, "__wrapped__", None)
    if inner is None:
        return False
    try:
        first = next(iter(inspect.signature(inner).parameters), "")
        return get_type_hints(inner).get(first) is History
    except BAD:
        return False
