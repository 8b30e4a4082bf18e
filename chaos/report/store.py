"""Histories and verdicts as files: `history.jsonl`, `verdicts.json`, `run.json`.

The only module of the report that knows pydantic. What was written is read back as the same
values, or not at all: whatever cannot be read says where, and what to do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self, TypeVar

from pydantic import ConfigDict, Discriminator, TypeAdapter, ValidationError

from chaos import private
from chaos.errors import Unreadable, one_line, quoted
from chaos.files import read
from chaos.history.facts import Entry
from chaos.history.looked import Visited
from chaos.judging.judgement import Judgement
from chaos.report.record import (
    Judged,
    JudgementRecord,
    RunRecord,
    ScenarioRecord,
    law_of,
)

HISTORY, VERDICTS, RUN = "history.jsonl", "verdicts.json", "run.json"
VERSION = 1
LATEST = 1e9  # seconds: thirty years
NONSENSE = (ValueError, RecursionError)  # what parsing somebody's JSON may come to

T = TypeVar("T")


class HistoryFile:
    """A history on its way to disk: each entry is there as soon as it is written.

    A disk that takes no more ends the record, not the run, whose faults are still to be healed:
    `trouble` says why.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / HISTORY
        self.trouble = ""
        self._file = os.fdopen(private.made(self.path), "wb", buffering=0)

    def write(self, entry: Entry) -> None:
        """Append one entry. Not to be called by two threads at once."""
        self.extend([entry])

    def extend(self, entries: Iterable[Entry]) -> None:
        """Append many."""
        rest = memoryview("".join(line(entry) + "\n" for entry in entries).encode())
        try:
            while rest and not self.trouble:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.trouble = f"{self.path}: {error.strerror}"

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def line(entry: Entry) -> str:
    """An entry as one line of JSON, in ASCII: no name in it can break the line."""
    return json.dumps(plain(entry), separators=(",", ":"))


def read_history(folder: Path) -> tuple[Entry, ...]:
    """A stored history. A run that was killed may have left a torn last line: that is left out."""
    path = folder / HISTORY
    *lines, rest = _bytes(path).split(b"\n")
    entries = [_entry(path, number, text) for number, text in enumerate(lines, 1) if text.strip()]
    return (*entries, *_torn(path, len(lines) + 1, rest))


def write_scenario(folder: Path, record: ScenarioRecord) -> Path:
    """Keep a scenario's verdicts."""
    return keep(folder / VERDICTS, record)


def read_scenario(folder: Path) -> ScenarioRecord:
    """A scenario's stored verdicts."""
    return load(folder / VERDICTS, ScenarioRecord)


def write_run(run: Path, record: RunRecord) -> Path:
    """Keep what a run was."""
    return keep(run / RUN, record)


def read_run(run: Path) -> RunRecord:
    """What a stored run was."""
    return load(run / RUN, RunRecord)


def judgement_record(judgement: Judgement) -> JudgementRecord:
    """A judgement as it is stored: its laws by name, with plain arguments."""
    verdicts = (
        Judged.of(law_of(law, plain(law.arguments)), verdict) for law, verdict in judgement.verdicts
    )
    j = judgement
    return JudgementRecord(j.fault, j.number, j.end, tuple(verdicts), j.act, j.proof)


def plain(value: Any) -> Any:
    """Any value of ours as plain JSON data."""
    return _plainly().dump_python(value, mode="json", warnings=False)


def typed(hint: Any, value: Any) -> Any:
    """Plain data as the type it was: ValueError when it does not fit."""
    return _adapter(hint).validate_python(value)


def schema(hint: Any) -> dict[str, Any]:
    """The JSON schema of what `keep` writes of such a record."""
    return _adapter(hint).json_schema(mode="serialization")


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


@cache
def _plainly() -> TypeAdapter[Any]:
    return TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="constants"))


@cache
def _entries() -> TypeAdapter[Entry]:
    return TypeAdapter(Annotated[Entry, Discriminator("kind")])


def _entry(path: Path, number: int, text: bytes) -> Entry:
    try:
        entry: Entry = _entries().validate_python(json.loads(text))
        _must_be_moments(at=entry.at, until=getattr(entry, "until", entry.at), **_sent(entry))
    except NONSENSE as error:
        raise Unreadable(
            f"{one_line(path)}:{number}: not an entry of a history: {_brief(error)}. Delete the"
            f" line to read the others, or take the file from where it came; it is never mended"
            f" by guessing"
        ) from error
    return entry


def _must_be_moments(**moments: float) -> None:
    """Laws compare moments, and pictures are drawn to their scale: neither takes nan."""
    for field, moment in moments.items():
        if not abs(moment) <= LATEST:
            raise ValueError(f"{field}: {moment} is no moment of a run")


def _sent(entry: Entry) -> dict[str, float]:
    """The moments of a visitor's word, none of which may be wild."""
    if not isinstance(entry, Visited):
        return {}
    wild = (v.sent for v in entry.visits if not abs(v.sent) <= LATEST)
    return {"since": entry.since, "through": entry.through, "sent": next(wild, entry.at)}


def _torn(path: Path, number: int, rest: bytes) -> Iterator[Entry]:
    """The entry of a line without an end, if the line is whole but for that."""
    try:
        json.loads(rest)
    except NONSENSE:
        return
    yield _entry(path, number, rest)


def keep(path: Path, record: object) -> Path:
    """Write a file as a whole or not at all."""
    return private.whole(path, (json.dumps(plain(record), indent=1) + "\n").encode())


def load(path: Path, kind: type[T]) -> T:
    """What such a file holds; Unreadable says why it does not, and what to do."""
    hint: Any = kind
    try:
        raw = json.loads(_bytes(path))
        _must_be_ours(path, raw)
        record: T = typed(hint, raw)
        _must_be_moments(**_frontiers(record))
    except NONSENSE as error:
        raise Unreadable(
            f"{one_line(path)}: not what this harness writes: {_brief(error)}. Run the"
            f" scenarios again, or delete the folder"
        ) from error
    return record


def _frontiers(record: Any) -> dict[str, float]:
    judgements = getattr(record, "judgements", ())
    return {f"judgements.{number}.frontier": j.frontier for number, j in enumerate(judgements)}


def _must_be_ours(path: Path, raw: Any) -> None:
    found = raw.get("version") if isinstance(raw, dict) else None
    if found != VERSION or isinstance(found, bool | float):
        raise Unreadable(
            f"{one_line(path)}: version {quoted(found, 60)}, and this harness reads version"
            f" {VERSION}: read it with the harness that wrote it"
        )


def _bytes(path: Path) -> bytes:
    if path.is_symlink():
        raise Unreadable(f"{path}: a link, and a run's files are its own: put the file there")
    try:
        return read(path)
    except OSError as error:
        raise Unreadable(
            f"{one_line(path)}: {error.strerror}. Name a run's folder, as in reports/latest"
        ) from error


def _brief(error: Exception) -> str:
    """What is wrong, in one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return one_line(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    return one_line(error)
