"""The port that the recorder looks through: an API server that can be listed and watched.

Everything comes as bytes, so that whoever receives it can look at the clock before reading it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from chaos.errors import ChaosError
from chaos.history.facts import Thing
from chaos.values import Json


class Lost(ChaosError):
    """The API server gave no answer, or stopped in the middle of one."""


class Silent(Lost):
    """The API server kept a connection open and said nothing for too long."""


class Refused(ChaosError):
    """The API server answered, and the answer was no; `causes` are fields, each with a reason."""

    def __init__(
        self, status: int, reason: str, message: str, causes: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(f"{status} {reason}: {message}" if reason else f"{status}: {message}")
        self.causes = causes
        self.status = status
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing to record: where it is listed and watched, and how it is read.

    Without `vouched` nothing rests on its absence: what its watch missed is no gap.
    """

    name: str
    path: str
    parse: Callable[[Json], Thing]
    vouched: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list showed, and the version of the whole that it showed."""

    items: tuple[Json, ...]
    version: str


class Stream(Protocol):
    """One watch: a line of JSON for each delivery, until the API server ends it."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield lines as they come in. Lost when the connection breaks."""

    def close(self) -> None:
        """Wake whoever waits for a line, and end. Any thread may; twice is once."""


class Source(Protocol):
    """An API server to list and watch."""

    def fetch(self, path: str) -> bytes:
        """A consistent list. Lost or Refused when there is none."""

    def watch(self, path: str, version: str) -> Stream:
        """Everything after `version`. Lost or Refused when there is none."""


class Witness(Protocol):
    """A second pair of eyes: lists over another connection."""

    def look(self) -> Mapping[str, Listing]:
        """List every kind that can be absent, by the kind's name. Lost or Refused."""

    def close(self) -> None:
        """Let go of the connection."""


def parsed(raw: bytes) -> Json:
    """A JSON object: anything else did not come from an API server, and is Lost."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as error:  # of bytes that are no text, too
        raise Lost(f"not JSON: {raw[:200]!r}") from error
    if not isinstance(told, dict):
        raise Lost(f"not a JSON object: {raw[:200]!r}")
    return told


def version_of(told: Json) -> str:
    """The resource version of an object or a list; empty when it says none."""
    return str((told.get("metadata") or {}).get("resourceVersion") or "")


def certain(version: str) -> str:
    """The version that a delivery brings us to: without one nobody could tell where we are."""
    if not version:
        raise Lost("a delivery without a resourceVersion")
    return version
