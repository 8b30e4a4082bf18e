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

from chaos.entry import Entry
from chaos.errors import Unreadable
from chaos.judgement import Judgement
from chaos.report.record import (
    Judged,
    JudgementRecord,
    RunRecord,
    ScenarioRecord,
    law_of,
)

HISTORY, VERDICTS, RUN = "history.jsonl", "verdicts.json", "run.json"
VERSION = 1

T = TypeVar("T")


class HistoryFile:
    """A history on its way to disk: each entry is there as soon as it is written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / HISTORY
        self._file = self.path.open("wb")

    def write(self, entry: Entry) -> None:
        """Append one entry. Not to be called by two threads at once."""
        self._file.write(line(entry).encode() + b"\n")
        self._file.flush()

    def extend(self, entries: Iterable[Entry]) -> None:
        """Append many."""
        self._file.write("".join(line(entry) + "\n" for entry in entries).encode())
        self._file.flush()

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
    return _keep(folder / VERDICTS, record)


def read_scenario(folder: Path) -> ScenarioRecord:
    """A scenario's stored verdicts."""
    return _load(folder / VERDICTS, ScenarioRecord)


def write_run(run: Path, record: RunRecord) -> Path:
    """Keep what a run was."""
    return _keep(run / RUN, record)


def read_run(run: Path) -> RunRecord:
    """What a stored run was."""
    return _load(run / RUN, RunRecord)


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
        return _entries().validate_python(json.loads(text))
    except ValueError as error:
        raise Unreadable(
            f"{path}:{number}: not an entry of a history: {_brief(error)}. Delete the line to read"
            f" the others, or take the file from where it came; it is never mended by guessing"
        ) from error


def _torn(path: Path, number: int, rest: bytes) -> Iterator[Entry]:
    """The entry of a line without an end, if the line is whole but for that."""
    try:
        json.loads(rest)
    except ValueError:
        return
    yield _entry(path, number, rest)


def _keep(path: Path, record: ScenarioRecord | RunRecord) -> Path:
    """Write a file as a whole or not at all."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.write_text(json.dumps(plain(record), indent=1) + "\n", encoding="utf-8")
    return fresh.replace(path)


def _load(path: Path, kind: type[T]) -> T:
    hint: Any = kind
    try:
        raw = json.loads(_bytes(path))
        _must_be_ours(path, raw)
        record: T = typed(hint, raw)
    except ValueError as error:
        raise Unreadable(
            f"{path}: not what this harness writes: {_brief(error)}. Run the scenarios again, or"
            f" delete the folder"
        ) from error
    return record


def _must_be_ours(path: Path, raw: Any) -> None:
    found = raw.get("version") if isinstance(raw, dict) else None
    if found != VERSION:
        raise Unreadable(
            f"{path}: version {found!r}, and this harness reads version {VERSION}:"
            f" read it with the harness that wrote it"
        )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(
            f"{path}: {error.strerror}. Name a run's folder, as in reports/latest"
        ) from error


def _brief(error: ValueError) -> str:
    """What is wrong, in one line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
