"""What a list shows of one kind, and what a lost watch may have missed."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds

Key = tuple[str, str]  # a kind, and what makes a thing of it the same thing


@dataclass(frozen=True, slots=True)
class Sight:
    """What a list showed of one kind: each thing's version, and the version of the whole."""

    things: dict[Key, str]
    version: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A watch was lost. Nothing after `since` is sure to have been seen.

    Unless a list then shows older news than `version`, which the API server had spoken of by
    `likely`: then this watch had not stalled, and had shown all up to that moment.
    """

    since: Seconds
    why: str
    likely: Seconds
    version: str = ""
